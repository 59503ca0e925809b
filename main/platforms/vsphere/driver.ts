/** vSphere (a vCenter or a standalone ESXi host) behind the interface of every platform, over govc. */
import { createGovc, fetchCertificate, type Govc, GovcError, type Vm } from 'govc-wrapper';
import type { MachineChange } from '../../../core/deploy/operation.ts';
import { type Failure, fail, failure, ok, type Result, unwrap } from '../../../core/base/errors.ts';
import { type EndpointAddress, parseEndpointUrl, shownEndpoint } from '../../../core/network/endpoint-url.ts';
import type { VsphereSection } from '../../../core/platform/vsphere/section.ts';
import { annotationOf } from '../../../core/platform/vsphere/tags.ts';
import type { CreateRequest, OpenInput, PlatformDriver, PlatformEndpoint } from '../endpoint.ts';
import { applyRequest, countShown } from './changes.ts';
import { govcFailure } from './govc-failure.ts';
import { machineOf, readEndpoint } from './read.ts';

/** Host and port for the connection, from the product's one reader of addresses. Fails with `vsphere.address`. */
function addressOf(url: string): Result<EndpointAddress> {
  const read = parseEndpointUrl(url);
  return read.ok ? ok(read.value) : fail(failure('input', 'vsphere.address', { endpoint: shownEndpoint(url) }));
}

const withSignal = (signal?: AbortSignal) => (signal === undefined ? {} : { signal });

function importRequest({ name, storage, networks, properties, owner, onProgress }: CreateRequest, file: string) {
  return {
    file,
    name,
    datastore: storage,
    networks,
    properties,
    annotation: annotationOf(owner),
    injectOvfEnv: true,
    diskProvisioning: 'thin' as const,
    onProgress: ({ bytes, totalBytes, rate }: { bytes: number; totalBytes?: number; rate: number }) =>
      onProgress({ bytes, bytesPerSecond: rate, ...(totalBytes === undefined ? {} : { total: totalBytes }) }),
  };
}

/** Where an import goes on a vCenter. */
function placement({ folder, cluster, resourcePool }: VsphereSection) {
  const pool = resourcePool ?? (cluster === undefined ? undefined : `${cluster}/Resources`);
  return { ...(folder === undefined ? {} : { folder }), ...(pool === undefined ? {} : { pool }) };
}

/** A NIC of a new VM that is on none of the networks of its import: vSphere put it there. Throws a `GovcError`. */
function checkNetworks(
  { nics, moref }: Vm,
  networks: ReadonlySet<string> | undefined,
  changes: readonly MachineChange[],
): void {
  const wanted = new Set(changes.flatMap((change) => (change.kind === 'connect-nic' ? [change.network] : [])));
  const wrong = networks && nics.find(({ network }) => !networks.has(network) && !wanted.has(network));
  if (wrong === undefined) return;
  const where = `${wrong.label} of the new VM ${moref} is on "${wrong.network}"`;
  throw new GovcError('bad-output', `${where}, to which no network was mapped.`);
}

/** A disk of the image that does not fit the plan, in the product's own words. */
function diskProblem({ params }: Failure, vm: string, changes: readonly MachineChange[]): Failure | undefined {
  const grown = changes.find((change) => change.kind === 'grow-disk');
  if (grown?.kind !== 'grow-disk') return undefined;
  if (params['fault'] === 'no-such-disk')
    return failure('operation', 'vsphere.no-such-disk', { vm, disk: grown.disk + 1 });
  if (params['fault'] !== 'disk-too-large') return undefined;
  const bytes = /(\d+) bytes/.exec(String(params['message']))?.[1];
  const has = Math.ceil(Number(bytes ?? 0) / 1024 ** 3);
  return failure('operation', 'vsphere.disk-too-large', { vm, has, planned: grown.sizeGb });
}

/**
 * Opens nothing yet: the first call logs in. `close` logs out and removes the private folder. Failures are
 * `vsphere.*` and those of `govcProgram`.
 */
async function open(input: OpenInput): Promise<Result<PlatformEndpoint>> {
  const { url, pin } = input.layout;
  if (pin?.value === undefined) return fail(failure('trust', 'vsphere.not-pinned', { endpoint: url }));
  const address = addressOf(url);
  if (!address.ok) return address;
  const { secret } = input;
  if (secret?.value === undefined) {
    return fail(failure('input', 'vsphere.no-password', { endpoint: url, secret: secret?.name ?? '' }));
  }
  // The table of platforms gives each driver the section of its own platform.
  const section = input.section as VsphereSection;
  const { username = '' } = section.endpoints[input.endpointIndex] ?? {};
  let govc: Govc;
  try {
    govc = createGovc({
      binary: async () => unwrap(await input.tools.govcProgram()),
      ...address.value,
      username,
      password: secret.value,
      fingerprint: pin.value,
      shareSession: true,
      ...(section.datacenter === undefined ? {} : { datacenter: section.datacenter }),
      ...(input.tools.endpointTimeouts === undefined ? {} : { timeouts: input.tools.endpointTimeouts }),
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
  /** Networks to which an import of this run mapped those of its image. */
  const imported = new Map<string, ReadonlySet<string>>();
  const orGone = <T, E>(result: Result<T>, gone: E): Result<T | E> =>
    !result.ok && result.failure.code === 'vsphere.not-found' ? ok(gone) : result;

  return ok({
    url,
    inspect: (signal) =>
      attempt('inspect', () => readEndpoint(govc, { ...input, url, address: address.value }, withSignal(signal))),
    find: async (name, signal) =>
      orGone(await attempt('inspect', async () => machineOf(await govc.vm({ name }, withSignal(signal)))), undefined),
    create: async (request, signal) => {
      const { image, networks } = request;
      // A bug: the row of the platform says that it keeps no images.
      if (!('file' in image)) throw new Error('vSphere keeps no images');
      const created = await attempt('import', () => {
        const wanted = { ...importRequest(request, image.file), ...placement(section) };
        return govc.importVerified(wanted, withSignal(signal));
      });
      if (created.ok) imported.set(created.value, new Set(Object.values(networks)));
      return created;
    },
    change: async (machine, changes, signal) => {
      const request = applyRequest(machine, changes);
      const applied = await attempt('configure', async () => {
        const vm = await govc.applyToVm(request, withSignal(signal));
        checkNetworks(vm, imported.get(machine.id), changes);
      });
      if (applied.ok) return applied;
      const { failure: reason } = applied;
      if (reason.kind === 'cancelled') return applied;
      const problem = diskProblem(reason, machine.name, changes);
      const now = await attempt('inspect', () => govc.vmNow({ moref: machine.id }, withSignal(signal)));
      const done = now.ok && now.value !== undefined ? countShown(changes, machine, now.value) : 0;
      return { ...fail(problem ?? reason), done: Math.min(done, changes.length - 1) };
    },
    destroy: async (moref, signal, onBusy) =>
      orGone(
        await attempt('destroy', () =>
          govc.destroy({ moref }, { ...withSignal(signal), ...(onBusy === undefined ? {} : { onBusy }) }),
        ),
        undefined,
      ),
    removeLeftovers: async (folders, signal) => {
      for (const datastore of new Set(Object.values(section.datastores))) {
        const removed = await attempt('destroy', () =>
          govc.removeEmptyFolders({ datastore, folders }, withSignal(signal)),
        );
        // Not one datastore of that name is no failure.
        const unclear = ['vsphere.not-found', 'vsphere.ambiguous'];
        if (!removed.ok && !unclear.includes(removed.failure.code)) return removed;
      }
      return ok(undefined);
    },
    close: () => govc.dispose(),
  });
}

export const vsphereDriver: PlatformDriver = {
  open,
  async showCertificate(url, signal) {
    const address = addressOf(url);
    if (!address.ok) return address;
    try {
      return ok(await fetchCertificate({ ...address.value, ...withSignal(signal) }));
    } catch (error) {
      return fail(govcFailure(error, url, 'connect'));
    }
  },
};
