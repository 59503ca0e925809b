/** The inventory of a vSphere endpoint in the terms of every platform. Ownership is decoded here. */
import { fetchCertificate, type Govc, type Inventory, type Vm } from 'govc-wrapper';
import type { EndpointAddress } from '../../../core/network/endpoint-url.ts';
import type { EndpointInventory, Machine, Place } from '../../../core/platform/inventory.ts';
import { publishedHostKeys, toldNetworks } from './guest-info.ts';
import { addressesOf, ownerOf, type TaggedVm } from '../../../core/platform/vsphere/tags.ts';

export function machineOf(vm: Vm): Machine {
  const tagged: TaggedVm = {
    annotation: vm.annotation,
    extraConfig: vm.extraConfig,
    ...(vm.vAppProperties === undefined ? {} : { properties: vm.vAppProperties }),
  };
  const owner = ownerOf(tagged);
  const told = toldNetworks(vm);
  const hostKeys = publishedHostKeys(vm);
  return {
    id: vm.moref,
    name: vm.name,
    host: vm.host ?? '',
    poweredOn: vm.powerState === 'poweredOn',
    ...(owner === undefined ? {} : { owner }),
    addresses: addressesOf(tagged),
    vcpu: vm.numCpu,
    memoryMb: vm.memoryMb,
    disks: vm.disks.map(({ capacityBytes, datastore }) => ({ capacityBytes, storage: datastore })),
    nics: vm.nics.map(({ network, mac }, position) => {
      const said = told[position];
      return { network, mac, ...(said === undefined ? {} : { told: said }) };
    }),
    ...(hostKeys.length === 0 ? {} : { hostKeys }),
  };
}

const partsOf = ({ hosts, datastores, networks, vms }: Inventory) => ({
  hosts: hosts.map((host) => ({
    name: host.name,
    cores: host.cpuCores,
    threads: host.cpuThreads,
    memoryBytes: host.memoryBytes,
    memoryUsedBytes: host.memoryUsedBytes,
    inMaintenance: host.maintenanceMode,
  })),
  storage: datastores.map(({ name, capacityBytes, freeBytes, accessible }) => ({
    name,
    capacityBytes,
    freeBytes,
    accessible,
  })),
  networks: [...new Set(networks.filter(({ uplink }) => !uplink).map(({ name }) => name))],
  machines: vms.map(machineOf),
});

export async function readEndpoint(
  govc: Govc,
  { url, address, datacentre, endpointIndex }: Place & { readonly url: string; readonly address: EndpointAddress },
  call: { readonly signal?: AbortSignal },
): Promise<EndpointInventory> {
  const certificate = await fetchCertificate({ ...address, ...call });
  const { about, inventory, writability } = await govc.everything(call);
  return {
    datacentre,
    endpointIndex,
    url,
    fingerprint: certificate.fingerprint,
    certificate: {
      subject: certificate.subject.split('\n').join(', '),
      notBefore: certificate.notBefore.toISOString(),
      notAfter: certificate.notAfter.toISOString(),
    },
    product: about.fullName,
    version: about.version,
    kind: about.apiType === 'HostAgent' ? 'esxi' : 'vcenter',
    writable: writability.writable !== 'no',
    ...partsOf(inventory),
  };
}
