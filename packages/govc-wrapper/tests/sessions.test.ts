import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Govc, ImportOvaRequest } from '../src/govc.ts';
import { startSimulator } from './simulator.ts';
import type { Simulator } from './simulator.ts';
import { writeTinyOva } from './tiny-ova.ts';

let simulator: Simulator;
let client: Govc;
let folder: string;
let request: ImportOvaRequest;

beforeAll(async () => {
  simulator = await startSimulator(['--vm', 'foreign', '--lease-seconds', '3']);
  client = simulator.client();
  folder = await mkdtemp(join(tmpdir(), 'sessions-'));
  const file = join(folder, 'tiny.ova');
  await writeTinyOva(file);
  request = {
    file,
    name: 'tiny-1',
    datastore: 'standard-perf',
    networks: { LAN: 'EDGE-LAN', WAN: 'EDGE-WAN' },
    annotation: 'made by a test',
  };
});
afterAll(async () => {
  await simulator?.stop();
  await rm(folder, { recursive: true, force: true });
});

/** Every operation, in an order in which each one makes a change. */
const operations: readonly (readonly [string, () => Promise<unknown>])[] = [
  ['about', () => client.about()],
  ['inventory', () => client.inventory()],
  ['writable', () => client.writable()],
  ['import', () => client.importOva(request)],
  ['change', () => client.changeVm({ vm: { name: 'tiny-1' }, cpus: 4, extraConfig: { 'guestinfo.a': 'b' } })],
  [
    'grow a disk',
    () => client.growDisk({ vm: { name: 'tiny-1' }, disk: { label: 'Hard disk 1' }, sizeBytes: 11 * 1024 ** 3 }),
  ],
  [
    'create a disk',
    () => client.createDisk({ vm: { name: 'tiny-1' }, datastore: 'high-perf', name: 'tiny-1/data', sizeGib: 1 }),
  ],
  ['connect a NIC', () => client.connectNic({ vm: { name: 'tiny-1' }, nic: { index: 0 }, network: 'EDGE-WAN' })],
  ['power on', () => client.powerOn({ name: 'tiny-1' })],
  ['power off', () => client.powerOff({ name: 'tiny-1' })],
  ['destroy', () => client.destroy({ name: 'tiny-1' })],
  ['remove folders', () => client.removeEmptyFolders({ datastore: 'high-perf', folders: ['nothing'] })],
  [
    'a disk that cannot be made',
    () =>
      client
        .createDisk({ vm: { name: 'foreign' }, datastore: 'high-perf', name: 'x', sizeGib: 1, controller: 'none' })
        .catch(() => undefined),
  ],
  ['a VM that is not there', () => client.destroy({ name: 'nobody' }).catch(() => undefined)],
];

describe('a session', () => {
  it.each(operations)('is logged out at the end: %s', async (_name, work) => {
    const before = (await simulator.state()).calls['Login'] ?? 0;
    await work();
    const { calls, sessions, leases } = await simulator.state();
    expect(calls['Login'] ?? 0).toBeGreaterThan(before);
    expect({ sessions, leases }).toEqual({ sessions: 0, leases: 0 });
  });

  it('is logged out even if the first attempt fails', async () => {
    await simulator.disturb([{ method: 'Logout', action: 'fault', fault: 'SystemError', count: 1 }]);
    await client.about();
    expect((await simulator.state()).sessions).toBe(0);
  });

  it('and its lease are released when an upload stalls', async () => {
    await simulator.disturb([{ method: 'upload', action: 'hold', count: 1, atBytes: 1_000 }]);
    // A small upload fits into the socket buffers; then only the time limit of a change applies.
    const impatient = simulator.client({ timeouts: { change: 2_000 } });
    await expect(impatient.importOva(request)).rejects.toMatchObject({ kind: 'timeout' });
    await simulator.disturb([]);
    expect(await simulator.state()).toMatchObject({ sessions: 0, leases: 0 });
    await expect(client.vm({ name: 'tiny-1' })).rejects.toMatchObject({ kind: 'not-found' });
  });

  it('ends within its limit if the host stops answering', async () => {
    await simulator.disturb([
      { method: 'RetrievePropertiesEx', action: 'hold' },
      { method: 'Logout', action: 'hold' },
    ]);
    const abort = new AbortController();
    setTimeout(() => abort.abort(), 1_000);
    const begin = performance.now();
    await expect(client.inventory({ signal: abort.signal })).rejects.toMatchObject({ kind: 'aborted' });
    expect(performance.now() - begin).toBeLessThan(8_000);
    await simulator.disturb([]);
  });
});

describe('a VM whose import lost its lease', () => {
  it('is busy until the lease times out, and destroying it waits', async () => {
    // The lease is unknown: the reply to its request was lost.
    await simulator.disturb([{ method: 'ImportVApp', action: 'cut', after: true, count: 1 }]);
    await expect(client.importOva(request)).rejects.toMatchObject({ kind: 'unreachable' });
    await expect.poll(async () => (await simulator.state()).leases).toBe(1);
    await expect(client.powerOn({ name: 'tiny-1' })).rejects.toMatchObject({
      kind: 'invalid-state',
      fault: 'TaskInProgress',
    });
    let waits = 0;
    await client.destroy({ name: 'tiny-1' }, { onBusy: () => (waits += 1) });
    expect(waits).toBeGreaterThan(0);
    expect(await simulator.state()).toMatchObject({ leases: 0, sessions: expect.any(Number) });
    await expect(client.vm({ name: 'tiny-1' })).rejects.toMatchObject({ kind: 'not-found' });
  });

  it('is awaited no longer than allowed, and not after an abort', async () => {
    const impatient = simulator.client({ timeouts: { busy: 1 } });
    await simulator.disturb([{ method: 'Destroy_Task', action: 'fault', fault: 'TaskInProgress' }]);
    const busy = { kind: 'invalid-state', fault: 'TaskInProgress' };
    await expect(impatient.destroy({ name: 'foreign' })).rejects.toMatchObject(busy);
    const abort = new AbortController();
    const waiting = client.destroy({ name: 'foreign' }, { signal: abort.signal, onBusy: () => abort.abort() });
    await expect(waiting).rejects.toMatchObject({ kind: 'aborted' });
    await simulator.disturb([]);
  });
});

describe('a folder of a data disk', () => {
  it('is removed with its VM', async () => {
    const vm = await client.importOva({ ...request, name: 'tiny-2' });
    await client.createDisk({ vm, datastore: 'high-perf', name: 'tiny-2/data', sizeGib: 1 });
    expect((await simulator.state()).folders).toContain('[high-perf] tiny-2');
    await client.destroy(vm);
    expect(await simulator.state()).toMatchObject({ folders: ['[standard-perf] foreign'] });
  });

  it('stays if it is not empty', async () => {
    const vm = await client.importOva({ ...request, name: 'tiny-3' });
    await client.createDisk({ vm, datastore: 'high-perf', name: 'tiny-3/data', sizeGib: 1 });
    const wanted = { datastore: 'high-perf', folders: ['tiny-3', 'nothing'] };
    await expect(client.removeEmptyFolders(wanted)).resolves.toEqual([]);
    expect((await simulator.state()).folders).toContain('[high-perf] tiny-3');
    await expect(client.removeEmptyFolders({ datastore: 'high-perf', folders: ['..'] })).rejects.toMatchObject({
      kind: 'invalid-argument',
    });
  });

  it('whose name is a pattern does not keep its VM from being removed', async () => {
    const vm = await client.importOva({ ...request, name: 'tiny-4' });
    await client.createDisk({ vm, datastore: 'high-perf', name: 'ti*/data', sizeGib: 1 });
    await client.destroy(vm);
    await expect(client.vm(vm)).rejects.toMatchObject({ kind: 'not-found' });
    expect((await simulator.state()).folders).toContain('[high-perf] tiny-3');
  });
});
