/** The current or last run: loaded once, then updated by events. */
import { defineStore } from 'pinia';
import { computed, ref, shallowRef, watch } from 'vue';
import type { Failure } from '../../core/base/errors.ts';
import { endedWell } from '../../core/run/event.ts';
import { deployShare, isOfPlan, reduceRun, type RunState } from '../../core/run/state.ts';
import { asked } from '../client/failures.ts';
import { useClient } from '../client/injection.ts';
import { useDeployed } from './deployed.ts';
import { useDraft } from './draft.ts';
import { useFindings } from './findings.ts';
import { useSession } from './session.ts';
import { useValues } from './values.ts';

export const useRun = defineStore('run', () => {
  const client = useClient();
  const draft = useDraft();
  const deployed = useDeployed();
  const findings = useFindings();
  const values = useValues();
  const state = shallowRef<RunState>();
  const starting = ref(false);
  const cancelling = ref(false);
  /** The failure of starting or stopping the run. */
  const failure = shallowRef<Failure>();
  let following: AbortController | undefined;
  /** The site file of `state`. */
  let ofFile: string | undefined;

  /** Whether the run deployed the current plan. A run of an earlier plan does not count. */
  const isCurrent = computed(() => state.value !== undefined && isOfPlan(state.value, findings.planDigest));
  const running = computed(() => state.value !== undefined && state.value.outcome === undefined);
  /** The medium may still be read during the deployment. */
  const readsMedia = computed(
    () => running.value && state.value?.stages.some(({ stage, status }) => stage === 'images' && status === 'working'),
  );

  /** Follows the run until it ends. After a break it continues when the connection is back. */
  async function follow(run: string): Promise<void> {
    following?.abort();
    const control = new AbortController();
    following = control;
    try {
      const after = state.value?.run === run ? state.value.sequence : 0;
      const events = await client.run.watch({ run, after }, { signal: control.signal });
      for await (const event of events) {
        if (control.signal.aborted) return;
        state.value = reduceRun(state.value, event);
      }
    } catch {
      if (control.signal.aborted) return;
      // The transport broke. `load` follows the run again after reconnecting.
    }
  }

  async function load(): Promise<void> {
    if (draft.path === undefined) return;
    const current = await client.run.state({ path: draft.path }).catch(() => undefined);
    if (current === undefined) return;
    if (current === null) {
      // A run under an earlier site name stays on the screen as a run of an earlier plan.
      if (ofFile !== draft.path) state.value = undefined;
      ofFile = draft.path;
      return;
    }
    ofFile = draft.path;
    if (state.value?.run !== current.run || current.sequence >= state.value.sequence) state.value = current;
    if (current.outcome === undefined) void follow(current.run);
  }

  // A run changes the hosts at its start, during it and at its end.
  watch(
    () => {
      const { run, vms = [], outcome } = state.value ?? {};
      return vms.some(({ operations }) => operations > 0) ? `${run} ${outcome}` : undefined;
    },
    (now) => {
      if (now !== undefined) values.changed('deployment');
    },
  );
  watch(
    () => [state.value?.vms.length, state.value?.outcome],
    () => void deployed.load(),
  );
  useSession().onReturn(() => void load());
  watch(
    () => draft.path,
    () => void load(),
  );
  // Runs are stored by site name: a site that gets its old name back has its runs again.
  watch(
    () => values.savedName,
    () => {
      if (!running.value) void load();
    },
  );

  return {
    state,
    isCurrent,
    /** Outcome of a run of the current plan. */
    outcome: computed(() => (isCurrent.value ? state.value?.outcome : undefined)),
    isDeployed: computed(() => isCurrent.value && endedWell(state.value?.outcome)),
    starting,
    cancelling,
    failure,
    running,
    isUnproven: (component: string): boolean =>
      readsMedia.value === true && state.value?.proven.includes(component) !== true,
    share: computed(() => (state.value === undefined ? 0 : deployShare(state.value))),
    load,
    /** Starts the whole run, or only `vms`. True if the run started. */
    async start(vms?: readonly string[]): Promise<boolean> {
      failure.value = undefined;
      starting.value = true;
      try {
        await draft.save();
        if (draft.path === undefined || draft.unsaved) return false;
        const result = await asked(
          client.run.start({ path: draft.path, ...(vms === undefined ? {} : { vms: [...vms] }) }),
        );
        if (!result.ok) {
          failure.value = result.failure;
          return false;
        }
        cancelling.value = false;
        const current = await client.run.state({ path: draft.path }).catch(() => null);
        state.value = current?.run === result.value.run ? current : undefined;
        void follow(result.value.run);
        return true;
      } finally {
        starting.value = false;
      }
    },
    async cancel(): Promise<void> {
      if (state.value === undefined) return;
      cancelling.value = true;
      const result = await asked(client.run.cancel({ run: state.value.run }));
      if (!result.ok) {
        cancelling.value = false;
        failure.value = result.failure;
      }
    },
  };
});
