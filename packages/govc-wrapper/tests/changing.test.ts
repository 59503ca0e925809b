import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Govc } from '../src/govc.ts';
import { startSimulator } from './simulator.ts';
import type { Simulator } from './simulator.ts';
import { writeTinyOva } from './tiny-ova.ts';

const gib = 1024 ** 3;

describe.each(['esx', 'vpx'])('a VM on %s', (kind) => {
  let simulator: Simulator;
  let govc: Govc;
  let folder: string;
  let vm: { readonly moref: string };

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'changing-'));
    const file = join(folder, 'tiny.ova');
    await writeTinyOva(file);
    simulator = await startSimulator(['--kind', kind, '--vm', 'foreign']);
    govc = simulator.client();
    const networks = { LAN: 'EDGE-LAN', WAN: 'EDGE-WAN' };
    const made = await govc.importOva({
      file,
      name: 'edge [1]*?',
      datastore: 'standard-perf',
      networks,
      annotation: 'a',
    });
    vm = { moref: made.moref };
  });
  afterAll(async () => {
    await simulator.stop();
    await rm(folder, { recursive: true, force: true });
  });

  it('takes CPUs, memory, annotation and extraConfig in one change', async () => {
    const extraConfig = {
      'own.json': '{"a":"&<>\'\\"="}\nü',
      'guestinfo.note': 'x=y',
      'own.long': 'z'.repeat(200_000),
    };
    const changed = await govc.changeVm({ vm, cpus: 8, memoryMb: 16_384, annotation: 'neu\nü', extraConfig });
    expect(changed).toMatchObject({ numCpu: 8, memoryMb: 16_384, annotation: 'neu\nü', extraConfig });
  });

  it('removes an extraConfig key that is set to the empty string', async () => {
    await govc.changeVm({ vm, extraConfig: { 'own.gone': 'x' } });
    const changed = await govc.changeVm({ vm, extraConfig: { 'own.gone': '' } });
    expect(changed.extraConfig['own.gone']).toBeUndefined();
  });

  it('takes an annotation that looks like an option', async () => {
    await expect(govc.changeVm({ vm, annotation: '-h' })).resolves.toMatchObject({ annotation: '-h' });
  });

  it('writes names of NICs by their MAC addresses before the first power-on, and they stay', async () => {
    const [before] = (await govc.vm(vm)).nics;
    expect(before?.mac === '').toBe(kind === 'esx');
    const key = 'own.nics';
    const names = [
      { index: 1, name: 'outside' },
      { index: 0, name: 'inside' },
    ];
    const told = await govc.applyToVm({ vm, nicNames: { key, names } });
    const [inside, outside] = told.nics.map(({ mac }) => mac);
    expect(told.extraConfig[key]).toBe(`${outside}=outside,${inside}=inside`);
    // VMware's range for static addresses, on a host that has assigned none.
    if (kind === 'esx') expect(inside).toMatch(/^00:50:56:[0-3][0-9a-f](?::[0-9a-f]{2}){2}$/);
    else expect(inside).toBe(before?.mac);
    const again = await govc.applyToVm({ vm, nicNames: { key, names }, nics: [{ index: 1, network: 'EDGE-LAN' }] });
    expect(again.nics.map(({ mac }) => mac)).toEqual([inside, outside]);
    expect(again.extraConfig[key]).toBe(told.extraConfig[key]);
    await govc.applyToVm({ vm, nics: [{ index: 1, network: 'EDGE-WAN' }] });
  });

  it('refuses a name for a NIC that the VM lacks, and changes nothing', async () => {
    const nicNames = { key: 'own.more', names: [{ index: 2, name: 'third' }] };
    await expect(govc.applyToVm({ vm, nicNames })).rejects.toMatchObject({ kind: 'not-found', fault: 'no-such-nic' });
    expect((await govc.vm(vm)).extraConfig['own.more']).toBeUndefined();
    const bad = { key: 'own.more', names: [{ index: 0, name: 'a,b' }] };
    await expect(govc.applyToVm({ vm, nicNames: bad })).rejects.toMatchObject({ kind: 'invalid-argument' });
  });

  it.each([
    [{ cpus: 0 }],
    [{ memoryMb: 1.5 }],
    [{ annotation: '' }],
    [{ extraConfig: { 'a=b': 'c' } }],
    [{ annotation: 'a\0b' }],
  ])('refuses %j', async (change) => {
    await expect(govc.changeVm({ vm, ...change })).rejects.toMatchObject({ kind: 'invalid-argument' });
  });

  it('gets disks of several terabytes on the named datastores', async () => {
    const data = await govc.createDisk({ vm, datastore: 'high-perf', name: 'edge-1/data', sizeGib: 2048 });
    expect(data).toMatchObject({
      label: 'Hard disk 2',
      fileName: '[high-perf] edge-1/data.vmdk',
      datastore: 'high-perf',
      capacityBytes: 2048 * gib,
      thin: true,
    });
    const thick = await govc.createDisk({
      vm,
      datastore: 'standard-perf',
      name: 'edge-1/thick.vmdk',
      sizeGib: 0.5,
      thin: false,
    });
    expect(thick).toMatchObject({ fileName: '[standard-perf] edge-1/thick.vmdk', capacityBytes: gib / 2, thin: false });
    const [standard, high] = await govc.datastores();
    expect(standard?.freeBytes).toBe(20e12 - gib / 2);
    expect(high?.freeBytes).toBe(8e12);
  });

  it('does not get the same disk twice, which govc would report as success', async () => {
    const again = govc.createDisk({ vm, datastore: 'high-perf', name: 'edge-1/data', sizeGib: 1 });
    await expect(again).rejects.toMatchObject({ kind: 'already-exists' });
  });

  it.each(['../other/x', '/x', 'a//b', '[high-perf] x', ''])('does not get a disk named %j', async (name) => {
    const disk = govc.createDisk({ vm, datastore: 'high-perf', name, sizeGib: 1 });
    await expect(disk).rejects.toMatchObject({ kind: 'invalid-argument' });
  });

  it('grows a disk by label and by key, and never shrinks it', async () => {
    const byLabel = await govc.growDisk({ vm, disk: { label: 'Hard disk 1' }, sizeBytes: 50 * gib });
    expect(byLabel.capacityBytes).toBe(50 * gib);
    const byKey = await govc.growDisk({ vm, disk: { key: byLabel.key }, sizeBytes: 60 * gib });
    expect(byKey).toMatchObject({ label: 'Hard disk 1', capacityBytes: 60 * gib, fileName: byLabel.fileName });
    await expect(govc.growDisk({ vm, disk: { key: byLabel.key }, sizeBytes: 60 * gib })).resolves.toEqual(byKey);
    const shrink = govc.growDisk({ vm, disk: { key: byLabel.key }, sizeBytes: 10 * gib });
    await expect(shrink).rejects.toMatchObject({ kind: 'invalid-argument' });
    const other = govc.growDisk({ vm, disk: { label: 'Hard disk 9' }, sizeBytes: 90 * gib });
    await expect(other).rejects.toMatchObject({ kind: 'not-found' });
  });

  it('moves only the named NIC', async () => {
    const before = await govc.vm(vm);
    const nic = await govc.connectNic({ vm, nic: { index: 1 }, network: 'VM Network' });
    expect(nic).toMatchObject({ network: 'VM Network', mac: before.nics[1]?.mac });
    const after = await govc.vm(vm);
    expect(after.nics.map(({ network }) => network)).toEqual(['EDGE-LAN', 'VM Network']);
    await govc.connectNic({ vm, nic: { label: 'Network adapter 1' }, network: 'EDGE-WAN' });
    const last = await govc.vm(vm);
    expect(last.nics.map(({ network }) => network)).toEqual(['EDGE-WAN', 'VM Network']);
    const nowhere = govc.connectNic({ vm, nic: { index: 0 }, network: 'NOWHERE' });
    await expect(nowhere).rejects.toMatchObject({ kind: 'not-found' });
    const third = govc.connectNic({ vm, nic: { index: 2 }, network: 'EDGE-LAN' });
    await expect(third).rejects.toMatchObject({ kind: 'not-found' });
  });

  it('is switched on and off; the second call is no error', async () => {
    await govc.powerOn(vm);
    await govc.powerOn(vm);
    await expect(govc.vm(vm)).resolves.toMatchObject({ powerState: 'poweredOn', nics: [{ connected: true }, {}] });
    await govc.powerOff(vm);
    await govc.powerOff(vm);
    await expect(govc.vm(vm)).resolves.toMatchObject({ powerState: 'poweredOff' });
  });

  it('is destroyed with its disks; other VMs and files stay', async () => {
    await govc.powerOn(vm);
    await govc.destroy(vm);
    const { vms, datastores } = await govc.inventory();
    expect(vms.map(({ name }) => name)).toEqual(['foreign']);
    expect(datastores.map(({ freeBytes }) => freeBytes)).toEqual([20e12, 8e12]);
    await expect(govc.destroy(vm)).rejects.toMatchObject({ kind: 'not-found' });
  });
});
