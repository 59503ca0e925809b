/** The list of data centres in the draft, for the steps that change it. */
import { computed, type ComputedRef } from 'vue';
import { useI18n } from 'vue-i18n';
import { allPlatforms } from '../../core/platform/layout.ts';
import type { Plan } from '../../core/plan/model.ts';
import type { RunState } from '../../core/run/state.ts';
import { valueAtPath } from '../../core/site/draft/path.ts';
import { newPlatform } from '../models/draft/site-text.ts';
import { useDraft } from './draft.ts';
import { useFindings } from './findings.ts';
import { useRemovals } from './removals.ts';
import { useRun } from './run.ts';
import { useWizard } from './wizard.ts';

const path = 'datacentres';
const rttPath = 'network.interDatacentreRttMs';
const most = 3;

export type DraftDatacentre = Readonly<Record<string, unknown>>;

interface Datacentres {
  readonly list: ComputedRef<readonly DraftDatacentre[]>;
  readonly canAdd: ComputedRef<boolean>;
  add(): void;
  /** Removes a data centre, after a question if more than its name would be lost. */
  remove(index: number): void;
  removeNow(index: number): void;
  nameOf(index: number): string;
  deployedIn(index: number): number;
}

/** The first unused name of `dc1`, `dc2`, .... */
function freeName(taken: readonly unknown[]): string {
  for (let number = 1; ; number += 1) {
    const name = `dc${number}`;
    if (!taken.includes(name)) return name;
  }
}

const isGiven = (value: unknown): value is string => typeof value === 'string' && value !== '' && value !== 'https://';

/** Addresses of the entered hosts. A host with only an account counts by its account. */
export const hostsOf = (datacentre: DraftDatacentre): readonly string[] =>
  allPlatforms().flatMap(({ name, endpointList }) => {
    const listed = valueAtPath(datacentre, `${name}.${endpointList}`);
    return (Array.isArray(listed) ? listed : []).flatMap((one: unknown) => {
      const shown = ['url', 'username', 'fingerprint'].map((field) => valueAtPath(one, field)).find(isGiven);
      return shown === undefined ? [] : [shown];
    });
  });

/** VMs of a data centre in the last or current run. */
export function deployedVms(name: string, plan: Plan | undefined, run: RunState | undefined): number {
  const done = new Set(run?.vms.filter(({ status }) => status === 'done' || status === 'working').map(({ vm }) => vm));
  return (plan?.vms ?? []).filter((vm) => vm.datacentre === name && done.has(vm.name)).length;
}

export function useDatacentres(): Datacentres {
  const { t } = useI18n({ useScope: 'global' });
  const draft = useDraft();
  const findings = useFindings();
  const removals = useRemovals();
  const run = useRun();
  const wizard = useWizard();
  const list = computed(() => (draft.get(path) as readonly DraftDatacentre[] | undefined) ?? []);

  const nameOf = (index: number): string => {
    const name = list.value[index]?.['name'];
    return typeof name === 'string' && name !== '' ? name : t('wizard.datacentre.other', { number: index + 1 });
  };
  const deployedIn = (index: number): number => deployedVms(nameOf(index), findings.outline, run.state);

  function removeNow(index: number): void {
    const [name, next] = [nameOf(index), nameOf(1)];
    // The round-trip time of a single data centre would stay in the file, hidden.
    const parts = [{ path, index }, ...(list.value.length > 2 ? [] : [{ path: rttPath }])];
    removals.remove(parts, () =>
      index === 0 ? t('wizard.removed.primary', { name, next }) : t('wizard.removed.one', { name }),
    );
    void wizard.show(path);
  }

  return {
    list,
    canAdd: computed(() => list.value.length < most),
    nameOf,
    deployedIn,
    removeNow,
    add(): void {
      draft.set(`${path}.${list.value.length}`, {
        name: freeName(list.value.map((one) => one?.['name'])),
        ...newPlatform(),
      });
    },
    remove(index: number): void {
      const losesHosts = hostsOf(list.value[index] ?? {}).length > 0;
      // With two data centres, the next primary one may be empty.
      const emptyPrimary =
        index === 0 && hostsOf(list.value[1] ?? {}).length === 0 && list.value.some((one) => hostsOf(one).length > 0);
      if (losesHosts || emptyPrimary || deployedIn(index) > 0) removals.question = index;
      else removeNow(index);
    },
  };
}
