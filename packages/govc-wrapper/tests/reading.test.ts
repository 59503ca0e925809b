import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startSimulator } from './simulator.ts';
import type { Simulator } from './simulator.ts';

const started: Simulator[] = [];
const start = async (args: readonly string[]): Promise<Simulator> => {
  const simulator = await startSimulator(args);
  started.push(simulator);
  return simulator;
};
afterAll(() => Promise.all(started.map((simulator) => simulator.stop())));

describe('an ESXi host', () => {
  let esx: Simulator;
  beforeAll(async () => {
    esx = await start([
      '--port-group',
      'EDGE-LAN:10',
      '--port-group',
      'EDGE-WAN:4095',
      '--vm',
      'foreign',
      '--vm',
      'a/b%c\\d',
    ]);
  });

  it('reports its product and version', async () => {
    await expect(esx.client().about()).resolves.toMatchObject({
      name: 'VMware ESXi',
      version: '8.0.2',
      build: '22380479',
      apiType: 'HostAgent',
      fullName: 'VMware ESXi 8.0.2 build-22380479',
    });
  });

  it('has one host with its capacity', async () => {
    const [host, ...others] = await esx.client().hosts();
    expect(others).toEqual([]);
    expect(host).toMatchObject({
      name: 'localhost.localdomain',
      cpuCores: 64,
      cpuThreads: 128,
      cpuMhz: 2600,
      cpuUsedMhz: 0,
      memoryBytes: 512 * 1024 ** 3,
      memoryUsedBytes: 0,
      maintenanceMode: false,
      connectionState: 'connected',
      powerState: 'poweredOn',
      version: '8.0.2',
      parent: { type: 'ComputeResource' },
    });
    expect(host?.datastores).toHaveLength(2);
    expect(host?.networks).toHaveLength(3);
  });

  it('has datastores of many terabytes', async () => {
    const datastores = await esx.client().datastores();
    expect(
      datastores.map(({ name, capacityBytes, freeBytes, type }) => [name, capacityBytes, freeBytes, type]),
    ).toEqual([
      ['standard-perf', 20e12, 20e12, 'VMFS'],
      ['high-perf', 8e12, 8e12, 'VMFS'],
    ]);
  });

  it('has port groups with their VLANs', async () => {
    const networks = await esx.client().networks();
    expect(networks.map(({ name, kind, vlanId, uplink }) => [name, kind, vlanId, uplink])).toEqual([
      ['VM Network', 'standard', 0, false],
      ['EDGE-LAN', 'standard', 10, false],
      ['EDGE-WAN', 'standard', 4095, false],
    ]);
  });

  it('has VMs with their disks and NICs', async () => {
    const vm = await esx.client().vm({ name: 'foreign' });
    expect(vm).toMatchObject({
      path: '/ha-datacenter/vm/foreign',
      host: 'localhost.localdomain',
      powerState: 'poweredOn',
      connectionState: 'connected',
      template: false,
      annotation: '',
      numCpu: 2,
      memoryMb: 4096,
      disks: [{ label: 'Hard disk 1', capacityBytes: 20 * 1024 ** 3, datastore: 'standard-perf', thin: true }],
      nics: [{ label: 'Network adapter 1', device: 'ethernet-0', network: 'VM Network', connected: true }],
    });
    expect(vm.nics[0]?.mac).toMatch(/^00:0c:29:/);
    await expect(esx.client().vm({ moref: vm.moref })).resolves.toEqual(vm);
  });

  it('has names decoded from the escapes of vSphere', async () => {
    const vm = await esx.client().vm({ name: 'a/b%c\\d' });
    expect(vm.name).toBe('a/b%c\\d');
    expect(vm.path).toBe('/ha-datacenter/vm/a%2fb%25c%5cd');
  });

  it('finds no VM by an unknown name or id', async () => {
    await expect(esx.client().vm({ name: 'nobody' })).rejects.toMatchObject({ kind: 'not-found' });
    await expect(esx.client().vm({ moref: 'vm-9999' })).rejects.toMatchObject({ kind: 'not-found' });
  });

  it('allows writes with a full licence', async () => {
    await expect(esx.client().writable()).resolves.toMatchObject({ writable: 'yes' });
  });
});

describe('a vCenter', () => {
  let vpx: Simulator;
  beforeAll(async () => {
    vpx = await start(['--kind', 'vpx', '--hosts', '2', '--port-group', 'EDGE-LAN:10', '--vm', 'foreign']);
  });

  it('has all hosts in one inventory', async () => {
    const inventory = await vpx.client().inventory();
    expect(inventory.hosts.map(({ path }) => path)).toEqual([
      '/Datacenter/host/Edge/esxi-01.edge.example',
      '/Datacenter/host/Edge/esxi-02.edge.example',
    ]);
    expect(inventory.datastores.map(({ path }) => path)).toEqual([
      '/Datacenter/datastore/standard-perf',
      '/Datacenter/datastore/high-perf',
    ]);
    expect(inventory.networks.map(({ name, kind, vlanId, uplink }) => ({ name, kind, vlanId, uplink }))).toEqual([
      { name: 'VM Network', kind: 'standard', vlanId: 0, uplink: false },
      { name: expect.stringMatching(/-DVUplinks-/), kind: 'distributed', vlanId: undefined, uplink: true },
      { name: 'EDGE-LAN', kind: 'distributed', vlanId: 10, uplink: false },
    ]);
    expect(inventory.vms.map(({ name }) => name)).toEqual(['foreign']);
    const places = inventory.entities.map(({ type, path }) => `${type} ${path}`);
    expect(places).toContain('Datacenter /Datacenter');
    expect(places).toContain('ClusterComputeResource /Datacenter/host/Edge');
    expect(places).toContain('ResourcePool /Datacenter/host/Edge/Resources');
    expect(places).toContain('Folder /Datacenter/vm');
  });

  it('reports its product and version, and allows writes', async () => {
    await expect(vpx.client().about()).resolves.toMatchObject({
      apiType: 'VirtualCenter',
      name: 'VMware vCenter Server',
    });
    await expect(vpx.client().writable()).resolves.toMatchObject({ writable: 'yes' });
  });
});

describe('limits of an inventory', () => {
  it('reads an endpoint without VMs at once, although govc would wait for the first VM', async () => {
    const empty = await start(['--port-group', 'ONLY']);
    await expect(empty.client({ timeouts: { read: 20_000 } }).vms()).resolves.toEqual([]);
  });

  it('reads several hundred VMs within seconds', async () => {
    const crowded = await start(['--kind', 'vpx', '--vm-count', '400']);
    const began = Date.now();
    const { vms } = await crowded.client().inventory();
    expect(Date.now() - began).toBeLessThan(20_000);
    expect(vms).toHaveLength(400);
    expect(vms.every((vm) => vm.disks.length === 1 && vm.nics.length === 1 && vm.host !== undefined)).toBe(true);
  });

  it('recognises old versions, small hosts and busy hosts', async () => {
    const product = ['--version', '6.0.0', '--build', '3620759'];
    const host = ['--host-cores', '8', '--host-memory', '32GiB', '--host-memory-used', '4GiB', '--host-maintenance'];
    const old = await start([...product, ...host, '--datastore', 'small=100GB,1GB']);
    const client = old.client();
    await expect(client.about()).resolves.toMatchObject({ version: '6.0.0', build: '3620759' });
    const { hosts, datastores } = await client.inventory();
    expect(hosts).toMatchObject([
      {
        version: '6.0.0',
        cpuCores: 8,
        memoryBytes: 32 * 1024 ** 3,
        memoryUsedBytes: 4 * 1024 ** 3,
        maintenanceMode: true,
      },
    ]);
    expect(datastores).toMatchObject([{ name: 'small', capacityBytes: 100e9, freeBytes: 1e9 }]);
  });
});
