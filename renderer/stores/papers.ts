/** The documents for the preparation of a visit: the worksheet and the plan's files. */
import { defineStore } from 'pinia';
import { computed, ref, shallowRef, watch } from 'vue';
import type { Failure, Result } from '../../core/base/errors.ts';
import { asked } from '../client/failures.ts';
import { useClient } from '../client/injection.ts';
import { useDraft } from './draft.ts';
import { useValues } from './values.ts';

type Paper = 'worksheet' | 'plan';
type Written = Result<{ readonly files: readonly string[] }>;

export const usePapers = defineStore('papers', () => {
  const client = useClient();
  const draft = useDraft();
  const values = useValues();
  const busy = ref<Paper>();
  /** The last written document, with its files. */
  const written = shallowRef<{ readonly about: string; readonly paper: Paper; readonly files: readonly string[] }>();
  const failure = shallowRef<Failure>();

  watch(
    () => draft.path,
    () => {
      failure.value = undefined;
    },
  );

  async function write(paper: Paper, call: (path: string) => Promise<Written>): Promise<void> {
    await draft.save();
    if (draft.path === undefined || draft.unsaved) return;
    busy.value = paper;
    const about = values.basis('papers');
    const result = await asked(call(draft.path));
    busy.value = undefined;
    written.value = result.ok ? { about, paper, files: result.value.files } : undefined;
    failure.value = result.ok ? undefined : result.failure;
  }

  return {
    busy,
    written: computed(() => (written.value?.about === values.basis('papers') ? written.value : undefined)),
    failure,
    writeWorksheet: (): Promise<void> => write('worksheet', (path) => client.worksheet.create({ path })),
    writePlan: (): Promise<void> => write('plan', (path) => client.plan.write({ path })),
  };
});
