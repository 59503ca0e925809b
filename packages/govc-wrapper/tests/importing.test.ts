import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ImportOvaRequest, ImportProgress } from '../src/govc.ts';
import { startSimulator } from './simulator.ts';
import type { Simulator } from './simulator.ts';
import { writeTinyOva } from './tiny-ova.ts';

const started: Simulator[] = [];
const start = async (args: readonly string[] = []): Promise<Simulator> => {
  const simulator = await startSimulator(args);
  started.push(simulator);
  return simulator;
};
let folder: string;
let request: ImportOvaRequest;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'importing-'));
  const file = join(folder, 'tiny.ova');
  await writeTinyOva(file, { disks: 2 });
  request = {
    file,
    name: 'tiny-1',
    datastore: 'standard-perf',
    networks: { LAN: 'EDGE-LAN', WAN: 'EDGE-WAN' },
    properties: { 'tiny.hostname': 'edge-1' },
    annotation: 'made by a test\nsecond line – ünï',
  };
});
afterAll(async () => {
  await Promise.all(started.map((simulator) => simulator.stop()));
  await rm(folder, { recursive: true, force: true });
});

/** Processes of this machine whose arguments name this file; only where /proc tells. */
async function processesWith(text: string): Promise<readonly string[]> {
  const ids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid);
  const lines = await Promise.all(ids.map((id) => readFile(`/proc/${id}/cmdline`, 'utf8').catch(() => '')));
  return lines.filter((line) => line.includes(text));
}

describe.each(['esx', 'vpx'])('on %s', (kind) => {
  let simulator: Simulator;
  beforeAll(async () => {
    simulator = await start(['--kind', kind]);
  });

  it('makes the requested VM', async () => {
    const vm = await simulator.client().importOva(request);
    expect(vm).toMatchObject({
      name: 'tiny-1',
      annotation: request.annotation,
      powerState: 'poweredOff',
      numCpu: 2,
      memoryMb: 1024,
      disks: [
        { capacityBytes: 10 * 1024 ** 3, datastore: 'standard-perf', thin: true },
        { capacityBytes: 10 * 1024 ** 3, datastore: 'standard-perf', thin: true },
      ],
      nics: [
        { device: 'ethernet-0', network: 'EDGE-LAN' },
        { device: 'ethernet-1', network: 'EDGE-WAN' },
      ],
      vAppProperties: { 'tiny.hostname': 'edge-1', 'tiny.release': '1' },
    });
    expect(vm.extraConfig['guestinfo.ovfEnv']).toBeUndefined();
  });

  it('puts the properties where the guest finds them on a standalone host', async () => {
    const vm = await simulator.client().importOva({ ...request, name: 'with-env', injectOvfEnv: true });
    expect(vm.extraConfig['guestinfo.ovfEnv']).toContain('oe:key="tiny.hostname" oe:value="edge-1"');
  });

  it('returns the new VM, not an existing VM of the same name', async () => {
    const client = simulator.client();
    const first = await client.importOva({ ...request, name: 'twin' });
    const second = await client.importOva({ ...request, name: 'twin', datastore: 'high-perf', annotation: 'second' });
    expect(second.moref).not.toBe(first.moref);
    expect(second.annotation).toBe('second');
    await expect(client.vm({ name: 'twin' })).rejects.toMatchObject({ kind: 'ambiguous' });
  });
});

describe('an import that is refused before any change', () => {
  let simulator: Simulator;
  beforeAll(async () => {
    simulator = await start();
  });
  it.each([
    ['an unknown port group', { networks: { LAN: 'EDGE-LAN', WAN: 'NOWHERE' } }, 'not-found'],
    ['an OVF network without a port group', { networks: { LAN: 'EDGE-LAN' } }, 'invalid-argument'],
    [
      'a network that the OVF does not have',
      { networks: { LAN: 'EDGE-LAN', WAN: 'EDGE-WAN', X: 'EDGE-WAN' } },
      'invalid-argument',
    ],
    ['a property that the OVF does not have', { properties: { 'tiny.nothing': '1' } }, 'invalid-argument'],
    ['an unknown datastore', { datastore: 'nowhere' }, 'not-found'],
    ['a missing file', { file: '/nowhere/x.ova' }, 'not-found'],
    ['a relative path', { file: 'x.ova' }, 'invalid-argument'],
    ['an empty name', { name: ' ' }, 'invalid-argument'],
    [
      'a value that would break the XML',
      { properties: { 'tiny.hostname': 'a&b' }, injectOvfEnv: true },
      'invalid-argument',
    ],
  ] as const)('%s', async (_, change, kind) => {
    await expect(simulator.client().importOva({ ...request, ...change })).rejects.toMatchObject({ kind });
    await expect(simulator.client().vms()).resolves.toEqual([]);
  });
});

describe('an upload', () => {
  it('is reported file by file, never backwards', async () => {
    const simulator = await start(['--upload-rate', '1MiB']);
    const file = join(folder, 'slow.ova');
    await writeTinyOva(file, { disks: 2, diskBytes: 8 * 1024 ** 2 });
    const seen: ImportProgress[] = [];
    await simulator.client().importOva({ ...request, file, onProgress: (progress) => seen.push(progress) });
    expect(new Set(seen.map(({ file: name }) => name))).toEqual(new Set(['disk-0.vmdk', 'disk-1.vmdk']));
    expect(seen.every(({ totalBytes }) => totalBytes === 8 * 1024 ** 2)).toBe(true);
    expect(seen.some(({ percent, rate }) => percent > 0 && percent < 100 && rate > 0)).toBe(true);
    const places = seen.map(({ fileNumber, bytes }) => fileNumber * 1e12 + bytes);
    expect(places).toEqual(places.toSorted((a, b) => a - b));
    expect(seen.at(-1)).toMatchObject({ fileNumber: 2, percent: 100, bytes: 8 * 1024 ** 2 });
  });

  it('stops on abort, and leaves no process', async ({ skip }) => {
    if (process.platform !== 'linux') skip('processes are counted in /proc');
    const simulator = await start(['--upload-rate', '256KiB']);
    const file = join(folder, 'endless.ova');
    await writeTinyOva(file, { diskBytes: 16 * 1024 ** 2 });
    const abort = new AbortController();
    let during: readonly string[] | undefined;
    let isAsked = false;
    const error: unknown = await simulator
      .client()
      .importOva(
        {
          ...request,
          file,
          onProgress: ({ percent }) => {
            if (percent === 0 || isAsked) return;
            isAsked = true;
            void processesWith(file).then((found) => {
              during = found;
              abort.abort();
            });
          },
        },
        { signal: abort.signal },
      )
      .catch((reason: unknown) => reason);
    expect(during).toHaveLength(1);
    expect(error).toMatchObject({ kind: 'aborted' });
    await expect(processesWith(file)).resolves.toEqual([]);
    // govc aborted the lease, and vSphere removed the objects of the import.
    await expect(simulator.client().vms()).resolves.toEqual([]);
    expect(await simulator.state()).toMatchObject({ leases: 0, sessions: 0, folders: null });
  });

  it('that stalls ends after its time limit', async () => {
    const simulator = await start(['--upload-stall-after', '1MiB']);
    const file = join(folder, 'stalled.ova');
    await writeTinyOva(file, { diskBytes: 32 * 1024 ** 2 });
    const client = simulator.client({ timeouts: { uploadStall: 1_500 } });
    await expect(client.importOva({ ...request, file })).rejects.toMatchObject({ kind: 'timeout' });
  });

  it('that is cut off fails with a network error', async () => {
    const simulator = await start(['--upload-reset-after', '1MiB']);
    const file = join(folder, 'cut.ova');
    await writeTinyOva(file, { diskBytes: 8 * 1024 ** 2 });
    await expect(simulator.client().importOva({ ...request, file })).rejects.toMatchObject({ kind: 'unreachable' });
  });
});
