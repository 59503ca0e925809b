/** The medium: a quick look at it, and the full verification when somebody asks for it. */
import { defineStore } from 'pinia';
import { computed, ref, shallowRef, watch } from 'vue';
import type { MediaEvent, MediaOverview } from '../../core/contract.ts';
import type { Failure } from '../../core/errors.ts';
import type { MediaFacts } from '../../core/facts.ts';
import { asked, brokenCall } from '../client/failures.ts';
import { useClient } from '../client/injection.ts';
import type { Verification } from '../steps/media-rows.ts';
import { useDraft } from './draft.ts';

type Progress = Extract<MediaEvent, { readonly kind: 'progress' }>;

const untouched = { working: [], read: new Set<string>(), broken: false } as const;

export const useMedia = defineStore('media', () => {
  const client = useClient();
  const draft = useDraft();
  /** The folder, as the site file has it, that everything below speaks of. */
  const of = ref<string>();
  const overview = shallowRef<MediaOverview>();
  const facts = shallowRef<MediaFacts>();
  const failure = shallowRef<Failure>();
  const busy = ref<'open' | 'verify'>();
  const progress = shallowRef<Progress>();
  const reading = shallowRef<Pick<Verification, 'working' | 'read' | 'broken'>>(untouched);
  /** When the last failure came, ISO 8601 in UTC: ALE asks for it. */
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

  /** Ends a verification of which nothing is to be seen any more. */
  function abandon(): void {
    verifying?.abort();
    verifying = undefined;
    busy.value = undefined;
    progress.value = undefined;
  }

  // The same relative folder is another one beside another site file.
  watch(
    () => draft.path,
    (_, before) => {
      if (before === undefined) return;
      abandon();
      of.value = undefined;
      forget();
    },
  );

  /** Looks at a folder; what was known of another one is forgotten. True when there is a medium. */
  async function look(folder: string, signal?: AbortSignal): Promise<boolean> {
    if (of.value !== folder) forget();
    of.value = folder;
    const result = await asked(client.media.open(where(folder)));
    if (signal?.aborted === true || of.value !== folder) return false;
    facts.value = undefined;
    reading.value = untouched;
    overview.value = result.ok ? result.value : undefined;
    failure.value = result.ok ? undefined : result.failure;
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
    failure.value = undefined;
    try {
      if (!(await look(folder, control.signal))) return;
      for await (const event of await client.media.verify(where(folder), { signal: control.signal })) {
        if (verifying !== control) return;
        if (event.kind === 'progress') follow(event);
        else if (event.result.ok) facts.value = event.result.value;
        else failure.value = event.result.failure;
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

  return {
    of,
    overview,
    facts,
    failure,
    failedAt,
    busy,
    progress,
    reading,
    verification: computed((): Verification => {
      const { file, files = file } = failure.value?.params ?? {};
      const refused = typeof files === 'string' ? files.split(', ') : [];
      return { ...reading.value, facts: facts.value, refused };
    }),
    open,
    verify,
    cancel: (): void => verifying?.abort(),
  };
});
