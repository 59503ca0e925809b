/**
 * Reconciliation derives the remaining operations from plan and inventory. Second runs, resumes, retries, the preview
 * and the drift report all use it.
 */
import { fail, failure, ok, type Result } from '../base/errors.ts';
import type { ImageFacts } from '../media/facts.ts';
import type { EndpointInventory, Machine, Place } from '../platform/inventory.ts';
import { type AutomaticSite, automaticSite } from '../platform/layout.ts';
import type { Plan, PlannedVm } from '../plan/model.ts';
import type { Datacentre } from '../site/schema.ts';
import type { BootstrapKey } from './bootstrap-key.ts';
import { compareInventory, type Deviation, type FoundVm, type VmComparison, vmsByName } from './comparison.ts';
import { handOperations, imageSource, machineOperations, placeOf, storageForImage } from './machine-work.ts';
import { isMachineWork, type MachineWork, type Operation, type Work } from './operation.ts';
import { isOurs, isWhole, type MachineRecords } from './ownership.ts';
import { type Phase, phaseFor, phaseNames } from './phases.ts';

/** A difference that a deployment does not change. */
export interface Drift {
  readonly vm: string;
  /** Locale key suffix under `deploy.drift`. */
  readonly what: Deviation['what'] | 'unplanned-vm';
  readonly planned: string;
  readonly found: string;
}

export interface Reconciliation {
  readonly phases: readonly Phase[];
  /** VMs that are as planned, including those whose mark is renewed. */
  readonly done: readonly string[];
  readonly drift: readonly Drift[];
}

export interface ReconcileInput {
  readonly plan: Plan;
  readonly planDigest: string;
  readonly datacentres: readonly Datacentre[];
  readonly endpoints: readonly EndpointInventory[];
  readonly images: readonly ImageFacts[];
  /** This computer's records of the machines, for their marks. */
  readonly records?: MachineRecords;
  /** For new machines whose image takes it. A preview and a comparison need none. */
  readonly bootstrapKey?: BootstrapKey | undefined;
}

/**
 * A half-made machine was never powered on and has at most the image's disks. Any other machine without a stage may
 * hold data (a restored backup, a removed mark) and is never discarded.
 */
const isPartial = (machine: Machine, image: ImageFacts): boolean =>
  !machine.poweredOn &&
  machine.disks.every(({ capacityBytes }, position) => capacityBytes <= (image.diskCapacityBytes[position] ?? -1));

/** Whether an operation repairs a deviation. The other deviations are drift. */
const mends = ({ what, part }: Deviation, operation: Operation): boolean => {
  switch (operation.kind) {
    case 'set-hardware':
      return what === 'vcpu' || what === 'memory';
    case 'grow-disk':
      return what === 'disk-size' && part === operation.disk;
    case 'add-disk':
      return what === 'disk-count';
    case 'connect-nic':
      return (what === 'network' && part === operation.nic) || what === 'nic-count';
    case 'power-on':
      return what === 'powered-off';
    default:
      return false;
  }
};

/** The machine of a planned name, if it exists. Fails if it may not be changed. */
function ownFound(site: string, name: string, found: readonly FoundVm[]): Result<FoundVm | undefined> {
  const foreign = found.find(({ vm }) => !isOurs(site, vm));
  if (foreign) return fail(failure('preflight', 'deploy.foreign-vm', { vm: name, endpoint: foreign.inventory.url }));
  if (found.length > 1) {
    const where = found.map(({ inventory }) => inventory.url).join(', ');
    return fail(failure('preflight', 'deploy.duplicate-vm', { vm: name, endpoints: where }));
  }
  return ok(found[0]);
}

interface Planned {
  readonly work: MachineWork;
  readonly vm: PlannedVm;
  readonly automatic: AutomaticSite | undefined;
  readonly image: ImageFacts | undefined;
}

/** The work on one planned machine. Fails as {@link reconcile} does. */
function workFor(
  { plan, planDigest, images, datacentres, bootstrapKey, records = {} }: ReconcileInput,
  { planned, all }: VmComparison,
): Result<Planned> {
  const own = ownFound(plan.site, planned.name, all);
  if (!own.ok) return own;
  const existing = own.value;
  // A machine on another host than planned stays there: its host may be changed by the administrator.
  const vm: PlannedVm = existing
    ? { ...planned, datacentre: existing.inventory.datacentre, endpointIndex: existing.inventory.endpointIndex }
    : planned;
  const datacentre = datacentres.find(({ name }) => name === vm.datacentre);
  const automatic = datacentre && automaticSite(datacentre);
  const image = images.find(({ components }) => components.includes(vm.component));
  const { component } = vm;
  const target = { kind: 'machine', place: placeOf(vm), machine: vm.name } as const;
  if (automatic === undefined) {
    return ok({ vm, automatic, image, work: { target, component, operations: handOperations(vm) } });
  }
  if (existing === undefined || !isWhole(existing.vm)) {
    if (image === undefined) return fail(failure('input', 'deploy.no-image', { component }));
    if (existing && !isPartial(existing.vm, image)) {
      return fail(failure('preflight', 'deploy.unclear-vm', { vm: vm.name, endpoint: existing.inventory.url }));
    }
  }
  const { platform, layout } = automatic;
  const operations = machineOperations({
    plan,
    planDigest,
    vm,
    platform,
    layout,
    image,
    found: existing?.vm,
    bootstrapKey,
    record: records[vm.name],
  });
  return ok({ vm, automatic, image, work: { target, component, operations } });
}

/** Uploads that the machines of a phase need, once per endpoint and image, before the machines themselves. */
function uploadsFor(planned: readonly Planned[], endpoints: readonly EndpointInventory[]): Work[] {
  const uploads = new Map<string, Work>();
  for (const { work, vm, automatic, image } of planned) {
    const creates = work.operations.some(({ kind }) => kind === 'create-machine');
    if (automatic?.platform.keepsImages !== true || image === undefined || !creates) continue;
    const { place } = work.target;
    const inventory = endpoints.find(
      (one) => one.datacentre === place.datacentre && one.endpointIndex === place.endpointIndex,
    );
    if (inventory?.images?.includes(image.sha256)) continue;
    const id = `${place.datacentre}/${place.endpointIndex}/upload-image/${image.file}`;
    const target = { kind: 'endpoint', place } as const;
    const storage = storageForImage(vm, automatic.layout);
    const source = imageSource(image, automatic.platform);
    uploads.set(id, {
      target,
      operations: [{ by: 'platform', id, target, kind: 'upload-image', image: source, storage }],
    });
  }
  return [...uploads.values()];
}

/**
 * Compares plan and inventory. An existing machine needs no image, and a data centre without an automatic platform gets
 * manual steps.
 *
 * Fails before anything is touched: `deploy.foreign-vm` if another owner has a machine of a planned name,
 * `deploy.duplicate-vm` if this site has two under one name, `deploy.unclear-vm` if a machine lost its mark and may
 * hold data, `deploy.no-image` if the medium lacks an image.
 */
export function reconcile(input: ReconcileInput): Result<Reconciliation> {
  const { plan, endpoints } = input;
  const comparison = compareInventory(plan, input.datacentres, endpoints);
  const drift: Drift[] = [];
  const done: string[] = [];
  const missing: Planned[] = [];
  for (const one of comparison.vms) {
    const planned = workFor(input, one);
    if (!planned.ok) return planned;
    const { name } = one.planned;
    const { operations } = planned.value.work;
    for (const deviation of one.deviations) {
      if (operations.some((operation) => mends(deviation, operation))) continue;
      const { what, planned: wanted, found } = deviation;
      drift.push({ vm: name, what, planned: wanted, found });
    }
    if (one.status === 'as-planned') done.push(name);
    if (operations.length > 0) missing.push(planned.value);
  }
  for (const { vm } of comparison.unplanned) {
    drift.push({ vm: vm.name, what: 'unplanned-vm', planned: '', found: vm.name });
  }
  const uploaded = new Set<string>();
  const phases = phaseNames.flatMap((name): Phase[] => {
    const ofPhase = missing.filter(({ vm }) => phaseFor(vm.component) === name);
    const uploads = uploadsFor(ofPhase, endpoints).filter(({ operations }) => {
      const id = operations[0]?.id ?? '';
      if (uploaded.has(id)) return false;
      uploaded.add(id);
      return true;
    });
    return ofPhase.length === 0 ? [] : [{ name, work: [...uploads, ...ofPhase.map(({ work }) => work)] }];
  });
  return ok({ phases, done, drift });
}

/** The machines with remaining operations. */
export const machineWork = ({ phases }: Pick<Reconciliation, 'phases'>): readonly MachineWork[] =>
  phases.flatMap(({ work }) => work.filter(isMachineWork));

/** The machines that a rollback removes: every machine that this site made and that still has its name, on any host. */
export function ownedVms(site: string, endpoints: readonly EndpointInventory[]): { place: Place; vm: Machine }[] {
  return [...vmsByName(endpoints).values()]
    .flat()
    .flatMap(({ vm, inventory: { datacentre, endpointIndex } }) =>
      isOurs(site, vm) ? [{ place: { datacentre, endpointIndex }, vm }] : [],
    );
}
