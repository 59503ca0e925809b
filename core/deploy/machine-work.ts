/** The operations that bring one machine to its plan. */
import { bootstrapKeyProperty } from '../media/bootstrap-property.ts';
import type { ImageFacts } from '../media/facts.ts';
import type { Machine, Owner, Place } from '../platform/inventory.ts';
import type { Layout, Platform } from '../platform/platform.ts';
import { bytesPerGb, type Plan, type PlannedVm } from '../plan/model.ts';
import { plannedAddresses } from './comparison.ts';
import type { BootstrapKey } from './bootstrap-key.ts';
import { guestProperties } from './guest-properties.ts';
import { networkIn, nicPositions, nicRecord, recordedPositions } from './nic-order.ts';
import type { HandOperation, ImageSource, MachineChange, PlatformOperation } from './operation.ts';
import { isWhole, laterStage, type MachineRecord, ownerWithRecord } from './ownership.ts';

export interface MachineInput {
  readonly plan: Plan;
  readonly planDigest: string;
  /** With its present or planned data centre and endpoint. */
  readonly vm: PlannedVm;
  readonly platform: Platform;
  readonly layout: Layout;
  readonly image: ImageFacts | undefined;
  /** The machine of that name, if this site made it. */
  readonly found: Machine | undefined;
  /** This computer's record of it. */
  readonly record: MachineRecord | undefined;
  readonly bootstrapKey: BootstrapKey | undefined;
}

export const placeOf = ({ datacentre, endpointIndex }: PlannedVm): Place => ({ datacentre, endpointIndex });

export const imageSource = ({ file, sha256 }: ImageFacts, { keepsImages }: Platform): ImageSource => ({
  file,
  sha256,
  isKept: keepsImages,
});

export const storageForImage = ({ disks }: PlannedVm, { storage }: Layout): string =>
  storage[disks[0]?.class ?? 'standard'];

/**
 * Maps each image network to a network of the platform: that of its planned NIC. A network without a NIC is matched by
 * name if the server is on that network, else it goes to the first network.
 */
function mapNetworks(image: ImageFacts, vm: PlannedVm, positions: readonly number[], layout: Layout) {
  const mapping: Record<string, string> = {};
  for (const name of image.networks) {
    const planned = vm.nics[positions.indexOf(image.nics.indexOf(name))];
    const nic = planned ?? vm.nics.find(({ network }) => network === networkIn(name)) ?? vm.nics[0];
    if (nic) mapping[name] = layout.networks[nic.network];
  }
  return mapping;
}

/** Whether the guest takes the bootstrap key. */
const takesKey = (image: ImageFacts | undefined): boolean => image?.properties.includes(bootstrapKeyProperty) ?? false;

/** Image, NIC order, addresses and key stay those of the machine's creation: a later run does not change them. */
function ownerFor({ plan, vm, image, found, bootstrapKey }: MachineInput, positions: readonly number[]): Owner {
  const kept = found?.owner;
  const given = takesKey(image) ? bootstrapKey?.fingerprint : undefined;
  const key = kept === undefined ? given : kept.bootstrapKey;
  const nics = nicRecord(vm.nics, positions);
  const sha256 = kept === undefined ? image?.sha256 : kept.image;
  const addresses = kept === undefined ? plannedAddresses(plan, vm) : kept.addresses;
  const { wireguardKey, sealedAt } = kept ?? {};
  return {
    site: plan.site,
    component: vm.component,
    machine: vm.name,
    ...(sha256 === undefined ? {} : { image: sha256 }),
    ...(nics === undefined ? {} : { nics }),
    ...(addresses === undefined ? {} : { addresses }),
    ...(wireguardKey === undefined ? {} : { wireguardKey }),
    ...(sealedAt === undefined ? {} : { sealedAt }),
    ...(key === undefined ? {} : { bootstrapKey: key }),
  };
}

/** The final mark. A machine keeps a later stage. */
function finalOwner({ found, record, planDigest }: MachineInput, owner: Owner): Owner {
  const finished = { ...owner, plan: planDigest, stage: laterStage(found?.owner?.stage, 'configured') };
  return found === undefined ? finished : ownerWithRecord(finished, found.id, record);
}

/** Whether the machine's mark is complete and current. */
const isMarked = (owner: Owner | undefined, wanted: Owner): boolean =>
  owner !== undefined &&
  (Object.keys(wanted) as (keyof Owner)[]).every((key) => String(owner[key]) === String(wanted[key]));

function diskChanges({ vm, layout }: MachineInput, exists: Machine | undefined): MachineChange[] {
  return vm.disks.flatMap((disk, position): MachineChange[] => {
    const found = exists?.disks[position];
    const { sizeGb } = disk;
    if (found === undefined && position > 0) {
      return [{ kind: 'add-disk', disk: position, sizeGb, storage: layout.storage[disk.class] }];
    }
    if (found === undefined || found.capacityBytes < sizeGb * bytesPerGb) {
      return [{ kind: 'grow-disk', disk: position, sizeGb }];
    }
    return [];
  });
}

/** The NICs of a new machine are connected again, since a platform may replace an unknown network by another. */
const nicChanges = (
  { vm, layout }: MachineInput,
  positions: readonly number[],
  exists: Machine | undefined,
): MachineChange[] =>
  vm.nics.flatMap((nic, index): MachineChange[] => {
    const position = positions[index] ?? index;
    const network = layout.networks[nic.network];
    return exists?.nics[position]?.network === network ? [] : [{ kind: 'connect-nic', nic: position, network }];
  });

/**
 * A guest reads which NIC is on which network at its first boot: a machine that is off is told so where it is not yet.
 * Nothing is told to a machine that runs.
 */
function toldNics({ vm }: MachineInput, positions: readonly number[], exists: Machine | undefined): MachineChange[] {
  if (exists?.poweredOn === true || vm.nics.length === 0) return [];
  const nics = vm.nics.map(({ network }, index) => ({ nic: positions[index] ?? index, network }));
  const wanted = new Map(nics.map(({ nic, network }) => [nic, network]));
  const isTold = exists?.nics.every(({ told }, position) => told === wanted.get(position)) ?? false;
  return isTold ? [] : [{ kind: 'tell-nics', nics }];
}

/** Distinguishes two changes of one kind. */
function partOf(change: MachineChange): string {
  if ('disk' in change) return `/${change.disk}`;
  if ('nic' in change) return `/${change.nic}`;
  return change.kind === 'mark' && change.owner.stage === 'created' ? '/created' : '';
}

/** Operations that create a machine, or complete an existing one. */
export function machineOperations(input: MachineInput): PlatformOperation[] {
  const { vm, platform, layout, image, plan } = input;
  const exists = input.found !== undefined && isWhole(input.found) ? input.found : undefined;
  const partial = exists === undefined ? input.found : undefined;
  const target = { kind: 'machine', place: placeOf(vm), machine: vm.name } as const;
  const operations: PlatformOperation[] = [];
  if (partial) {
    const id = `${vm.name}/discard-partial`;
    operations.push({ by: 'platform', id, target: { ...target, id: partial.id }, kind: 'discard-partial' });
  }
  const positions = exists ? recordedPositions(vm.nics, exists.owner?.nics) : nicPositions(vm.nics, image?.nics ?? []);
  const owner = ownerFor({ ...input, found: exists }, positions);
  if (exists === undefined && image) {
    const properties = Object.entries(guestProperties(plan, vm, input.bootstrapKey?.publicKey)).filter(([name]) =>
      image.properties.includes(name),
    );
    operations.push({
      by: 'platform',
      id: `${vm.name}/create-machine`,
      target,
      kind: 'create-machine',
      image: imageSource(image, platform),
      storage: storageForImage(vm, layout),
      networks: mapNetworks(image, vm, positions, layout),
      properties: Object.fromEntries(properties),
      owner,
    });
  }
  const memoryMb = vm.memoryGb * 1024;
  const isStopped = exists?.poweredOn !== true;
  const isOtherHardware = exists?.vcpu !== vm.vcpu || exists.memoryMb !== memoryMb;
  const finished = finalOwner({ ...input, found: exists }, owner);
  const changes: MachineChange[] = [
    ...(exists === undefined ? [{ kind: 'mark', owner: { ...owner, stage: 'created' } } as const] : []),
    ...(isOtherHardware && isStopped ? [{ kind: 'set-hardware', vcpu: vm.vcpu, memoryMb } as const] : []),
    ...diskChanges(input, exists),
    ...nicChanges(input, positions, exists),
    ...toldNics(input, positions, exists),
    ...(isMarked(exists?.owner, finished) ? [] : [{ kind: 'mark', owner: finished } as const]),
    ...(isStopped ? [{ kind: 'power-on' } as const] : []),
  ];
  const changed = exists === undefined ? target : { ...target, id: exists.id };
  for (const change of changes) {
    const id = `${vm.name}/${change.kind}${partOf(change)}`;
    operations.push({ by: 'platform', id, target: changed, ...change });
  }
  return operations;
}

/** A machine on a platform that is set up by hand. */
export const handOperations = (vm: PlannedVm): HandOperation[] => [
  {
    by: 'hand',
    id: `${vm.name}/make-by-hand`,
    target: { kind: 'machine', place: placeOf(vm), machine: vm.name },
    kind: 'make-by-hand',
  },
];
