/** The documents of a deployment: the bundle for ALE and the deployment summary. */
import { defineStore } from 'pinia';
import { computed, ref, shallowRef, watch } from 'vue';
import type { HandoverWritten } from '../../core/contract.ts';
import type { Failure } from '../../core/base/errors.ts';
import { isOfPlan } from '../../core/run/state.ts';
import type { RunRecord } from '../../core/run/record.ts';
import { asked } from '../client/failures.ts';
import { useClient } from '../client/injection.ts';
import { useDraft } from './draft.ts';
import { useFindings } from './findings.ts';
import { useValues } from './values.ts';

export const useResults = defineStore('results', () => {
  const client = useClient();
  const draft = useDraft();
  const findings = useFindings();
  const values = useValues();
  const handover = shallowRef<HandoverWritten>();
  const handoverFailure = shallowRef<Failure>();
  const record = shallowRef<RunRecord>();
  const summary = shallowRef<{ readonly about: string; readonly files: readonly string[] }>();
  const summaryFailure = shallowRef<Failure>();
  const busy = ref<'handover' | 'summary' | 'record'>();

  watch(
    () => draft.path,
    () => {
      handover.value = undefined;
      record.value = undefined;
      summary.value = undefined;
      void lastHandover();
    },
  );
  // Bundles are stored by site name: a site that gets its old name back has its bundle again.
  watch(
    () => values.savedName,
    () => void lastHandover(),
  );
  // A new bundle has another code than an earlier summary.
  watch(handover, (now) => values.learn({ handover: now?.sha256 ?? '' }));

  async function lastHandover(): Promise<void> {
    const path = draft.path;
    if (path === undefined) return;
    const result = await asked(client.handover.last({ path }));
    if (!result.ok || result.value === null || draft.path !== path) return;
    if (!isHandoverCurrent.value) handover.value = result.value;
  }

  /** Whether the bundle has the current plan, and all recipients in the site file can open it. */
  const isHandoverCurrent = computed(() => {
    const { value } = handover;
    const wanted = draft.get('handover.recipients');
    return (
      value !== undefined &&
      isOfPlan(value, findings.planDigest) &&
      (!Array.isArray(wanted) || wanted.every((one) => value.recipients.includes(String(one))))
    );
  });
  const isSummaryCurrent = computed(() => summary.value?.about === values.basis('summary'));

  return {
    handover: computed(() => (isHandoverCurrent.value ? handover.value : undefined)),
    /** A bundle of an earlier plan. */
    earlierHandover: computed(() => (isHandoverCurrent.value ? undefined : handover.value)),
    handoverFailure,
    record: computed(() => (record.value?.planDigest === findings.planDigest ? record.value : undefined)),
    files: computed(() => (isSummaryCurrent.value ? (summary.value?.files ?? []) : [])),
    /** Written files whose inputs have changed. */
    earlierFiles: computed(() => (isSummaryCurrent.value ? [] : (summary.value?.files ?? []))),
    summaryFailure,
    busy,
    lastHandover,
    async createHandover(): Promise<void> {
      await draft.save();
      if (draft.path === undefined || draft.unsaved) return;
      busy.value = 'handover';
      const result = await asked(client.handover.create({ path: draft.path }));
      busy.value = undefined;
      if (result.ok) handover.value = result.value;
      handoverFailure.value = result.ok ? undefined : result.failure;
    },
    async loadRecord(): Promise<void> {
      if (draft.path === undefined) return;
      busy.value = 'record';
      const result = await asked(client.summary.record({ path: draft.path }));
      busy.value = undefined;
      if (result.ok) record.value = result.value;
      summaryFailure.value = result.ok ? undefined : result.failure;
    },
    async createSummary(): Promise<void> {
      await draft.save();
      if (draft.path === undefined || draft.unsaved) return;
      busy.value = 'summary';
      const about = values.basis('summary');
      const result = await asked(client.summary.create({ path: draft.path }));
      busy.value = undefined;
      if (result.ok) summary.value = { about, files: result.value.files };
      summaryFailure.value = result.ok ? undefined : result.failure;
    },
  };
});
