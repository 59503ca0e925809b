/** The earlier deployment from this site file. Its names are part of existing VMs, so they are locked. */
import { defineStore } from 'pinia';
import { reactive, shallowRef, watch } from 'vue';
import type { Failure } from '../../core/base/errors.ts';
import type { DeployedSite } from '../../core/preflight/facts.ts';
import { asked } from '../client/failures.ts';
import { useClient } from '../client/injection.ts';
import { useDraft } from './draft.ts';
import { type NameLock, nameLock } from './name-lock.ts';

export const useDeployed = defineStore('deployed', () => {
  const client = useClient();
  const draft = useDraft();
  const site = shallowRef<DeployedSite | null>(null);
  const failure = shallowRef<Failure>();
  /** Names of data centres that the user unlocked. */
  const unlocked = reactive(new Set<string>());

  async function load(): Promise<void> {
    if (draft.path === undefined) {
      site.value = null;
      return;
    }
    const result = await asked(client.site.deployed({ path: draft.path }));
    if (result.ok) site.value = result.value;
  }

  watch(
    () => draft.path,
    () => {
      unlocked.clear();
      void load();
    },
    { immediate: true },
  );

  return {
    site,
    failure,
    load,
    lockOf: (path: string): NameLock | undefined =>
      unlocked.has(path) ? undefined : nameLock(site.value, path, draft.get(path)),
    unlock: (path: string): void => void unlocked.add(path),
    /** Declares that the file describes another edge. */
    async release(): Promise<void> {
      await draft.save();
      if (draft.path === undefined) return;
      const result = await asked(client.site.release({ path: draft.path }));
      failure.value = result.ok ? undefined : result.failure;
      if (result.ok) await load();
    },
  };
});
