/** The run in progress, or the last one: read once, then followed event by event. */
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
  /** Why the run could not be started or stopped. */
  const failure = shallowRef<Failure>();
  let following: AbortController | undefined;
  /** The site file that `state` was asked for. */
  let ofFile: string | undefined;

  /** The run deployed the plan of now; one of an earlier plan says nothing of this one. */
  const isCurrent = computed(() => state.value !== undefined && isOfPlan(state.value, findings.planDigest));
  const running = computed(() => state.value !== undefined && state.value.outcome === undefined);
  /** The medium may still be read while servers are deployed. */
  const readsMedia = computed(
    () => running.value && state.value?.stages.some(({ stage, status }) => stage === 'images' && status === 'working'),
  );

  /** Follows the run until it ends; a break is taken up again when the connection is back. */
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
      // The transport broke; `load` follows again once it is back.
    }
  }

  async function load(): Promise<void> {
    if (draft.path === undefined) return;
    const seen = await client.run.state({ path: draft.path }).catch(() => undefined);
    if (seen === undefined) return;
    if (seen === null) {
      // A run of an earlier name of this site stays on the screen, as one of an earlier plan.
      if (ofFile !== draft.path) state.value = undefined;
      ofFile = draft.path;
      return;
    }
    ofFile = draft.path;
    if (state.value?.run !== seen.run || seen.sequence >= state.value.sequence) state.value = seen;
    if (seen.outcome === undefined) void follow(seen.run);
  }

  // A run changes what is on the hosts, from its beginning to its end.
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
  // Runs are kept by the name of their site: one that is called as before has its results again.
  watch(
    () => values.savedName,
    () => {
      if (!running.value) void load();
    },
  );

  return {
    state,
    isCurrent,
    /** How a run of this very plan ended. */
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
    /** Starts the whole run, or only `vms`. True when it runs. */
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
        const seen = await client.run.state({ path: draft.path }).catch(() => null);
        state.value = seen?.run === result.value.run ? seen : undefined;
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
