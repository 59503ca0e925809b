import { describe, expect, it } from 'vitest';
import {
  machineWork,
  ownedVms,
  reconcile,
  type ReconcileInput,
  type Reconciliation,
} from '../../../../core/deploy/reconcile.ts';
import { targetName } from '../../../../core/deploy/operation.ts';
import { bytesPerGb } from '../../../../core/plan/model.ts';
import type { Result } from '../../../../core/base/errors.ts';
import type { EndpointInventory, Machine, Owner } from '../../../../core/platform/inventory.ts';
import {
  applyAll,
  emptyEndpoint,
  images,
  operationsIn,
  reconcileInput,
  twoHosts,
  vsphereSite,
} from '../../../fixtures/vsphere-model.ts';

const value = (result: Result<Reconciliation>): Reconciliation => {
  if (!result.ok) throw new Error(JSON.stringify(result.failure));
  return result.value;
};
const codeOf = (result: Result<unknown>): string => (result.ok ? 'ok' : result.failure.code);

const work = (input: ReconcileInput) => operationsIn(value(reconcile(input)));

/** Everything deployed. */
const deployed = (): EndpointInventory[] => applyAll(twoHosts(), work(reconcileInput(twoHosts())));

/** The endpoints with one VM changed. */
const withVm = (
  endpoints: readonly EndpointInventory[],
  name: string,
  change: (vm: Machine) => Machine,
): EndpointInventory[] =>
  endpoints.map((one) => ({
    ...one,
    machines: one.machines.map((vm) => (vm.name === name ? change(vm) : vm)),
  }));

const find = (endpoints: readonly EndpointInventory[], name: string): Machine => {
  const vm = endpoints.flatMap(({ machines }) => machines).find((one) => one.name === name);
  if (vm === undefined) throw new Error(name);
  return vm;
};

const gateway = 'acme-edge-gw-1';
const noOwner: Owner = { site: '', component: '', machine: '' };
const allInOne = 'acme-all-in-one-1';
const kinds = (operations: readonly { readonly kind: string }[]): string[] => operations.map(({ kind }) => kind);

describe('reconcile on an empty inventory', () => {
  const result = value(reconcile(reconcileInput(twoHosts())));

  it('plans every VM once, gateways in the first phase', () => {
    const names = result.phases.flatMap((phase) => phase.work.map(({ target }) => targetName(target)));
    expect(names).toHaveLength(9);
    expect(new Set(names).size).toBe(9);
    expect(result.phases.map(({ name }) => name)).toEqual(['base', 'data', 'services']);
    expect(machineWork(result)[0]?.component).toBe('edge-gw');
    expect(result.done).toEqual([]);
    expect(result.drift).toEqual([]);
  });

  it('creates, marks, sets hardware, grows, adds disks on their class, connects, tells, marks, powers on, in this order', () => {
    const all = result.phases.flatMap((phase) => phase.work).find(({ target }) => targetName(target) === allInOne);
    expect(kinds(all?.operations ?? [])).toEqual([
      'create-machine',
      'mark',
      'set-hardware',
      'grow-disk',
      'add-disk',
      'add-disk',
      'connect-nic',
      'connect-nic',
      'tell-nics',
      'mark',
      'power-on',
    ]);
    expect(all?.operations).toContainEqual(
      expect.objectContaining({ kind: 'set-hardware', vcpu: 8, memoryMb: 32 * 1024 }),
    );
    expect(all?.operations).toContainEqual(
      expect.objectContaining({ kind: 'add-disk', disk: 1, sizeGb: 512, storage: 'high-perf' }),
    );
    expect(all?.operations).toContainEqual(
      expect.objectContaining({ kind: 'connect-nic', nic: 1, network: 'EDGE-WAN' }),
    );
  });

  it('gives the guest only properties that its image has, and no secret', () => {
    const first = result.phases[0]?.work[0]?.operations[0];
    if (first?.kind !== 'create-machine') throw new Error(first?.kind);
    expect(Object.keys(first.properties).toSorted()).toEqual(['hostname', 'lan_ip', 'wan_ip']);
    expect(first.owner).toMatchObject({ site: 'acme', machine: 'acme-edge-gw-1', component: 'edge-gw' });
    expect(first.owner.stage).toBeUndefined();
    expect(first.networks).toEqual({ LAN: 'EDGE-LAN', WAN: 'EDGE-WAN' });
  });

  it('gives every operation an id of its own', () => {
    const ids = operationsIn(result).map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });
});

describe('reconcile on existing VMs', () => {
  it('has no operations if everything is as planned', () => {
    const result = value(reconcile(reconcileInput(deployed())));
    expect(result.phases).toEqual([]);
    expect(result.drift).toEqual([]);
    expect(result.done).toHaveLength(9);
  });

  it('needs no image for an existing VM, and keeps the record of its image', () => {
    const newer = images.map((image) => ({ ...image, sha256: `newer-${image.file}` }));
    expect(work(reconcileInput(deployed(), { images: newer }))).toEqual([]);
    expect(work(reconcileInput(deployed(), { images: [] }))).toEqual([]);
    expect(find(deployed(), gateway).owner?.image).toBe('sha-of-edge-gw');
  });

  it('keeps the NIC order of a VM’s import', () => {
    const networks = ['WAN', 'LAN'];
    const swapped = images.map((image) => ({ ...image, networks, nics: networks }));
    const operations = work(reconcileInput(twoHosts(), { images: swapped }));
    const ofGateway = operations.filter(({ target }) => targetName(target) === gateway);
    expect(ofGateway[0]).toMatchObject({ networks: { LAN: 'EDGE-LAN', WAN: 'EDGE-WAN' } });
    expect(ofGateway.filter(({ kind }) => kind === 'connect-nic')).toMatchObject([
      { nic: 1, network: 'EDGE-LAN' },
      { nic: 0, network: 'EDGE-WAN' },
    ]);
    const there = applyAll(twoHosts(), operations);
    expect(find(there, gateway).nics.map(({ network }) => network)).toEqual(['EDGE-WAN', 'EDGE-LAN']);
    expect(find(there, gateway).owner?.nics).toEqual(['wan', 'lan']);
    for (const medium of [swapped, images, []]) {
      expect(work(reconcileInput(there, { images: medium }))).toEqual([]);
    }
  });

  it('connects an unplanned NIC by its network name, and never a LAN server to the WAN', () => {
    const networks = ['LAN', 'WAN', 'HA-WAN', 'mgmt'];
    const more = images.map((image) => ({ ...image, networks, nics: networks }));
    const imports = work(reconcileInput(twoHosts(), { images: more })).filter(({ kind }) => kind === 'create-machine');
    expect(imports.find(({ target }) => targetName(target) === gateway)).toMatchObject({
      networks: { LAN: 'EDGE-LAN', WAN: 'EDGE-WAN', 'HA-WAN': 'EDGE-WAN', mgmt: 'EDGE-LAN' },
    });
    expect(imports.find(({ target }) => targetName(target).includes('-logs-'))).toMatchObject({
      networks: { LAN: 'EDGE-LAN', WAN: 'EDGE-LAN', 'HA-WAN': 'EDGE-LAN', mgmt: 'EDGE-LAN' },
    });
  });

  it('discards the VM of an interrupted import, and imports again', () => {
    const cut = applyAll(twoHosts(), work(reconcileInput(twoHosts())).slice(0, 1));
    const again = work(reconcileInput(cut)).filter(({ target }) => targetName(target) === gateway);
    expect(kinds(again).slice(0, 3)).toEqual(['discard-partial', 'create-machine', 'mark']);
    expect(again[0]).toMatchObject({ target: { id: find(cut, gateway).id } });
    expect(again[1]).not.toMatchObject({ target: { id: expect.anything() } });
  });

  it.each([
    ['is powered on', (vm: Machine): Machine => ({ ...vm, poweredOn: true })],
    [
      'has a grown disk',
      (vm: Machine): Machine => ({ ...vm, disks: vm.disks.map((one) => ({ ...one, capacityBytes: 64 * bytesPerGb })) }),
    ],
    [
      'has a data disk',
      (vm: Machine): Machine => ({
        ...vm,
        disks: [...vm.disks, { capacityBytes: 1, storage: 'high-perf' }],
      }),
    ],
  ])('never discards a VM without a tag that %s', (_what, change) => {
    const cut = applyAll(twoHosts(), work(reconcileInput(twoHosts())).slice(0, 1));
    expect(codeOf(reconcile(reconcileInput(withVm(cut, gateway, change))))).toBe('deploy.unclear-vm');
  });

  it('adds only the missing disk', () => {
    const without = withVm(deployed(), allInOne, (vm) => ({ ...vm, disks: vm.disks.slice(0, 2) }));
    const operations = work(reconcileInput(without));
    expect(kinds(operations)).toEqual(['add-disk']);
    expect(operations[0]).toMatchObject({ disk: 2, sizeGb: 512, storage: 'high-perf' });
  });

  it('grows a disk that is too small, and reports one that is too large', () => {
    const sized = (gb: number) =>
      withVm(deployed(), allInOne, (vm) => ({
        ...vm,
        disks: vm.disks.map((one, at) => (at === 1 ? { ...one, capacityBytes: gb * bytesPerGb } : one)),
      }));
    expect(kinds(work(reconcileInput(sized(100))))).toEqual(['grow-disk']);
    const large = value(reconcile(reconcileInput(sized(600))));
    expect(large.phases).toEqual([]);
    expect(large.drift).toEqual([{ vm: allInOne, what: 'disk-size', planned: '512 GB', found: '600 GB' }]);
  });

  it('reports a disk on another datastore, and a disk too many', () => {
    const moved = withVm(deployed(), allInOne, (vm) => ({
      ...vm,
      disks: [
        ...vm.disks.map((one, at) => (at === 1 ? { ...one, storage: 'standard-perf' } : one)),
        { capacityBytes: 1, storage: 'x' },
      ],
    }));
    const result = value(reconcile(reconcileInput(moved)));
    expect(result.phases).toEqual([]);
    expect(result.drift.map(({ what }) => what).toSorted()).toEqual(['disk-count', 'disk-storage']);
  });

  it('moves a NIC that is on the wrong port group', () => {
    const wrong = withVm(deployed(), gateway, (vm) => ({
      ...vm,
      nics: vm.nics.map((nic, at) => (at === 1 ? { ...nic, network: 'VM Network' } : nic)),
    }));
    expect(work(reconcileInput(wrong))).toEqual([
      expect.objectContaining({
        target: expect.objectContaining({ machine: gateway }),
        kind: 'connect-nic',
        nic: 1,
        network: 'EDGE-WAN',
      }),
    ]);
  });

  it('sets the hardware of a stopped VM and powers it on', () => {
    const stopped = withVm(deployed(), gateway, (vm) => ({ ...vm, poweredOn: false, vcpu: 1 }));
    expect(kinds(work(reconcileInput(stopped)))).toEqual(['set-hardware', 'power-on']);
  });

  it('reports the hardware of a running VM and leaves it alone', () => {
    const running = withVm(deployed(), gateway, (vm) => ({ ...vm, vcpu: 8, memoryMb: 512 }));
    const result = value(reconcile(reconcileInput(running)));
    expect(result.phases).toEqual([]);
    expect(result.drift).toEqual([
      { vm: gateway, what: 'vcpu', planned: '2', found: '8' },
      { vm: gateway, what: 'memory', planned: '2 GB', found: '0.5 GB' },
    ]);
  });

  it('only renews the mark if the plan changed elsewhere', () => {
    const operations = work(reconcileInput(deployed(), { planDigest: 'digest-2' }));
    expect(new Set(kinds(operations))).toEqual(new Set(['mark']));
    expect(operations).toHaveLength(9);
    expect(operations[0]).toMatchObject({ owner: { image: 'sha-of-edge-gw' } });
  });

  it('only renews the mark if a data centre got another name', () => {
    const renamed = vsphereSite();
    const site = { ...renamed, datacentres: renamed.datacentres.map((one) => ({ ...one, name: 'north' })) };
    // The endpoints are opened under the name that the file has now.
    const endpoints = deployed().map((one) => ({ ...one, datacentre: 'north' }));
    const operations = work(reconcileInput(endpoints, { site, planDigest: 'digest-2' }));
    expect(new Set(kinds(operations))).toEqual(new Set(['mark']));
    expect(operations).toHaveLength(9);
    expect(new Set(operations.map(({ target }) => target.place.datacentre))).toEqual(new Set(['north']));
    expect(value(reconcile(reconcileInput(endpoints, { site, planDigest: 'digest-2' }))).drift).toEqual([]);
  });

  it('keeps the addresses of a VM’s creation, and writes none to a VM of an earlier version', () => {
    const addresses = find(deployed(), gateway).owner?.addresses;
    const { nics } = reconcileInput([]).plan.vms.find(({ name }) => name === gateway) ?? { nics: [] };
    // Its own and that of the VIP that it shares.
    expect(addresses).toEqual(expect.arrayContaining(nics.flatMap((nic) => nic.addresses)));
    expect(addresses).toContain(reconcileInput([]).plan.vips[0]?.address);
    const moved = withVm(deployed(), gateway, (vm) => ({
      ...vm,
      owner: { ...(vm.owner ?? noOwner), addresses: ['10.20.0.99'] },
      addresses: ['10.20.0.99'],
    }));
    const without = withVm(deployed(), gateway, (vm) => {
      const { addresses: _addresses, ...owner } = vm.owner ?? noOwner;
      return { ...vm, owner, addresses: [] };
    });
    for (const endpoints of [moved, without]) expect(work(reconcileInput(endpoints))).toEqual([]);
    // The guest got its addresses at the import: another plan does not change them.
    expect(value(reconcile(reconcileInput(moved))).drift).toEqual([
      { vm: gateway, what: 'addresses', planned: expect.stringContaining('10.'), found: '10.20.0.99' },
    ]);
    expect(value(reconcile(reconcileInput(without))).drift).toEqual([]);
  });

  it('leaves a VM on its host', () => {
    const [first, second] = deployed();
    if (first === undefined || second === undefined) throw new Error('two hosts');
    const moving = first.machines.filter(({ name }) => name === gateway);
    const swapped = [
      { ...first, machines: first.machines.filter((vm) => !moving.includes(vm)) },
      { ...second, machines: [...second.machines, ...moving.map((vm) => ({ ...vm, poweredOn: false }))] },
    ];
    expect(moving).toHaveLength(1);
    expect(work(reconcileInput(swapped))).toEqual([
      expect.objectContaining({
        kind: 'power-on',
        target: expect.objectContaining({ place: { datacentre: 'dc1', endpointIndex: 1 } }),
      }),
    ]);
  });

  it('reports a VM of this site that is no longer planned', () => {
    const vm = find(deployed(), gateway);
    const owner = { ...(vm.owner ?? noOwner), machine: 'acme-edge-gw-9' };
    const old = { ...vm, name: 'acme-edge-gw-9', id: 'old', owner };
    const endpoints = [
      ...deployed()
        .slice(0, 1)
        .map((one) => ({ ...one, machines: [...one.machines, old] })),
      ...deployed().slice(1),
    ];
    expect(value(reconcile(reconcileInput(endpoints))).drift).toEqual([
      { vm: 'acme-edge-gw-9', what: 'unplanned-vm', planned: '', found: 'acme-edge-gw-9' },
    ]);
  });
});

describe('reconcile refuses before anything is touched', () => {
  const stranger = (name: string, changes: Partial<Machine> = {}): Machine => {
    const { owner: _owner, ...vm } = find(deployed(), gateway);
    return { ...vm, name, id: 'stranger', ...changes };
  };

  it('a VM of a planned name with another owner', () => {
    const input = reconcileInput([emptyEndpoint(0), emptyEndpoint(1, { machines: [stranger(gateway)] })]);
    expect(reconcile(input)).toEqual({
      ok: false,
      failure: {
        kind: 'preflight',
        code: 'deploy.foreign-vm',
        params: { vm: gateway, endpoint: 'https://esx2.example' },
      },
    });
  });

  it('a VM of another site whose name begins alike', () => {
    const other = stranger(gateway, { owner: { site: 'acme-paris', machine: gateway, component: 'x' } });
    expect(codeOf(reconcile(reconcileInput([emptyEndpoint(0, { machines: [other] })])))).toBe('deploy.foreign-vm');
  });

  it('a clone of one VM of the site under the name of another', () => {
    const clone = { ...find(deployed(), allInOne), name: gateway, id: 'clone' };
    expect(codeOf(reconcile(reconcileInput([emptyEndpoint(0, { machines: [clone] })])))).toBe('deploy.foreign-vm');
  });

  it('two VMs of the site under one name', () => {
    const twice = deployed().map((one) => ({
      ...one,
      machines: [...one.machines, { ...find(deployed(), gateway), id: `x${one.endpointIndex}` }],
    }));
    expect(codeOf(reconcile(reconcileInput(twice)))).toBe('deploy.duplicate-vm');
  });

  it('counts a VM once that two data centres of one vCenter both see', () => {
    const hosts = deployed();
    const [first] = hosts;
    if (first === undefined) throw new Error('no host');
    const seenTwice = [...hosts, { ...first, datacentre: 'dc2' }];
    expect(work(reconcileInput(seenTwice))).toEqual([]);
    expect(ownedVms('acme', seenTwice)).toHaveLength(9);
  });

  it('a medium without a needed image', () => {
    const fewer = images.filter(({ components }) => !components.includes('logs'));
    expect(reconcile(reconcileInput(twoHosts(), { images: fewer }))).toMatchObject({
      failure: { code: 'deploy.no-image', params: { component: 'logs' } },
    });
  });
});

describe('reconcile for a data centre that is set up by hand', () => {
  it('gives one step by hand for each machine, and needs no image', () => {
    const site = vsphereSite({ datacentres: [{ name: 'dc1', platform: 'kvm' }] });
    const result = value(reconcile(reconcileInput([], { site, images: [] })));
    expect(machineWork(result)).toHaveLength(9);
    expect(new Set(operationsIn(result).map(({ by, kind }) => `${by} ${kind}`))).toEqual(
      new Set(['hand make-by-hand']),
    );
  });
});
