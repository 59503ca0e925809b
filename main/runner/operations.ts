/** One executor per kind of operation: a table, so that each operation of `core/deploy/reconcile.ts` has exactly one way to happen. */
import { type Operation, type OperationKind } from '../../core/deploy/reconcile.ts';
import { tagKeys } from '../../core/deploy/ownership.ts';
import { fail, failure, ok, type Result } from '../../core/base/errors.ts';
import type { Amount } from '../../core/run/event.ts';
import type { VsphereEndpoint } from '../platforms/vsphere/endpoint.ts';

export interface OperationContext {
  readonly endpoint: VsphereEndpoint;
  /** The VM's managed object once it exists; an import puts it here. */
  moref: string | undefined;
  /** Proves that the image is still the one that was verified, and gives its absolute path. */
  readonly confirmImage: (file: string, signal?: AbortSignal) => Promise<Result<string>>;
  readonly onProgress: (amount: Amount) => void;
  /** The host is busy with the VM, and the operation waits for it. */
  readonly onBusy: () => void;
  readonly signal: AbortSignal;
}

type OperationOf<K extends OperationKind> = Extract<Operation, { readonly kind: K }>;
type Executor<K extends OperationKind> = (
  operation: OperationOf<K>,
  context: OperationContext,
) => Promise<Result<void>>;

/** The VM that the operation works on: known from the import, else looked up by its name. */
async function morefOf(vm: string, context: OperationContext): Promise<Result<string>> {
  if (context.moref !== undefined) return ok(context.moref);
  const found = await context.endpoint.findVm(vm, context.signal);
  if (!found.ok) return found;
  context.moref = found.value.moref;
  return ok(found.value.moref);
}

const onVm =
  <K extends OperationKind>(
    work: (moref: string, operation: OperationOf<K>, context: OperationContext) => Promise<Result<void>>,
  ): Executor<K> =>
  async (operation, context) => {
    const moref = await morefOf(operation.vm, context);
    return moref.ok ? work(moref.value, operation, context) : moref;
  };

export const executors: { readonly [K in OperationKind]: Executor<K> } = {
  'discard-partial': async ({ moref, vm }, { endpoint, onBusy, signal }) => {
    // Only what an interrupted import left: a VM that came through its import carries the stage.
    const found = await endpoint.findVm(vm, signal);
    // vSphere removes the VM itself when the lease of its import ends.
    if (!found.ok) return found.failure.code === 'vsphere.not-found' ? ok(undefined) : found;
    if (found.value.moref !== moref || found.value.extraConfig[tagKeys.stage] !== undefined) {
      return fail(failure('operation', 'deploy.changed-meanwhile', { vm }));
    }
    const destroyed = await endpoint.destroy(moref, signal, onBusy);
    return !destroyed.ok && destroyed.failure.code === 'vsphere.not-found' ? ok(undefined) : destroyed;
  },
  'import-image': async (operation, context) => {
    const file = await context.confirmImage(operation.file, context.signal);
    if (!file.ok) return file;
    const { vm, datastore, networks, properties, annotation } = operation;
    const { onProgress } = context;
    const imported = await context.endpoint.importImage(
      { vm, file: file.value, datastore, networks, properties, annotation, onProgress },
      context.signal,
    );
    if (!imported.ok) return imported;
    context.moref = imported.value;
    // govc opened the file by its name: what it read is what was verified only if it still is. The VM has no full tag
    // yet, so it is never powered on and the next run replaces it.
    const still = await context.confirmImage(operation.file, context.signal);
    return still.ok ? ok(undefined) : still;
  },
  configure: onVm((moref, { vcpu, memoryMb, extraConfig }, { endpoint, signal }) =>
    endpoint.configure(moref, { vcpu, memoryMb, extraConfig }, signal),
  ),
  'grow-disk': onVm((moref, { disk, sizeGb }, { endpoint, signal }) => endpoint.growDisk(moref, disk, sizeGb, signal)),
  'add-disk': onVm((moref, { vm, disk, sizeGb, datastore }, { endpoint, signal }) =>
    endpoint.addDisk(moref, { datastore, name: `${vm}/${vm}-data-${disk}`, sizeGb }, signal),
  ),
  'connect-nic': onVm((moref, { nic, portGroup }, { endpoint, signal }) =>
    endpoint.connectNic(moref, nic, portGroup, signal),
  ),
  tag: onVm((moref, { extraConfig }, { endpoint, signal }) => endpoint.configure(moref, { extraConfig }, signal)),
  'power-on': onVm((moref, _operation, { endpoint, signal }) => endpoint.powerOn(moref, signal)),
};

export const execute = (operation: Operation, context: OperationContext): Promise<Result<void>> =>
  (executors[operation.kind] as Executor<OperationKind>)(operation, context);
