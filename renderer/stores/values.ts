/** The current values of the inputs in `dependencies.ts`. */
import { defineStore } from 'pinia';
import { reactive, ref, watch } from 'vue';
import { useDraft } from './draft.ts';
import { basisOf, type Outcome, type PinnedEndpoint, type Values } from '../models/dependencies.ts';
import { secretNameOf } from '../models/secret-name.ts';
import { useSecrets } from './secrets.ts';

const noEndpoint: PinnedEndpoint = { url: '', username: '', fingerprint: '' };

export const useValues = defineStore('values', () => {
  const draft = useDraft();
  const secrets = useSecrets();
  /** Values without a field, set by other stores. */
  const learnt = reactive<Pick<Values, 'plan' | 'medium' | 'deployment' | 'handover'>>({
    plan: undefined,
    medium: 0,
    deployment: 0,
    handover: '',
  });
  /** Name of the site in the file on disk. Main stores runs and bundles by it. */
  const savedName = ref<unknown>();
  watch(
    () => (draft.status === 'saved' ? draft.get('site.name') : undefined),
    (name) => {
      if (name !== undefined) savedName.value = name;
    },
    { immediate: true },
  );
  const text = (path: string): string => {
    const value = draft.get(path);
    return typeof value === 'string' ? value : '';
  };

  const currentValues = ({ url, username, fingerprint }: PinnedEndpoint): Values => ({
    ...learnt,
    file: draft.path,
    site: draft.revision,
    url,
    username,
    fingerprint,
    password: secrets.changesOf(secretNameOf(url) ?? ''),
    key: secrets.changesOf(`certificate/${text('domain.fqdn')}`),
    secrets: secrets.changes,
    media: text('media'),
    fqdn: text('domain.fqdn'),
    chain: text('certificate.chain'),
  });

  return {
    learnt,
    savedName,
    /** The current inputs of `outcome`; for an endpoint, its own inputs. */
    basis: (outcome: Outcome, endpoint: PinnedEndpoint = noEndpoint): string =>
      basisOf(outcome, currentValues(endpoint)),
    learn(change: Partial<typeof learnt>): void {
      Object.assign(learnt, change);
    },
    /** Records a change of the folder's content, or of the VMs on the hosts. */
    changed(what: 'medium' | 'deployment'): void {
      Object.assign(learnt, { [what]: learnt[what] + 1 });
    },
  };
});
