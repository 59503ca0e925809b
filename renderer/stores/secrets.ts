/** Which secrets are present. Their values are never here: they go from the field to main and nowhere else. */
import { defineStore } from 'pinia';
import { computed, shallowRef } from 'vue';
import type { SecretsState } from '../../core/contract.ts';
import { type Failure, ok, type Result } from '../../core/errors.ts';
import { asked } from '../client/failures.ts';
import { useClient } from '../client/injection.ts';

export const useSecrets = defineStore('secrets', () => {
  const client = useClient();
  const state = shallowRef<SecretsState>();
  const failure = shallowRef<Failure>();

  async function load(): Promise<void> {
    const result = await asked(client.secrets.list());
    failure.value = result.ok ? undefined : result.failure;
    if (result.ok) state.value = result.value;
  }

  return {
    state,
    failure,
    backend: computed(() => state.value?.backend),
    load,
    has: (name: string): boolean => state.value?.names.includes(name) ?? false,
    async store(name: string, value: string): Promise<Result<null>> {
      const result = await asked(client.secrets.set({ name, value }));
      if (!result.ok) return result;
      await load();
      return ok(null);
    },
    async remove(name: string): Promise<Result<null>> {
      const result = await asked(client.secrets.delete({ name }));
      if (!result.ok) return result;
      await load();
      return ok(null);
    },
  };
});
