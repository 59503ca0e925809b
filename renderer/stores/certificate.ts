/** The edge's certificate: the request for an authority, and the check of the authority's file. */
import { defineStore } from 'pinia';
import { computed, ref, shallowRef, watch } from 'vue';
import type { ChainChecked, RequestWritten } from '../../core/contract.ts';
import type { Failure } from '../../core/base/errors.ts';
import { asked } from '../client/failures.ts';
import { useClient } from '../client/injection.ts';
import { useDraft } from './draft.ts';
import { useSecrets } from './secrets.ts';
import { useValues } from './values.ts';

export const useCertificate = defineStore('certificate', () => {
  const client = useClient();
  const draft = useDraft();
  const secrets = useSecrets();
  const values = useValues();
  const busy = ref<'request' | 'check'>();
  /** Each result with its name or file. A result for another name or file is not shown. */
  const made = shallowRef<{ readonly about: string; readonly result: RequestWritten }>();
  const checked = shallowRef<{ readonly about: string; readonly result: ChainChecked }>();
  const requestFailure = shallowRef<Failure>();
  const checkFailure = shallowRef<Failure>();
  const ofRequest = computed(() => values.basis('certificate-request'));
  const ofCheck = computed(() => values.basis('certificate-check'));

  watch(ofRequest, () => {
    requestFailure.value = undefined;
  });
  watch(ofCheck, () => {
    checkFailure.value = undefined;
  });

  return {
    busy,
    requestFailure,
    checkFailure,
    request: computed(() => (made.value?.about === ofRequest.value ? made.value.result : undefined)),
    /** The file is a PKCS#12 file that still needs its password. */
    wantsPassword: computed(() => (checkFailure.value?.code ?? '').startsWith('certificate.password-')),
    checked: computed(() => (checked.value?.about === ofCheck.value ? checked.value.result : undefined)),
    /** `rsa`: for an authority that does not accept elliptic curves. */
    async makeRequest(rsa: boolean): Promise<void> {
      await draft.save();
      if (draft.path === undefined || draft.unsaved) return;
      busy.value = 'request';
      const about = ofRequest.value;
      const result = await asked(client.certificate.request({ path: draft.path, ...(rsa ? { rsa } : {}) }));
      busy.value = undefined;
      if (result.ok) {
        made.value = { about, result: result.value };
        // The key may be a new one.
        secrets.noteChange(result.value.keyStored);
      }
      requestFailure.value = result.ok ? undefined : result.failure;
    },
    /** `password` of a PKCS#12 file, for this check only. */
    async check(password: string): Promise<void> {
      await draft.save();
      if (draft.path === undefined || draft.unsaved) return;
      busy.value = 'check';
      const about = ofCheck.value;
      const result = await asked(
        client.certificate.check({ path: draft.path, ...(password === '' ? {} : { password }) }),
      );
      busy.value = undefined;
      checked.value = result.ok ? { about, result: result.value } : undefined;
      checkFailure.value = result.ok ? undefined : result.failure;
    },
  };
});
