/** The edge's certificate: the request for an authority, and what is right and wrong with what came back. */
import { defineStore } from 'pinia';
import { computed, ref, shallowRef, watch } from 'vue';
import type { ChainChecked, RequestWritten } from '../../core/contract.ts';
import type { Failure } from '../../core/errors.ts';
import { asked } from '../client/failures.ts';
import { useClient } from '../client/injection.ts';
import { useDraft } from './draft.ts';

export const useCertificate = defineStore('certificate', () => {
  const client = useClient();
  const draft = useDraft();
  const busy = ref<'request' | 'check'>();
  /** Each with the name or file that it is about: an answer about another one is shown no longer. */
  const made = shallowRef<{ readonly about: unknown; readonly result: RequestWritten }>();
  const seen = shallowRef<{ readonly about: unknown; readonly result: ChainChecked }>();
  const requestFailure = shallowRef<Failure>();
  const checkFailure = shallowRef<Failure>();
  const name = (): unknown => draft.get('domain.fqdn');
  const question = (): string => JSON.stringify([draft.path, name(), draft.get('certificate.chain')]);

  watch(question, () => {
    requestFailure.value = undefined;
    checkFailure.value = undefined;
  });

  return {
    busy,
    requestFailure,
    checkFailure,
    request: computed(() => (made.value !== undefined && made.value.about === name() ? made.value.result : undefined)),
    /** The file is a PKCS#12 that did not open yet. */
    wantsPassword: computed(() => (checkFailure.value?.code ?? '').startsWith('certificate.password-')),
    checked: computed(() =>
      seen.value !== undefined && seen.value.about === question() ? seen.value.result : undefined,
    ),
    /** `rsa`: for an authority that does not take elliptic curves. */
    async makeRequest(rsa: boolean): Promise<void> {
      await draft.save();
      if (draft.path === undefined || draft.unsaved) return;
      busy.value = 'request';
      const about = name();
      const result = await asked(client.certificate.request({ path: draft.path, ...(rsa ? { rsa } : {}) }));
      busy.value = undefined;
      if (result.ok) made.value = { about, result: result.value };
      requestFailure.value = result.ok ? undefined : result.failure;
    },
    /** `password`: of a PKCS#12 file, for this one look only. */
    async check(password: string): Promise<void> {
      await draft.save();
      if (draft.path === undefined || draft.unsaved) return;
      busy.value = 'check';
      const about = question();
      const result = await asked(
        client.certificate.check({ path: draft.path, ...(password === '' ? {} : { password }) }),
      );
      busy.value = undefined;
      seen.value = result.ok ? { about, result: result.value } : undefined;
      checkFailure.value = result.ok ? undefined : result.failure;
    },
  };
});
