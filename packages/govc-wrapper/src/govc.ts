import { readAbout } from './about.ts';
import { changeVm, connectNic, createDisk, growDisk } from './change-vm.ts';
import { destroy } from './destroy.ts';
import { type KnownTree, readTree, type Tree } from './entities.ts';
import { removeEmptyFolders } from './folders.ts';
import { importOva, importVerified } from './import-ova.ts';
import { powerOff, powerOn, shutdownGuest } from './power.ts';
import { readDatastores, readHosts, readNetworks } from './read-inventory.ts';
import { morefOf, readVm, readVms } from './read-vms.ts';
import { applyToVm, readOne } from './apply-vm.ts';
import { innerTypes, readAll } from './read-all.ts';
import { createSession } from './session.ts';
import type { Inventory } from './inventory-types.ts';
import type { CallOptions, Govc, GovcOptions } from './types.ts';
import { readWritability } from './writability.ts';

// The package's one entry: what is not here is not public.
export { fetchCertificate, normalizeFingerprint } from './certificate.ts';
export type { FetchCertificateRequest } from './certificate.ts';
export { GovcError, govcErrorKinds } from './errors.ts';
export type { GovcErrorDetails, GovcErrorKind } from './errors.ts';
export type * from './inventory-types.ts';
export type * from './types.ts';

/**
 * Typed promises around one govc executable and one endpoint. Nothing is started or written before the first call; call
 * `dispose` at the end. Throws a `GovcError` of kind `invalid-argument` for options that cannot work.
 */
export function createGovc(options: GovcOptions): Govc {
  const session = createSession(options);
  const none: CallOptions = {};
  /** The names of the last look at everything: an import or a change looks its targets up in it. */
  let known: Tree | undefined;
  const trees: KnownTree = {
    get: async (call) => (known ??= await readTree(session, call)),
    forget: () => (known = undefined),
  };
  return {
    async everything(call = none) {
      const { everything, tree } = await readAll(session, call);
      known = tree;
      return everything;
    },
    applyToVm: (request, call = none) => applyToVm(session, trees, request, call),
    vmNow: async ({ moref }, call = none) => readOne(session, await trees.get(call), moref, call),
    importVerified: (request, call = none) => importVerified(session, trees, request, call),
    about: (call = none) => readAbout(session, call),
    inventory: (call = none) => readInventory(call),
    async hosts(call = none) {
      return (await readHosts(session, readTree(session, call), call)).hosts;
    },
    datastores: (call = none) => readDatastores(session, readTree(session, call), call),
    networks(call = none) {
      const tree = readTree(session, call);
      return readNetworks(session, tree, readHosts(session, tree, call), call);
    },
    vms: (call = none) => readVms(session, readTree(session, call), call),
    async vm(ref, call = none) {
      const tree = readTree(session, call);
      return readVm(session, morefOf(ref, await tree), tree, call);
    },
    writable: (call = none) => readWritability(session, call),
    importOva: (request, call = none) => importOva(session, request, call),
    changeVm: (request, call = none) => changeVm(session, request, call),
    createDisk: (request, call = none) => createDisk(session, request, call),
    growDisk: (request, call = none) => growDisk(session, request, call),
    connectNic: (request, call = none) => connectNic(session, request, call),
    powerOn: (vm, call = none) => powerOn(session, vm, call),
    powerOff: (vm, call = none) => powerOff(session, vm, call),
    shutdownGuest: (vm, call = none) => shutdownGuest(session, vm, call),
    destroy: (vm, call = none) => destroy(session, vm, call),
    removeEmptyFolders: (request, call = none) => removeEmptyFolders(session, request, call),
    dispose: () => session.dispose(),
  };

  async function readInventory(call: CallOptions): Promise<Inventory> {
    const tree = readTree(session, call);
    const hostsRead = readHosts(session, tree, call);
    const [names, { hosts }, datastores, networks, vms] = await Promise.all([
      tree,
      hostsRead,
      readDatastores(session, tree, call),
      readNetworks(session, tree, hostsRead, call),
      readVms(session, tree, call),
    ]);
    const entities = names.entities.filter((entity) => innerTypes.has(entity.type));
    return { hosts, datastores, networks, vms, entities };
  }
}
