import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createGovc } from '../src/govc.ts';
import type { Govc, GovcErrorKind } from '../src/govc.ts';
import { programs, startSimulator } from './simulator.ts';
import type { Simulator } from './simulator.ts';
import { writeTinyOva } from './tiny-ova.ts';

const started: Simulator[] = [];
const start = async (args: readonly string[] = []): Promise<Simulator> => {
  const simulator = await startSimulator(['--vm', 'foreign', ...args]);
  started.push(simulator);
  return simulator;
};
let folder: string;
let file: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'refusals-'));
  file = join(folder, 'tiny.ova');
  await writeTinyOva(file);
});
afterAll(async () => {
  await Promise.all(started.map((simulator) => simulator.stop()));
  await rm(folder, { recursive: true, force: true });
});

const upload = (govc: Govc): Promise<unknown> =>
  govc.importOva({
    file,
    name: 'tiny',
    datastore: 'standard-perf',
    networks: { LAN: 'EDGE-LAN', WAN: 'EDGE-WAN' },
    annotation: 'a',
  });
const vm = { name: 'foreign' };
const writes: readonly [string, (govc: Govc) => Promise<unknown>][] = [
  ['import', upload],
  ['change', (govc) => govc.changeVm({ vm, cpus: 4 })],
  ['disk', (govc) => govc.createDisk({ vm, datastore: 'high-perf', name: 'a/b', sizeGib: 1 })],
  ['NIC', (govc) => govc.connectNic({ vm, nic: { index: 0 }, network: 'EDGE-LAN' })],
  ['power', (govc) => govc.powerOff(vm)],
  ['destroy', (govc) => govc.destroy(vm)],
];

describe('a host with a free licence', () => {
  let govc: Govc;
  beforeAll(async () => {
    govc = (await start(['--license', 'free'])).client();
  });

  it('is recognised by a read-only check', async () => {
    await expect(govc.writable()).resolves.toMatchObject({ writable: 'no', reason: 'free-license' });
  });

  it('allows reads', async () => {
    await expect(govc.inventory()).resolves.toMatchObject({ vms: [{ name: 'foreign' }] });
  });

  it.each(writes)('refuses: %s', async (_, write) => {
    await expect(write(govc)).rejects.toMatchObject({ kind: 'license' });
  });
});

describe('a read-only user', () => {
  let govc: Govc;
  beforeAll(async () => {
    govc = (await start(['--permission', 'read-only'])).client();
  });

  it.each(writes)('is refused: %s', async (_, write) => {
    await expect(write(govc)).rejects.toMatchObject({ kind: 'permission' });
  });
});

describe('a host that belongs to a vCenter', () => {
  it('names its vCenter, and refuses a new VM', async () => {
    const govc = (await start(['--managed-by', '10.0.0.9'])).client();
    await expect(govc.writable()).resolves.toMatchObject({
      writable: 'no',
      reason: 'managed-by-vcenter',
      managedBy: '10.0.0.9',
    });
    await expect(govc.hosts()).resolves.toMatchObject([{ managedBy: '10.0.0.9' }]);
    await expect(upload(govc)).rejects.toMatchObject({ kind: 'managed-by-vcenter' });
  });

  it.each(['127.0.0.1', '127.1.2.3', '::1', 'localhost'])(
    'ignores the loopback address %s as its vCenter',
    async (address) => {
      const govc = (await start(['--managed-by', address])).client();
      await expect(govc.hosts()).resolves.toEqual([expect.not.objectContaining({ managedBy: expect.anything() })]);
      await expect(govc.writable()).resolves.toMatchObject({ writable: 'yes' });
    },
  );
});

describe('an evaluation licence', () => {
  it('allows writes', async () => {
    await expect((await start(['--license', 'eval'])).client().writable()).resolves.toMatchObject({ writable: 'yes' });
  });
});

describe('a fault of vSphere', () => {
  const faults: readonly [string, GovcErrorKind][] = [
    ['NoDiskSpace', 'no-space'],
    ['TaskInProgress', 'invalid-state'],
    ['FileLocked', 'invalid-state'],
    ['DuplicateName', 'already-exists'],
    ['NoPermission', 'permission'],
    ['ManagedObjectNotFound', 'not-found'],
    ['HostNotConnected', 'invalid-state'],
    ['NotSupported', 'fault'],
  ];
  it.each(faults)('%s is of kind %s and keeps its name', async (fault, kind) => {
    const govc = (
      await start(['--fault', `ReconfigVM_Task:VirtualMachine:*:${fault}:A sentence of vSphere.`])
    ).client();
    await expect(govc.changeVm({ vm, cpus: 4 })).rejects.toMatchObject({
      kind,
      fault,
      message: 'A sentence of vSphere.',
      command: expect.arrayContaining(['vm.change', '-c', '4']),
    });
  });

  it('during an import has its own message', async () => {
    const message = "Insufficient disk space on datastore 'standard-perf'.";
    const govc = (await start(['--fault', `ImportVApp:*:*:NoDiskSpace:${message}`])).client();
    await expect(upload(govc)).rejects.toMatchObject({ kind: 'no-space', message });
  });

  it('of an import is already-exists if its files exist', async () => {
    const govc = (await start()).client();
    await upload(govc);
    await expect(upload(govc)).rejects.toMatchObject({ kind: 'already-exists', fault: 'FileAlreadyExists' });
  });

  it('differs from the error of a host in maintenance mode', async () => {
    const govc = (await start(['--host-maintenance'])).client();
    await upload(govc).catch(() => undefined);
    await expect(govc.powerOn({ name: 'tiny' })).rejects.toMatchObject({ kind: 'invalid-state' });
  });
});

describe('an unreachable endpoint', () => {
  it.each([
    ['with a pin', { fingerprint: `SHA256:${'AB:'.repeat(31)}AB` }],
    ['without', {}],
  ])('is unreachable %s', async (_, pin) => {
    const options = { binary: programs().govc, host: '127.0.0.1', port: 1, username: 'a', password: 'b' };
    const govc = createGovc({ ...options, ...pin });
    await expect(govc.about()).rejects.toMatchObject({ kind: 'unreachable' });
    await govc.dispose();
  });
});

describe('several endpoints at once', () => {
  it('are independent of each other', async () => {
    const [esx, vpx] = await Promise.all([start(['--username', 'a']), start(['--kind', 'vpx', '--username', 'b'])]);
    const clients = [esx.client(), vpx.client(), esx.client(), vpx.client()];
    const abouts = await Promise.all(clients.map((client) => client.about()));
    expect(abouts.map(({ apiType }) => apiType)).toEqual(['HostAgent', 'VirtualCenter', 'HostAgent', 'VirtualCenter']);
    await Promise.all([upload(esx.client()), upload(vpx.client())]);
    const inventories = await Promise.all([esx.client().inventory(), vpx.client().inventory()]);
    for (const { vms } of inventories) expect(vms.map(({ name }) => name).toSorted()).toEqual(['foreign', 'tiny']);
    const pinnedToOther = vpx.client({ fingerprint: esx.fingerprint });
    await expect(pinnedToOther.about()).rejects.toMatchObject({ kind: 'certificate-mismatch' });
  });
});
