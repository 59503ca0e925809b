import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { targetName } from '../../../../core/deploy/operation.ts';
import { reconcile } from '../../../../core/deploy/reconcile.ts';
import { compareInventory, deviationKinds } from '../../../../core/deploy/comparison.ts';
import type { EndpointInventory, Machine } from '../../../../core/platform/inventory.ts';
import { planOf } from '../../../fixtures/sample-sites.ts';
import { applyAll, operationsIn, reconcileInput, twoHosts, vsphereSite } from '../../../fixtures/vsphere-model.ts';
import { english } from '../../../fixtures/words.ts';

const site = vsphereSite();
const plan = planOf(site);
const reconciled = (endpoints: readonly EndpointInventory[], planDigest = 'digest-1') => {
  const result = reconcile(reconcileInput(endpoints, { planDigest }));
  if (!result.ok) throw new Error(result.failure.code);
  return result.value;
};
const all = operationsIn(reconciled(twoHosts()));
const finished = applyAll(twoHosts(), all);
const changed = (change: (vm: Machine) => Machine): EndpointInventory[] =>
  finished.map((endpoint) => ({ ...endpoint, machines: endpoint.machines.map(change) }));
const compared = (endpoints: readonly EndpointInventory[]) => compareInventory(plan, site.datacentres, endpoints);
const asPlanned = (endpoints: readonly EndpointInventory[]): readonly string[] =>
  compared(endpoints)
    .vms.filter(({ status }) => status === 'as-planned')
    .map(({ planned }) => planned.name);

describe('the comparison', () => {
  it('has no difference for a VM whose mark only needs renewing', () => {
    const other = reconciled(finished, 'digest-2');
    expect(other.done).toHaveLength(9);
    expect(other.done).toEqual(asPlanned(finished));
    expect(new Set(operationsIn(other).map(({ kind }) => kind))).toEqual(new Set(['mark']));
    expect(other.drift).toEqual([]);
  });

  const changes: readonly (readonly [string, (vm: Machine) => Machine])[] = [
    ['vcpu', (vm) => ({ ...vm, vcpu: vm.vcpu + 1 })],
    ['memory', (vm) => ({ ...vm, memoryMb: vm.memoryMb + 1024 })],
    ['disk-count', (vm) => ({ ...vm, disks: [...vm.disks, ...vm.disks.slice(0, 1)] })],
    [
      'disk-size',
      (vm) => ({ ...vm, disks: vm.disks.map((disk) => ({ ...disk, capacityBytes: disk.capacityBytes * 2 })) }),
    ],
    ['disk-storage', (vm) => ({ ...vm, disks: vm.disks.map((disk) => ({ ...disk, storage: 'other' })) })],
    ['nic-count', (vm) => ({ ...vm, nics: [...vm.nics, ...vm.nics.slice(0, 1)] })],
    ['network', (vm) => ({ ...vm, nics: vm.nics.map((nic) => ({ ...nic, network: 'VM Network' })) })],
    ['powered-off', (vm) => ({ ...vm, poweredOn: false })],
  ];

  it.each(changes)('gives one difference, as drift or as work: %s', (what, change) => {
    const endpoints = changed(change);
    const { vms } = compared(endpoints);
    expect(new Set(vms.flatMap(({ deviations }) => deviations.map((one) => one.what)))).toEqual(new Set([what]));
    const { drift, phases } = reconciled(endpoints);
    const worked = new Set(phases.flatMap(({ work }) => work.map(({ target }) => targetName(target))));
    for (const { planned } of vms) {
      expect([drift.some(({ vm }) => vm === planned.name), worked.has(planned.name)]).toContain(true);
    }
  });

  it('has words for every kind, with and without the name of the VM', () => {
    for (const kind of deviationKinds) {
      expect(english.has(`deploy.drift.${kind}`), kind).toBe(true);
      expect(english.has(`summary.difference.${kind}`), kind).toBe(true);
    }
  });
});

describe('the readers of the comparison', () => {
  it('agree at every moment of a deployment', () => {
    fc.assert(
      fc.property(fc.nat(all.length), (count) => {
        const endpoints = applyAll(twoHosts(), all.slice(0, count));
        const { done, phases } = reconciled(endpoints);
        expect(done).toEqual(asPlanned(endpoints));
        const open = phases.flatMap(({ work }) =>
          work.filter(({ operations }) => operations.some(({ kind }) => kind !== 'mark')),
        );
        expect(new Set([...done, ...open.map(({ target }) => targetName(target))])).toEqual(
          new Set(plan.vms.map(({ name }) => name)),
        );
      }),
      { numRuns: 40 },
    );
  });
});
