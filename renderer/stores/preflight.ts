/** Checks of the real infrastructure, and the preview of a deployment. */
import { defineStore } from 'pinia';
import { computed, ref, shallowRef } from 'vue';
import type { Reconciliation } from '../../core/deploy/reconcile.ts';
import type { Failure } from '../../core/base/errors.ts';
import type { Amount } from '../../core/run/event.ts';
import { asked, brokenCall } from '../client/failures.ts';
import { useClient } from '../client/injection.ts';
import { useDraft } from './draft.ts';
import { useFindings } from './findings.ts';
import { useMedia } from './media.ts';
import { useValues } from './values.ts';

export const usePreflight = defineStore('preflight', () => {
  const client = useClient();
  const draft = useDraft();
  const findings = useFindings();
  const media = useMedia();
  const values = useValues();
  const running = ref(false);
  const progress = shallowRef<{ readonly item: string; readonly amount: Amount }>();
  const failure = shallowRef<Failure>();
  const previewing = ref(false);
  const preview = shallowRef<{ readonly about: string; readonly result: Reconciliation }>();
  const previewFailure = shallowRef<Failure>();
  let control: AbortController | undefined;

  async function run(): Promise<void> {
    await draft.save();
    if (draft.path === undefined || draft.unsaved) return;
    const mine = new AbortController();
    control = mine;
    running.value = true;
    failure.value = undefined;
    await media.lookAgain();
    const about = values.basis('preflight');
    try {
      for await (const event of await client.preflight.run({ path: draft.path }, { signal: mine.signal })) {
        if (event.kind === 'progress') progress.value = event;
        else if (event.result.ok) findings.preflight = { about, findings: event.result.value };
        else failure.value = event.result.failure;
      }
    } catch (error) {
      if (!mine.signal.aborted) failure.value = brokenCall(error);
    } finally {
      running.value = false;
      progress.value = undefined;
    }
  }

  async function look(): Promise<void> {
    await draft.save();
    if (draft.path === undefined || draft.unsaved) return;
    previewing.value = true;
    const about = values.basis('preview');
    const result = await asked(client.deploy.preview({ path: draft.path }));
    previewing.value = false;
    preview.value = result.ok ? { about, result: result.value } : undefined;
    previewFailure.value = result.ok ? undefined : result.failure;
  }

  return {
    running,
    progress,
    failure,
    run,
    cancel: (): void => control?.abort(),
    done: computed(() => findings.fromPreflight !== undefined),
    /** Whether an input of the last answer has changed since. */
    isStale: computed(() => findings.preflight !== undefined && findings.fromPreflight === undefined),
    previewing,
    previewFailure,
    preview: computed(() => (preview.value?.about === values.basis('preview') ? preview.value.result : undefined)),
    look,
  };
});
