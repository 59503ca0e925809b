/** The names of the stored secrets. The store never has their values, which go only from the field to main. */
import { defineStore } from 'pinia';
import { computed, reactive, ref, shallowRef } from 'vue';
import type { SecretsState } from '../../core/contract.ts';
import { type Failure, ok, type Result } from '../../core/base/errors.ts';
import { asked } from '../client/failures.ts';
import { useClient } from '../client/injection.ts';

export const useSecrets = defineStore('secrets', () => {
  const client = useClient();
  const state = shallowRef<SecretsState>();
  const failure = shallowRef<Failure>();
  /** Names with a pending change. */
  const busy = reactive(new Set<string>());
  const changesByName = reactive(new Map<string, number>());
  const changes = ref(0);

  function noteChange(name: string): void {
    changesByName.set(name, (changesByName.get(name) ?? 0) + 1);
    changes.value += 1;
  }

  async function load(): Promise<void> {
    const result = await asked(client.secrets.list());
    failure.value = result.ok ? undefined : result.failure;
    if (!result.ok) return;
    const before = state.value?.names;
    state.value = result.value;
    if (before === undefined) return;
    // Another program may have added or deleted secrets.
    const [old, now] = [new Set(before), new Set(result.value.names)];
    for (const name of new Set([...old, ...now])) if (old.has(name) !== now.has(name)) noteChange(name);
  }

  async function change(name: string, call: () => Promise<Result<unknown>>): Promise<Result<null>> {
    busy.add(name);
    try {
      const result = await asked(call());
      // Also after a failure, since the content of the store is then unknown.
      noteChange(name);
      if (!result.ok) return result;
      await load();
      return ok(null);
    } finally {
      busy.delete(name);
    }
  }

  return {
    state,
    failure,
    backend: computed(() => state.value?.backend),
    load,
    has: (name: string): boolean => state.value?.names.includes(name) ?? false,
    isBusy: (name: string): boolean => busy.has(name),
    /** Counts of changes of any secret, and of each one. */
    changes,
    changesOf: (name: string): number => changesByName.get(name) ?? 0,
    noteChange,
    store: (name: string, value: string): Promise<Result<null>> =>
      change(name, () => client.secrets.set({ name, value })),
    remove: (name: string): Promise<Result<null>> => change(name, () => client.secrets.delete({ name })),
  };
});
