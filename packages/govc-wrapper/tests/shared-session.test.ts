import { execFile } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Govc, ImportOvaRequest } from '../src/govc.ts';
import { programs, startSimulator, type Simulator } from './simulator.ts';
import { writeTinyOva } from './tiny-ova.ts';

let simulator: Simulator;
let folder: string;
let request: ImportOvaRequest;

beforeAll(async () => {
  simulator = await startSimulator(['--vm', 'foreign']);
  folder = await mkdtemp(join(tmpdir(), 'shared-'));
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

const sharing = (): Govc => simulator.client({ shareSession: true, homeDir: folder });
const logins = async (): Promise<number> => (await simulator.state()).calls['Login'] ?? 0;
const cookies = (): string[] =>
  readdirSync(folder).flatMap((name) => {
    const sessions = join(folder, name, 'govmomi', 'sessions');
    return existsSync(sessions) ? readdirSync(sessions) : [];
  });

/** Another client ends every session but its own, as an administrator can. */
async function endSessions(): Promise<void> {
  const { host, port } = simulator.address;
  const { username, password } = simulator.options;
  const env = {
    ...process.env,
    GOVC_URL: `https://${encodeURIComponent(username)}:${encodeURIComponent(password)}@${host}:${String(port)}/sdk`,
    GOVC_INSECURE: 'true',
    GOVC_PERSIST_SESSION: 'false',
  };
  const run = promisify(execFile);
  const { stdout } = await run(programs().govc, ['session.ls', '-json'], { env });
  const { sessionList } = JSON.parse(stdout) as { sessionList: { key: string }[] };
  for (const { key } of sessionList) await run(programs().govc, ['session.rm', key], { env }).catch(() => undefined);
}

describe('a client that shares its session', () => {
  it('logs in once for many concurrent commands, and out at its end; the cookie is removed with the private folder', async () => {
    const before = await logins();
    const client = sharing();
    await Promise.all([client.about(), client.inventory(), client.everything(), client.vms()]);
    expect((await simulator.state()).sessions).toBe(1);
    expect(cookies()).toHaveLength(1);
    await client.dispose();
    expect((await logins()) - before).toBe(1);
    expect(await simulator.state()).toMatchObject({ sessions: 0, leases: 0 });
    expect(cookies()).toEqual([]);
  });

  it('logs in again if an administrator ended the session, before the command makes a change', async () => {
    const before = await logins();
    const client = sharing();
    await client.about();
    await endSessions();
    const moref = await client.importVerified(request);
    const vm = await client.vmNow({ moref });
    expect(vm?.name).toBe('tiny-1');
    await client.destroy({ moref });
    await client.dispose();
    // One login is the administrator's, for each of its commands.
    expect((await logins()) - before).toBeGreaterThanOrEqual(3);
    expect((await simulator.state()).sessions).toBe(0);
  });

  it('reports a wrong password once', async () => {
    const before = simulator.logins.length;
    const client = simulator.client({ shareSession: true, password: 'wrong' });
    await expect(client.everything()).rejects.toMatchObject({ kind: 'login' });
    expect(simulator.logins.length - before).toBe(1);
    await client.dispose();
  });

  it('stops at once while it logs in', async () => {
    await simulator.disturb([{ method: 'Login', action: 'hold' }]);
    const client = sharing();
    const abort = new AbortController();
    setTimeout(() => abort.abort(), 300);
    await expect(client.about({ signal: abort.signal })).rejects.toMatchObject({ kind: 'aborted' });
    await simulator.disturb([]);
    await client.dispose();
    expect((await simulator.state()).sessions).toBe(0);
  });
});

describe('changes of one VM', () => {
  let client: Govc;
  let moref: string;
  beforeAll(async () => {
    client = sharing();
    moref = await client.importVerified({ ...request, name: 'tiny-2' });
  });
  afterAll(() => client?.dispose());
  const gib = 1024 ** 3;
  const reconfigurations = async (): Promise<number> => (await simulator.state()).calls['ReconfigVM_Task'] ?? 0;

  it('are made in one reconfiguration, and read back', async () => {
    const before = await reconfigurations();
    const vm = await client.applyToVm({
      vm: { moref },
      cpus: 4,
      memoryMb: 2048,
      extraConfig: { 'guestinfo.a': 'ü "b"', 'guestinfo.c': 'd' },
      grow: [{ index: 0, sizeBytes: 11 * gib }],
      create: [
        { datastore: 'high-perf', name: 'tiny-2/tiny-2-data-1', sizeBytes: 5 * gib },
        { datastore: 'high-perf', name: 'tiny-2/tiny-2-data-2', sizeBytes: 6 * gib },
        { datastore: 'standard-perf', name: 'tiny-2/tiny-2-data-3', sizeBytes: 7 * gib },
      ],
      nics: [
        { index: 0, network: 'EDGE-WAN' },
        { index: 1, network: 'EDGE-LAN' },
      ],
      powerOn: true,
    });
    expect(vm).toMatchObject({ numCpu: 4, memoryMb: 2048, powerState: 'poweredOn' });
    expect(vm.disks.map(({ capacityBytes, datastore }) => [capacityBytes / gib, datastore])).toEqual([
      [11, 'standard-perf'],
      [5, 'high-perf'],
      [6, 'high-perf'],
      [7, 'standard-perf'],
    ]);
    expect(vm.nics.map(({ network }) => network)).toEqual(['EDGE-WAN', 'EDGE-LAN']);
    expect(vm.extraConfig).toMatchObject({ 'guestinfo.a': 'ü "b"', 'guestinfo.c': 'd' });
    expect((await reconfigurations()) - before).toBe(1);
  });

  it('are not made again if they exist', async () => {
    const before = await reconfigurations();
    await client.applyToVm({
      vm: { moref },
      cpus: 4,
      grow: [{ index: 0, sizeBytes: 11 * gib }],
      create: [{ datastore: 'high-perf', name: 'tiny-2/tiny-2-data-1', sizeBytes: 5 * gib }],
      nics: [{ index: 0, network: 'EDGE-WAN' }],
      powerOn: true,
    });
    expect(await reconfigurations()).toBe(before);
  });

  it.each([
    ['a disk that is too large', { grow: [{ index: 1, sizeBytes: gib }] }, 'disk-too-large'],
    ['a disk that is not there', { grow: [{ index: 9, sizeBytes: gib }] }, 'no-such-disk'],
    ['a NIC that is not there', { nics: [{ index: 9, network: 'EDGE-LAN' }] }, 'no-such-nic'],
  ])('are refused as a whole for %s', async (_what, change, fault) => {
    const before = await reconfigurations();
    await expect(client.applyToVm({ vm: { moref }, cpus: 2, ...change })).rejects.toMatchObject({ fault });
    expect(await reconfigurations()).toBe(before);
  });

  it('are recognised as made if the reply was lost', async () => {
    await simulator.disturb([{ method: 'ReconfigVM_Task', action: 'cut', after: true, count: 1 }]);
    const vm = await client.applyToVm({ vm: { moref }, extraConfig: { 'guestinfo.e': 'f' } });
    expect(vm.extraConfig['guestinfo.e']).toBe('f');
    await simulator.disturb([]);
  });

  it('name the fault of a host that refuses', async () => {
    await simulator.disturb([{ method: 'ReconfigVM_Task', action: 'fault', fault: 'NoDiskSpace', count: 1 }]);
    await expect(client.applyToVm({ vm: { moref }, extraConfig: { 'guestinfo.g': 'h' } })).rejects.toMatchObject({
      kind: 'no-space',
    });
    await simulator.disturb([]);
  });

  it('fail for an unknown name, and accept a new name', async () => {
    const nics = [{ index: 0, network: 'NO-SUCH' }];
    await expect(client.applyToVm({ vm: { moref }, nics })).rejects.toMatchObject({ kind: 'not-found' });
  });
});

describe.each([
  ['an ESXi host', ['--vm-count', '5']],
  ['a vCenter', ['--kind', 'vpx', '--hosts', '2', '--vm-count', '5']],
])('one look at %s', (_what, args) => {
  it('reads the same data as separate commands, in one command', async () => {
    const other = await startSimulator(args);
    try {
      const client = other.client({ shareSession: true });
      const { about, inventory, writability } = await client.everything();
      expect(inventory.vms.length).toBeGreaterThanOrEqual(5);
      expect(inventory).toEqual(await client.inventory());
      expect(about).toEqual(await client.about());
      expect(writability).toEqual(await client.writable());
    } finally {
      await other.stop();
    }
  });
});
