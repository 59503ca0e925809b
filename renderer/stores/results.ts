/** What is handed over and what is left behind: the bundle for ALE and the deployment summary. */
import { defineStore } from 'pinia';
import { ref, shallowRef, watch } from 'vue';
import type { HandoverWritten } from '../../core/contract.ts';
import type { Failure } from '../../core/errors.ts';
import type { RunRecord } from '../../core/run-record.ts';
import { asked } from '../client/failures.ts';
import { useClient } from '../client/injection.ts';
import { useDraft } from './draft.ts';

export const useResults = defineStore('results', () => {
  const client = useClient();
  const draft = useDraft();
  const handover = shallowRef<HandoverWritten>();
  const handoverFailure = shallowRef<Failure>();
  const record = shallowRef<RunRecord>();
  const files = shallowRef<readonly string[]>([]);
  const summaryFailure = shallowRef<Failure>();
  const busy = ref<'handover' | 'summary' | 'record'>();

  watch(
    () => draft.path,
    () => {
      handover.value = undefined;
      record.value = undefined;
      files.value = [];
    },
  );

  return {
    handover,
    handoverFailure,
    record,
    files,
    summaryFailure,
    busy,
    async lastHandover(): Promise<void> {
      if (draft.path === undefined) return;
      const result = await asked(client.handover.last({ path: draft.path }));
      if (result.ok && result.value !== null) handover.value = result.value;
    },
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
      const result = await asked(client.summary.create({ path: draft.path }));
      busy.value = undefined;
      if (result.ok) files.value = result.value.files;
      summaryFailure.value = result.ok ? undefined : result.failure;
    },
  };
});
