/**
 * Reconciliation: the plan and the inventory go in, the operations that are still missing come out. Nothing here
 * touches anything. A second run, a resume after a crash, the retry of one VM, the preview and the drift report are
 * all this function; what it returns is what runs.
 */
import { compareInventory, type Difference, plannedAddresses, vmsByName, type FoundVm } from './comparison.ts';
import { failure, fail, ok, type Result } from '../base/errors.ts';
import type { ImageFacts, SeenEndpoint, SeenVm } from '../platform/inventory.ts';
import { networkIn, nicPositions, nicTag, taggedPositions } from './nic-order.ts';
import { annotationOf, isOurs, isWhole, tagKeys } from './ownership.ts';
import {
  bytesPerGb,
  type DiskClass,
  type NetworkName,
  type Plan,
  type PlannedDisk,
  type PlannedVm,
} from '../plan/model.ts';
import type { Datacentre, VsphereSite } from '../site/schema.ts';

/** Where a VM lives: the data centre, and the index of the endpoint in it. */
export interface Place {
  readonly datacentre: string;
  readonly endpoint: number;
}

export type Operation = { readonly id: string; readonly vm: string; readonly place: Place } & (
  | {
      readonly kind: 'discard-partial';
      readonly moref: string;
    }
  | {
      readonly kind: 'import-image';
      readonly file: string;
      readonly datastore: string;
      /** Network of the image's descriptor to port group. */
      readonly networks: Readonly<Record<string, string>>;
      readonly properties: Readonly<Record<string, string>>;
      readonly annotation: string;
    }
  | {
      readonly kind: 'configure';
      readonly vcpu: number;
      readonly memoryMb: number;
      readonly extraConfig: Readonly<Record<string, string>>;
    }
  | { readonly kind: 'grow-disk'; readonly disk: number; readonly sizeGb: number }
  | {
      readonly kind: 'add-disk';
      readonly disk: number;
      readonly sizeGb: number;
      readonly datastore: string;
    }
  | { readonly kind: 'connect-nic'; readonly nic: number; readonly portGroup: string }
  | { readonly kind: 'tag'; readonly extraConfig: Readonly<Record<string, string>> }
  | { readonly kind: 'power-on' }
);
export type OperationKind = Operation['kind'];

/** What is done to one VM, in order. VMs of one phase are independent of each other. */
export interface VmWork {
  readonly vm: string;
  readonly component: string;
  readonly place: Place;
  readonly operations: readonly Operation[];
}

/** Base services first, so that a gateway is up before what needs it. Phases run one after the other. */
export const phaseNames = ['base', 'data', 'services'] as const;
export type PhaseName = (typeof phaseNames)[number];

export interface Phase {
  readonly name: PhaseName;
  readonly work: readonly VmWork[];
}

/** Something that exists and differs in a way that deploy does not change by itself. */
export interface Drift {
  readonly vm: string;
  /** Locale key suffix under `deploy.drift`. */
  readonly what: Difference['what'] | 'unplanned-vm';
  readonly planned: string;
  readonly found: string;
}

export interface Reconciliation {
  readonly phases: readonly Phase[];
  /** VMs that are as planned, also where their tag is renewed. */
  readonly done: readonly string[];
  readonly drift: readonly Drift[];
}

const phaseOf: Readonly<Record<string, PhaseName>> = {
  'edge-gw': 'base',
  logs: 'base',
  backup: 'base',
  metrics: 'base',
  datalake: 'base',
  'message-bus': 'base',
  'repository-noc': 'base',
  'messages-db': 'data',
  'business-db': 'data',
  'files-storage': 'data',
  'object-storage': 'data',
};

/** The phase in which VMs of a component are worked on. */
export const phaseFor = (component: string): PhaseName => phaseOf[component] ?? 'services';

/**
 * What an interrupted import leaves was never powered on and has the image's disks at most. Anything else without a tag
 * may hold data (restored from a backup, its tag removed) and is never discarded.
 */
const isPartial = (vm: SeenVm, image: ImageFacts): boolean =>
  !vm.poweredOn &&
  vm.disks.every(({ capacityBytes }, position) => capacityBytes <= (image.diskCapacityBytes[position] ?? -1));

export interface ReconcileInput {
  readonly plan: Plan;
  readonly planDigest: string;
  readonly datacentres: readonly Datacentre[];
  readonly fqdn: string;
  readonly lanPrefix: number;
  readonly wanPrefix: number;
  readonly wanGateway: string;
  readonly endpoints: readonly SeenEndpoint[];
  readonly images: readonly ImageFacts[];
}

const datastoreFor = (vsphere: VsphereSite, disk: DiskClass): string =>
  disk === 'premium' ? vsphere.datastores.premium : vsphere.datastores.standard;

const portGroupFor = (vsphere: VsphereSite, network: NetworkName): string =>
  network === 'lan' ? vsphere.networks.lan : vsphere.networks.wan;

/**
 * The networks of an image: each goes where its adapter is planned. One without a planned adapter follows its name where the
 * server is on that network, else it goes to the first network.
 */
function mapNetworks(
  image: ImageFacts,
  vm: PlannedVm,
  positions: readonly number[],
  vsphere: VsphereSite,
): Record<string, string> {
  const mapping: Record<string, string> = {};
  for (const name of image.networks) {
    const planned = vm.nics[positions.indexOf(image.nics.indexOf(name))];
    const nic = planned ?? vm.nics.find(({ network }) => network === networkIn(name)) ?? vm.nics[0];
    if (nic) mapping[name] = portGroupFor(vsphere, nic.network);
  }
  return mapping;
}

/** What the guest learns at its first boot: names and addresses, never a secret. */
export function guestProperties(
  input: Pick<ReconcileInput, 'plan' | 'fqdn' | 'lanPrefix' | 'wanPrefix' | 'wanGateway'>,
  vm: PlannedVm,
): Record<string, string> {
  const lan = vm.nics.find(({ network }) => network === 'lan');
  const wan = vm.nics.find(({ network }) => network === 'wan');
  const lanVip = input.plan.vips.find(({ name }) => name === 'edge-gw-vip');
  return {
    hostname: vm.name,
    component: vm.component,
    fqdn: input.fqdn,
    ...(lan?.addresses[0] ? { lan_ip: lan.addresses[0], lan_prefix: String(input.lanPrefix) } : {}),
    ...(lanVip ? { lan_gateway: lanVip.address } : {}),
    ...(wan?.addresses[0]
      ? { wan_ip: wan.addresses.join(','), wan_prefix: String(input.wanPrefix), wan_gateway: input.wanGateway }
      : {}),
  };
}

/** Image, order of the adapters and addresses are those that the VM was made with: a later run does not change them. */
function tagOf(
  input: ReconcileInput,
  vm: PlannedVm,
  {
    imageSha256,
    nics,
    addresses,
  }: { imageSha256: string | undefined; nics: string | undefined; addresses: string | undefined },
): Record<string, string> {
  return {
    ...(addresses === undefined ? {} : { [tagKeys.addresses]: addresses }),
    [tagKeys.site]: input.plan.site,
    [tagKeys.component]: vm.component,
    [tagKeys.vm]: vm.name,
    ...(imageSha256 === undefined ? {} : { [tagKeys.image]: imageSha256 }),
    ...(nics === undefined ? {} : { [tagKeys.nics]: nics }),
  };
}

const operationId = (vm: string, kind: OperationKind, part?: number): string =>
  part === undefined ? `${vm}/${kind}` : `${vm}/${kind}/${part}`;

/** Operations for a VM that does not exist yet, or for what is missing in one that does. */
function workFor(
  input: ReconcileInput,
  vm: PlannedVm,
  vsphere: VsphereSite,
  image: ImageFacts | undefined,
  found: SeenVm | undefined,
): Operation[] {
  const place: Place = { datacentre: vm.datacentre, endpoint: vm.endpoint };
  const base = (kind: OperationKind, part?: number) => ({ id: operationId(vm.name, kind, part), vm: vm.name, place });
  const operations: Operation[] = [];
  const whole = found !== undefined && isWhole(found);
  if (found && !whole) {
    operations.push({ ...base('discard-partial'), kind: 'discard-partial', moref: found.moref });
  }
  const positions = whole
    ? taggedPositions(vm.nics, found.extraConfig[tagKeys.nics])
    : nicPositions(vm.nics, image?.nics ?? []);
  const imageSha256 = whole ? found.extraConfig[tagKeys.image] : image?.sha256;
  const addresses = whole ? found.extraConfig[tagKeys.addresses] : plannedAddresses(input.plan, vm).join(',');
  const tag = tagOf(input, vm, { imageSha256, nics: nicTag(vm.nics, positions), addresses });
  if (!whole && image) {
    operations.push({
      ...base('import-image'),
      kind: 'import-image',
      file: image.file,
      datastore: datastoreFor(vsphere, vm.disks[0]?.class ?? 'standard'),
      networks: mapNetworks(image, vm, positions, vsphere),
      properties: pick(guestProperties(input, vm), image.properties),
      annotation: annotationOf(input.plan, vm),
    });
  }
  const exists = whole ? found : undefined;
  const wrongHardware = exists?.vcpu !== vm.vcpu || exists.memoryMb !== vm.memoryGb * 1024;
  const stopped = exists?.poweredOn !== true;
  if (wrongHardware && stopped) {
    operations.push({
      ...base('configure'),
      kind: 'configure',
      vcpu: vm.vcpu,
      memoryMb: vm.memoryGb * 1024,
      extraConfig: { ...tag, [tagKeys.stage]: 'imported' },
    });
  }
  operations.push(...diskWork(vm, vsphere, exists, base));
  operations.push(...nicWork(vm, vsphere, positions, exists, base));
  const finished = { ...tag, [tagKeys.plan]: input.planDigest, [tagKeys.stage]: 'configured' };
  const tagged = exists && Object.entries(finished).every(([key, value]) => exists.extraConfig[key] === value);
  if (!tagged) operations.push({ ...base('tag'), kind: 'tag', extraConfig: finished });
  if (stopped) operations.push({ ...base('power-on'), kind: 'power-on' });
  return operations;
}

function pick(all: Readonly<Record<string, string>>, names: readonly string[]): Record<string, string> {
  return Object.fromEntries(Object.entries(all).filter(([name]) => names.includes(name)));
}

type Base = (kind: OperationKind, part?: number) => { id: string; vm: string; place: Place };

function diskWork(vm: PlannedVm, vsphere: VsphereSite, exists: SeenVm | undefined, base: Base): Operation[] {
  return vm.disks.flatMap((disk: PlannedDisk, position): Operation[] => {
    const datastore = datastoreFor(vsphere, disk.class);
    const found = exists?.disks[position];
    if (found === undefined && position > 0) {
      return [{ ...base('add-disk', position), kind: 'add-disk', disk: position, sizeGb: disk.sizeGb, datastore }];
    }
    if (found === undefined || found.capacityBytes < disk.sizeGb * bytesPerGb) {
      return [{ ...base('grow-disk', position), kind: 'grow-disk', disk: position, sizeGb: disk.sizeGb }];
    }
    return [];
  });
}

/** Whether an operation mends a difference: the others are drift. */
const mends = ({ what, part }: Difference, operation: Operation): boolean => {
  switch (operation.kind) {
    case 'configure':
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

/** A fresh import is read back too: an unknown network name can silently end on another port group. */
function nicWork(
  vm: PlannedVm,
  vsphere: VsphereSite,
  positions: readonly number[],
  exists: SeenVm | undefined,
  base: Base,
): Operation[] {
  return vm.nics.flatMap((nic, index): Operation[] => {
    const position = positions[index] ?? index;
    const portGroup = portGroupFor(vsphere, nic.network);
    if (exists?.nics[position]?.network === portGroup) return [];
    return [{ ...base('connect-nic', position), kind: 'connect-nic', nic: position, portGroup }];
  });
}

/** The VM behind a planned name, if there is one and it may be worked on. */
function ownFound(site: string, name: string, found: readonly FoundVm[]): Result<FoundVm | undefined> {
  const foreign = found.find(({ vm }) => !isOurs(site, vm));
  if (foreign) return fail(failure('preflight', 'deploy.foreign-vm', { vm: name, endpoint: foreign.endpoint.url }));
  if (found.length > 1) {
    const where = found.map(({ endpoint }) => endpoint.url).join(', ');
    return fail(failure('preflight', 'deploy.duplicate-vm', { vm: name, endpoints: where }));
  }
  return ok(found[0]);
}

/**
 * Plan against inventory. A VM that exists needs no image.
 *
 * Fails before anything is touched: `deploy.foreign-vm` when a VM of a planned name is not ours, `deploy.duplicate-vm`
 * when there are two of ours under one name, `deploy.unclear-vm` when one of ours lost its tag and may hold data,
 * `deploy.no-image` when the medium lacks an image, `deploy.not-vsphere` when the plan puts a VM where this tool cannot
 * deploy.
 */
export function reconcile(input: ReconcileInput): Result<Reconciliation> {
  const { plan } = input;
  const comparison = compareInventory(plan, input.datacentres, input.endpoints);
  const images = new Map(input.images.flatMap((image) => image.components.map((component) => [component, image])));
  const datacentres = new Map(input.datacentres.map((datacentre) => [datacentre.name, datacentre]));
  const drift: Drift[] = [];
  const done: string[] = [];
  const phases = new Map<PhaseName, VmWork[]>(phaseNames.map((name) => [name, []]));
  for (const { planned: vm, all, status, differences } of comparison.vms) {
    const own = ownFound(plan.site, vm.name, all);
    if (!own.ok) return own;
    const existing = own.value;
    // A VM of ours that runs on another host than planned stays where it is: its host is a choice, not a promise.
    const placed: PlannedVm = existing
      ? { ...vm, datacentre: existing.endpoint.datacentre, endpoint: existing.endpoint.endpoint }
      : vm;
    const { datacentre, endpoint } = placed;
    const vsphere = datacentres.get(datacentre)?.vsphere;
    if (vsphere === undefined) return fail(failure('input', 'deploy.not-vsphere', { vm: vm.name, datacentre }));
    const image = images.get(vm.component);
    if (existing === undefined || !isWhole(existing.vm)) {
      if (image === undefined) return fail(failure('input', 'deploy.no-image', { component: vm.component }));
      if (existing && !isPartial(existing.vm, image)) {
        return fail(failure('preflight', 'deploy.unclear-vm', { vm: vm.name, endpoint: existing.endpoint.url }));
      }
    }
    const operations = workFor(input, placed, vsphere, image, existing?.vm);
    for (const difference of differences) {
      if (operations.some((operation) => mends(difference, operation))) continue;
      const { what, planned, found: actual } = difference;
      drift.push({ vm: vm.name, what, planned, found: actual });
    }
    if (status === 'as-planned') done.push(vm.name);
    if (operations.length === 0) continue;
    const work = { vm: vm.name, component: vm.component, place: { datacentre, endpoint }, operations };
    phases.get(phaseFor(vm.component))?.push(work);
  }
  for (const { vm } of comparison.unplanned) {
    drift.push({ vm: vm.name, what: 'unplanned-vm', planned: '', found: vm.name });
  }
  const result = [...phases].map(([name, work]) => ({ name, work })).filter(({ work }) => work.length > 0);
  return ok({ phases: result, done, drift });
}

/** What a rollback removes: every VM that this site made and that still has its name, wherever it runs. */
export function ownedVms(site: string, endpoints: readonly SeenEndpoint[]): { place: Place; vm: SeenVm }[] {
  return [...vmsByName(endpoints).values()]
    .flat()
    .flatMap(({ vm, endpoint: { datacentre, endpoint } }) =>
      isOurs(site, vm) ? [{ place: { datacentre, endpoint }, vm }] : [],
    );
}
