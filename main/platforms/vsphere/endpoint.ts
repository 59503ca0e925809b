/** One vSphere endpoint (a vCenter or a standalone ESXi host), in the product's terms, over govc. */
import { createGovc, fetchCertificate, type Govc, type GovcTimeouts, type Inventory, type Vm } from 'govc-wrapper';
import { fail, failure, ok, type Result, unwrap } from '../../../core/base/errors.ts';
import { type EndpointAddress, parseEndpointUrl, shownEndpoint } from '../../../core/network/endpoint-url.ts';
import type { SeenEndpoint, SeenVm } from '../../../core/platform/inventory.ts';
import type { Amount } from '../../../core/run/event.ts';
import { govcFailure } from './govc-failure.ts';

/** Time limits in ms; each has a default of the product. */
export type EndpointTimeouts = GovcTimeouts;

export interface EndpointOptions {
  /** Gives the path of the proven govc. Asked before each start. */
  readonly govcProgram: () => Promise<Result<string>>;
  readonly datacentre: string;
  /** Index in the data centre's list of endpoints. */
  readonly endpoint: number;
  readonly url: string;
  readonly username: string;
  readonly password: string;
  readonly fingerprint: string;
  /** vCenter only. */
  readonly datacenter?: string;
  readonly folder?: string;
  readonly cluster?: string;
  readonly resourcePool?: string;
  readonly timeouts?: EndpointTimeouts;
}

export interface ImportRequest {
  readonly vm: string;
  /** Absolute path of the verified OVA. */
  readonly file: string;
  readonly datastore: string;
  readonly networks: Readonly<Record<string, string>>;
  readonly properties: Readonly<Record<string, string>>;
  readonly annotation: string;
  readonly onProgress: (amount: Amount) => void;
}

/** Every call gives a value; failures are `vsphere.*` and those of `govcProgram`. Sizes in GB are GiB. A `moref` names the VM. */
export interface VsphereEndpoint {
  readonly url: string;
  inspect(signal?: AbortSignal): Promise<Result<SeenEndpoint>>;
  findVm(name: string, signal?: AbortSignal): Promise<Result<SeenVm>>;
  importImage(request: ImportRequest, signal?: AbortSignal): Promise<Result<string>>;
  configure(
    moref: string,
    change: {
      readonly vcpu?: number;
      readonly memoryMb?: number;
      readonly extraConfig: Readonly<Record<string, string>>;
    },
    signal?: AbortSignal,
  ): Promise<Result<void>>;
  growDisk(moref: string, disk: number, sizeGb: number, signal?: AbortSignal): Promise<Result<void>>;
  addDisk(
    moref: string,
    disk: { readonly datastore: string; readonly name: string; readonly sizeGb: number },
    signal?: AbortSignal,
  ): Promise<Result<void>>;
  connectNic(moref: string, nic: number, portGroup: string, signal?: AbortSignal): Promise<Result<void>>;
  powerOn(moref: string, signal?: AbortSignal): Promise<Result<void>>;
  /** Removes the VM and the empty folders of its disks. Waits while the host is busy with the VM; `onBusy` says so. */
  destroy(moref: string, signal?: AbortSignal, onBusy?: () => void): Promise<Result<void>>;
  /** Removes those folders at the top of a datastore that are empty. Not one datastore of that name is no failure. */
  removeEmptyFolders(datastore: string, folders: readonly string[], signal?: AbortSignal): Promise<Result<void>>;
  close(): Promise<void>;
}

const seenVm = (vm: Vm): SeenVm => ({
  name: vm.name,
  moref: vm.moref,
  host: vm.host ?? '',
  poweredOn: vm.powerState === 'poweredOn',
  annotation: vm.annotation,
  extraConfig: vm.extraConfig,
  ...(vm.vAppProperties === undefined ? {} : { properties: vm.vAppProperties }),
  vcpu: vm.numCpu,
  memoryMb: vm.memoryMb,
  disks: vm.disks.map(({ key, capacityBytes, datastore }) => ({ key, capacityBytes, datastore })),
  nics: vm.nics.map(({ key, network, mac }) => ({ key, network, mac })),
});

function seenParts({ hosts, datastores, networks, vms }: Inventory) {
  return {
    hosts: hosts.map((host) => ({
      name: host.name,
      cores: host.cpuCores,
      threads: host.cpuThreads,
      memoryBytes: host.memoryBytes,
      memoryUsedBytes: host.memoryUsedBytes,
      inMaintenance: host.maintenanceMode,
    })),
    datastores: datastores.map(({ name, capacityBytes, freeBytes, accessible }) => ({
      name,
      capacityBytes,
      freeBytes,
      accessible,
    })),
    networks: [...new Set(networks.filter(({ uplink }) => !uplink).map(({ name }) => name))],
    vms: vms.map(seenVm),
  };
}

/** Host and port for the connection, from the product's one reader of addresses. Fails with `vsphere.address`. */
function addressOf(url: string): Result<EndpointAddress> {
  const read = parseEndpointUrl(url);
  return read.ok ? ok(read.value) : fail(failure('input', 'vsphere.address', { endpoint: shownEndpoint(url) }));
}

const wire = (seen: Date): string => seen.toISOString();

async function look(
  govc: Govc,
  address: EndpointAddress,
  options: EndpointOptions,
  signal?: AbortSignal,
): Promise<SeenEndpoint> {
  const call = signal === undefined ? {} : { signal };
  const certificate = await fetchCertificate({ ...address, ...call });
  const about = await govc.about(call);
  const inventory = await govc.inventory(call);
  const { writable } = await govc.writable(call);
  return {
    datacentre: options.datacentre,
    endpoint: options.endpoint,
    url: options.url,
    fingerprint: certificate.fingerprint,
    certificate: {
      subject: certificate.subject.split('\n').join(', '),
      notBefore: wire(certificate.notBefore),
      notAfter: wire(certificate.notAfter),
    },
    product: about.fullName,
    version: about.version,
    kind: about.apiType === 'HostAgent' ? 'esxi' : 'vcenter',
    writable: writable !== 'no',
    ...seenParts(inventory),
  };
}

/** Opens nothing yet: govc logs in with each call and out at its end. `close` removes its private folder. */
export async function openEndpoint(options: EndpointOptions): Promise<Result<VsphereEndpoint>> {
  const { url } = options;
  const address = addressOf(url);
  if (!address.ok) return address;
  let govc: Govc;
  try {
    govc = createGovc({
      binary: async () => unwrap(await options.govcProgram()),
      ...address.value,
      username: options.username,
      password: options.password,
      fingerprint: options.fingerprint,
      ...(options.datacenter === undefined ? {} : { datacenter: options.datacenter }),
      ...(options.timeouts === undefined ? {} : { timeouts: options.timeouts }),
    });
  } catch (error) {
    return fail(govcFailure(error, url, 'connect'));
  }
  const attempt = async <T>(what: string, work: () => Promise<T>): Promise<Result<T>> => {
    try {
      return ok(await work());
    } catch (error) {
      return fail(govcFailure(error, url, what));
    }
  };
  const call = (signal?: AbortSignal) => (signal === undefined ? {} : { signal });
  const pool = options.resourcePool ?? (options.cluster === undefined ? undefined : `${options.cluster}/Resources`);

  return ok({
    url,
    inspect: (signal) => attempt('inspect', () => look(govc, address.value, options, signal)),
    findVm: (name, signal) => attempt('inspect', async () => seenVm(await govc.vm({ name }, call(signal)))),
    importImage: (request, signal) =>
      attempt('import', async () => {
        const vm = await govc.importOva(
          {
            file: request.file,
            name: request.vm,
            datastore: request.datastore,
            networks: request.networks,
            properties: request.properties,
            annotation: request.annotation,
            injectOvfEnv: true,
            diskProvisioning: 'thin',
            ...(options.folder === undefined ? {} : { folder: options.folder }),
            ...(pool === undefined ? {} : { pool }),
            onProgress: ({ bytes, totalBytes, rate }) =>
              request.onProgress({
                bytes,
                bytesPerSecond: rate,
                ...(totalBytes === undefined ? {} : { total: totalBytes }),
              }),
          },
          call(signal),
        );
        return vm.moref;
      }),
    configure: (moref, { vcpu, memoryMb, extraConfig }, signal) =>
      attempt('configure', async () => {
        await govc.changeVm(
          {
            vm: { moref },
            extraConfig,
            ...(vcpu === undefined ? {} : { cpus: vcpu }),
            ...(memoryMb === undefined ? {} : { memoryMb }),
          },
          call(signal),
        );
      }),
    growDisk: async (moref, disk, sizeGb, signal) => {
      const read = await attempt('disk', () => govc.vm({ moref }, call(signal)));
      if (!read.ok) return read;
      const target = read.value.disks[disk];
      if (target === undefined) {
        return fail(failure('operation', 'vsphere.no-such-disk', { vm: read.value.name, disk: disk + 1 }));
      }
      const sizeBytes = sizeGb * 1024 ** 3;
      if (target.capacityBytes > sizeBytes) {
        const has = Math.ceil(target.capacityBytes / 1024 ** 3);
        return fail(failure('operation', 'vsphere.disk-too-large', { vm: read.value.name, has, planned: sizeGb }));
      }
      if (target.capacityBytes === sizeBytes) return ok(undefined);
      return attempt('disk', async () => {
        await govc.growDisk({ vm: { moref }, disk: { key: target.key }, sizeBytes }, call(signal));
      });
    },
    addDisk: (moref, { datastore, name, sizeGb }, signal) =>
      attempt('disk', async () => {
        await govc.createDisk({ vm: { moref }, datastore, name, sizeGib: sizeGb, thin: true }, call(signal));
      }),
    connectNic: (moref, nic, portGroup, signal) =>
      attempt('network', async () => {
        const vm = await govc.vm({ moref }, call(signal));
        if (vm.nics[nic]?.network === portGroup) return;
        await govc.connectNic({ vm: { moref }, nic: { index: nic }, network: portGroup }, call(signal));
      }),
    powerOn: (moref, signal) => attempt('power', () => govc.powerOn({ moref }, call(signal))),
    destroy: (moref, signal, onBusy) =>
      attempt('destroy', () =>
        govc.destroy({ moref }, { ...call(signal), ...(onBusy === undefined ? {} : { onBusy }) }),
      ),
    removeEmptyFolders: async (datastore, folders, signal) => {
      const removed = await attempt('destroy', () => govc.removeEmptyFolders({ datastore, folders }, call(signal)));
      const unclear = ['vsphere.not-found', 'vsphere.ambiguous'];
      return removed.ok || unclear.includes(removed.failure.code) ? ok(undefined) : removed;
    },
    close: () => govc.dispose(),
  });
}

/** The certificate that the endpoint shows, unchecked: for a person to compare and pin. Nothing is logged in to. */
export async function showCertificate(url: string, signal?: AbortSignal) {
  const address = addressOf(url);
  if (!address.ok) return address;
  try {
    return ok(await fetchCertificate({ ...address.value, ...(signal === undefined ? {} : { signal }) }));
  } catch (error) {
    return fail(govcFailure(error, url, 'connect'));
  }
}
