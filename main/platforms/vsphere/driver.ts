/** vSphere (a vCenter or a standalone ESXi host) behind the interface of every platform, over govc. */
import { createGovc, fetchCertificate, type Govc } from 'govc-wrapper';
import { fail, failure, ok, type Result, unwrap } from '../../../core/base/errors.ts';
import { type EndpointAddress, parseEndpointUrl, shownEndpoint } from '../../../core/network/endpoint-url.ts';
import type { VsphereSection } from '../../../core/platform/vsphere/section.ts';
import { annotationOf } from '../../../core/platform/vsphere/tags.ts';
import type { CreateRequest, OpenInput, PlatformDriver, PlatformEndpoint } from '../endpoint.ts';
import { changeVm } from './changes.ts';
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

/**
 * Opens nothing yet: govc logs in with each call and out at its end. `close` removes its private folder. Failures are
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
  const { username = '' } = section.endpoints[input.endpoint] ?? {};
  let govc: Govc;
  try {
    govc = createGovc({
      binary: async () => unwrap(await input.tools.govcProgram()),
      ...address.value,
      username,
      password: secret.value,
      fingerprint: pin.value,
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
  const orGone = <T, E>(result: Result<T>, gone: E): Result<T | E> =>
    !result.ok && result.failure.code === 'vsphere.not-found' ? ok(gone) : result;

  return ok({
    url,
    inspect: (signal) =>
      attempt('inspect', () => readEndpoint(govc, { ...input, url, address: address.value }, withSignal(signal))),
    find: async (name, signal) =>
      orGone(await attempt('inspect', async () => machineOf(await govc.vm({ name }, withSignal(signal)))), undefined),
    create: async (request, signal) => {
      const { image } = request;
      if (!('file' in image)) throw new Error('vSphere keeps no images');
      return attempt('import', async () => {
        const wanted = { ...importRequest(request, image.file), ...placement(section) };
        return (await govc.importOva(wanted, withSignal(signal))).moref;
      });
    },
    change: ({ id, name }, changes, signal) =>
      changeVm(changes, { govc, vm: { moref: id, name }, call: withSignal(signal), attempt }),
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
