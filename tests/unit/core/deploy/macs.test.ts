import { describe, expect, it } from 'vitest';
import { macsByVm } from '../../../../core/deploy/macs.ts';
import type { Machine, Owner } from '../../../../core/platform/inventory.ts';
import { reconcileInput, twoHosts } from '../../../fixtures/vsphere-model.ts';

const { plan } = reconcileInput(twoHosts());
const gateway = 'acme-edge-gw-1';
const owner: Owner = { site: 'acme', component: 'edge-gw', machine: gateway, stage: 'configured' };

const machine = (name: string, macs: readonly string[], changes: Partial<Machine> = {}): Machine => ({
  id: `id-${name}`,
  name,
  host: 'esx1',
  poweredOn: true,
  owner: { ...owner, machine: name },
  addresses: [],
  vcpu: 1,
  memoryMb: 1024,
  disks: [],
  nics: macs.map((mac) => ({ network: 'any', mac })),
  ...changes,
});
const [a, b, c] = ['00:50:56:00:00:0a', '00:50:56:00:00:0b', '00:50:56:00:00:0c'];

describe('MAC addresses by VM', () => {
  it('are those of the plan’s NICs, in lower case', () => {
    expect(macsByVm(plan, [machine(gateway, [a.toUpperCase(), b]), machine('acme-logs-1', [c])])).toEqual({
      [gateway]: { lan: a, wan: b },
      'acme-logs-1': { lan: c },
    });
  });

  it('follow the order of the image where the machine has it on record', () => {
    const swapped = machine(gateway, [a, b], { owner: { ...owner, nics: ['wan', 'lan'] } });
    expect(macsByVm(plan, [swapped])).toEqual({ [gateway]: { lan: b, wan: a } });
    // A first NIC that is on none of the plan's networks.
    const third = machine(gateway, [c, a, b], { owner: { ...owner, nics: ['', 'lan', 'wan'] } });
    expect(macsByVm(plan, [third])).toEqual({ [gateway]: { lan: a, wan: b } });
  });

  it.each([
    ['is not in the plan', machine('acme-old-1', [a, b])],
    ['is of another site', machine(gateway, [a, b], { owner: { ...owner, site: 'other' } })],
    ['is a copy of another', machine(gateway, [a, b], { owner: { ...owner, machine: 'acme-edge-gw-2' } })],
    ['is half made', machine(gateway, [a, b], { owner: { site: 'acme', component: 'edge-gw', machine: gateway } })],
  ])('leave out a machine that %s', (_what, one) => {
    expect(macsByVm(plan, [one])).toEqual({});
  });

  it('leave out a NIC without an address, and text that is none', () => {
    for (const none of ['', '00:00:00:00:00:00', '00:50:56', `${a}\nx`]) {
      expect(macsByVm(plan, [machine(gateway, [none, b])])).toEqual({ [gateway]: { wan: b } });
    }
  });

  it('leave out a VM that exists twice, and an address that two NICs have', () => {
    const twice = [machine(gateway, [a, b]), machine(gateway, [c, b], { id: 'other' })];
    expect(macsByVm(plan, twice)).toEqual({});
    const same = [machine(gateway, [a, b]), machine('acme-logs-1', [a])];
    expect(macsByVm(plan, same)).toEqual({ [gateway]: { wan: b }, 'acme-logs-1': {} });
  });

  it('count a machine once that two data centres of one vCenter have', () => {
    expect(macsByVm(plan, [machine(gateway, [a, b]), machine(gateway, [a, b])])).toEqual({
      [gateway]: { lan: a, wan: b },
    });
  });
});
