/** The medium: a quick look at it, and the full verification when somebody asks for it. */
import { defineStore } from 'pinia';
import { ref, shallowRef, watch } from 'vue';
import type { MediaOverview } from '../../core/contract.ts';
import type { Failure } from '../../core/errors.ts';
import type { MediaFacts } from '../../core/facts.ts';
import type { Amount } from '../../core/run.ts';
import { asked, brokenCall } from '../client/failures.ts';
import { useClient } from '../client/injection.ts';
import { useDraft } from './draft.ts';

export const useMedia = defineStore('media', () => {
  const client = useClient();
  const draft = useDraft();
  const overview = shallowRef<MediaOverview>();
  const facts = shallowRef<MediaFacts>();
  const failure = shallowRef<Failure>();
  const busy = ref<'open' | 'verify'>();
  const progress = shallowRef<{ readonly file: string; readonly amount: Amount }>();
  /** When the last failure came, ISO 8601 in UTC: ALE asks for it. */
  const failedAt = ref('');
  let verifying: AbortController | undefined;

  watch(failure, (now) => {
    if (now !== undefined) failedAt.value = new Date().toISOString();
  });

  const where = (folder: string): { folder: string; site?: string } =>
    draft.path === undefined ? { folder } : { folder, site: draft.path };

  async function open(folder: string): Promise<void> {
    busy.value = 'open';
    facts.value = undefined;
    const result = await asked(client.media.open(where(folder)));
    busy.value = undefined;
    overview.value = result.ok ? result.value : undefined;
    failure.value = result.ok ? undefined : result.failure;
  }

  async function verify(folder: string): Promise<void> {
    const control = new AbortController();
    verifying = control;
    busy.value = 'verify';
    failure.value = undefined;
    facts.value = undefined;
    try {
      for await (const event of await client.media.verify(where(folder), { signal: control.signal })) {
        if (event.kind === 'progress') progress.value = event;
        else if (event.result.ok) facts.value = event.result.value;
        else failure.value = event.result.failure;
      }
    } catch (error) {
      if (!control.signal.aborted) failure.value = brokenCall(error);
    } finally {
      busy.value = undefined;
      progress.value = undefined;
    }
  }

  return { overview, facts, failure, failedAt, busy, progress, open, verify, cancel: (): void => verifying?.abort() };
});
