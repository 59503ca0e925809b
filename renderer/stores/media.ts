/** The medium: the quick check, and the full verification on request. */
import { defineStore } from 'pinia';
import { computed, ref, shallowRef, watch } from 'vue';
import type { MediaEvent } from '../../core/contract.ts';
import type { Failure } from '../../core/base/errors.ts';
import type { MediaFacts, MediaOverview } from '../../core/media/facts.ts';
import { asked, brokenCall } from '../client/failures.ts';
import { useClient } from '../client/injection.ts';
import type { VerificationProgress } from '../models/media-rows.ts';
import { useDraft } from './draft.ts';
import { useValues } from './values.ts';

type Progress = Extract<MediaEvent, { readonly kind: 'progress' }>;

const untouched = { working: [], read: new Set<string>(), broken: false } as const;

export const useMedia = defineStore('media', () => {
  const client = useClient();
  const draft = useDraft();
  const values = useValues();
  /** The folder, as in the site file, and the other inputs of the following results. */
  const of = ref<string>();
  const about = ref<string>();
  const overview = shallowRef<MediaOverview>();
  const facts = shallowRef<MediaFacts>();
  const failure = shallowRef<Failure>();
  const busy = ref<'open' | 'verify'>();
  const progress = shallowRef<Progress>();
  const reading = shallowRef<Pick<VerificationProgress, 'working' | 'read' | 'broken'>>(untouched);
  /** Time of the last failure, ISO 8601 in UTC, for ALE's support. */
  const failedAt = ref('');
  let verifying: AbortController | undefined;

  watch(failure, (now) => {
    if (now !== undefined) failedAt.value = new Date().toISOString();
  });

  const where = (folder: string): { folder: string; site?: string } =>
    draft.path === undefined ? { folder } : { folder, site: draft.path };

  function forget(): void {
    overview.value = undefined;
    facts.value = undefined;
    failure.value = undefined;
    reading.value = untouched;
  }

  /** Ends a verification that is no longer shown. */
  function abandon(): void {
    verifying?.abort();
    verifying = undefined;
    busy.value = undefined;
    progress.value = undefined;
  }

  // The same relative path is another folder beside another site file.
  watch(
    () => draft.path,
    (_, before) => {
      if (before === undefined) return;
      abandon();
      of.value = undefined;
      forget();
    },
  );

  const shape = (): string => JSON.stringify([overview.value, failure.value]);

  /** Checks a folder and discards results of another one. True if it is a medium. */
  async function look(folder: string, signal?: AbortSignal): Promise<boolean> {
    if (of.value !== folder) forget();
    of.value = folder;
    about.value = values.basis('medium');
    const before = overview.value === undefined && failure.value === undefined ? undefined : shape();
    const result = await asked(client.media.open(where(folder)));
    if (signal?.aborted === true || of.value !== folder) return false;
    facts.value = undefined;
    reading.value = untouched;
    overview.value = result.ok ? result.value : undefined;
    failure.value = result.ok ? undefined : result.failure;
    if (before !== undefined && before !== shape()) values.changed('medium');
    return result.ok;
  }

  async function open(folder: string): Promise<void> {
    abandon();
    busy.value = 'open';
    await look(folder);
    if (busy.value === 'open') busy.value = undefined;
  }

  function follow(event: Progress): void {
    progress.value = event;
    const working = event.files;
    const before = reading.value.working.filter((file) => !working.includes(file));
    reading.value = { working, read: new Set([...reading.value.read, ...before]), broken: false };
  }

  async function verify(folder: string): Promise<void> {
    const control = new AbortController();
    verifying = control;
    busy.value = 'verify';
    if (failure.value !== undefined) values.changed('medium');
    failure.value = undefined;
    try {
      if (!(await look(folder, control.signal))) return;
      for await (const event of await client.media.verify(where(folder), { signal: control.signal })) {
        if (verifying !== control) return;
        if (event.kind === 'progress') follow(event);
        else if (event.result.ok) facts.value = event.result.value;
        else {
          failure.value = event.result.failure;
          values.changed('medium');
        }
      }
    } catch (error) {
      if (!control.signal.aborted) failure.value = brokenCall(error);
    } finally {
      if (verifying === control) {
        abandon();
        reading.value = { ...reading.value, working: [], broken: facts.value === undefined };
      }
    }
  }

  /** Whether the checked folder is that of the site file. */
  const isCurrent = computed(() => about.value === values.basis('medium'));

  return {
    of,
    isCurrent,
    overview,
    facts,
    failure,
    failedAt,
    busy,
    progress,
    reading,
    verification: computed((): VerificationProgress => {
      const { file, files = file } = failure.value?.params ?? {};
      const refused = typeof files === 'string' ? files.split(', ') : [];
      return { ...reading.value, facts: facts.value, refused };
    }),
    open,
    verify,
    /** Checks a faulty medium again, since its fault may be repaired. */
    async lookAgain(): Promise<void> {
      const isWrong = failure.value !== undefined || overview.value?.images.some(({ present }) => !present) === true;
      if (isCurrent.value && isWrong && busy.value === undefined && of.value !== undefined) await open(of.value);
    },
    cancel: (): void => verifying?.abort(),
  };
});
