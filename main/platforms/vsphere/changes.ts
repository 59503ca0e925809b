/** How each change of a machine is made on vSphere, by its kind. Sizes in GB are GiB. */
import type { Govc } from 'govc-wrapper';
import { fail, failure, ok, type Result } from '../../../core/base/errors.ts';
import { tagOf } from '../../../core/platform/vsphere/tags.ts';
import type { MachineChange } from '../../../core/deploy/operation.ts';

type ChangeOf<Kind extends MachineChange['kind']> = Extract<MachineChange, { readonly kind: Kind }>;

interface Context {
  readonly govc: Govc;
  readonly vm: { readonly moref: string; readonly name: string };
  readonly call: { readonly signal?: AbortSignal };
  /** Runs calls of govc and turns its errors into failures; `what` says what was being done. */
  readonly attempt: <T>(what: string, work: () => Promise<T>) => Promise<Result<T>>;
}

type Change<Kind extends MachineChange['kind']> = (
  change: ChangeOf<Kind>,
  context: Context,
) => Promise<Result<unknown>>;

const changes: { readonly [Kind in MachineChange['kind']]: Change<Kind> } = {
  mark: ({ owner }, { govc, vm, call, attempt }) =>
    attempt('configure', () => govc.changeVm({ vm, extraConfig: tagOf(owner) }, call)),
  'set-hardware': ({ vcpu, memoryMb }, { govc, vm, call, attempt }) =>
    attempt('configure', () => govc.changeVm({ vm, cpus: vcpu, memoryMb }, call)),
  'grow-disk': async ({ disk, sizeGb }, { govc, vm, call, attempt }) => {
    const read = await attempt('disk', () => govc.vm(vm, call));
    if (!read.ok) return read;
    const target = read.value.disks[disk];
    if (target === undefined) {
      return fail(failure('operation', 'vsphere.no-such-disk', { vm: vm.name, disk: disk + 1 }));
    }
    const sizeBytes = sizeGb * 1024 ** 3;
    if (target.capacityBytes > sizeBytes) {
      const has = Math.ceil(target.capacityBytes / 1024 ** 3);
      return fail(failure('operation', 'vsphere.disk-too-large', { vm: vm.name, has, planned: sizeGb }));
    }
    if (target.capacityBytes === sizeBytes) return ok(undefined);
    return attempt('disk', () => govc.growDisk({ vm, disk: { key: target.key }, sizeBytes }, call));
  },
  'add-disk': ({ disk, sizeGb, storage }, { govc, vm, call, attempt }) =>
    attempt('disk', () =>
      govc.createDisk(
        { vm, datastore: storage, name: `${vm.name}/${vm.name}-data-${disk}`, sizeGib: sizeGb, thin: true },
        call,
      ),
    ),
  'connect-nic': ({ nic, network }, { govc, vm, call, attempt }) =>
    attempt('network', async () => {
      const read = await govc.vm(vm, call);
      if (read.nics[nic]?.network !== network) await govc.connectNic({ vm, nic: { index: nic }, network }, call);
    }),
  'power-on': (_change, { govc, vm, call, attempt }) => attempt('power', () => govc.powerOn(vm, call)),
};

/** Makes the changes in their order; stops at the first that fails. */
export async function changeVm(wanted: readonly MachineChange[], context: Context): Promise<Result<void>> {
  for (const change of wanted) {
    const made = await (changes[change.kind] as Change<MachineChange['kind']>)(change, context);
    if (!made.ok) return made;
  }
  return ok(undefined);
}
