/**
 * Reconciliation: the plan and the inventory go in, the operations that are still missing come out. Nothing here
 * touches anything. A second run, a resume after a crash, the retry of one VM, the preview and the drift report are
 * all this function; what it returns is what runs.
 */
import { failure, fail, ok, type Result } from './errors.ts';
import type { ImageFacts, SeenEndpoint, SeenVm } from './facts.ts';
import { networkIn, nicPositions, nicTag, taggedPositions } from './nic-order.ts';
import type { DiskClass, NetworkName, Plan, PlannedDisk, PlannedVm } from './plan-model.ts';
import type { Datacentre, VsphereSite } from './site/schema.ts';

/** 1 GB of the domain's tables is what vSphere shows as 1 GB: 2^30 bytes. */
export const bytesPerGb = 1024 ** 3;

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
  readonly what:
    | 'vcpu'
    | 'memory'
    | 'disk-size'
    | 'disk-datastore'
    | 'network'
    | 'extra-disk'
    | 'unplanned-vm'
    | 'powered-off';
  readonly planned: string;
  readonly found: string;
}

export interface Reconciliation {
  readonly phases: readonly Phase[];
  /** VMs that are as planned. */
  readonly done: readonly string[];
  readonly drift: readonly Drift[];
}

/** Keys of the tag in a VM's `extraConfig`. */
export const tagKeys = {
  site: 'rainbow-edge.site',
  component: 'rainbow-edge.component',
  vm: 'rainbow-edge.vm',
  plan: 'rainbow-edge.plan',
  image: 'rainbow-edge.image',
  /** Only where the adapters of the image are in another order than the plan's. */
  nics: 'rainbow-edge.nics',
  /** Addresses of the VM and of the VIPs that it shares, separated by commas. VMs of earlier versions have none. */
  addresses: 'rainbow-edge.addresses',
  stage: 'rainbow-edge.stage',
} as const;

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
 * The annotation that a VM carries from the first moment of its import (vSphere takes it with the import itself),
 * so that a VM whose import was interrupted is known to be ours.
 */
export const annotationOf = (plan: Plan, vm: PlannedVm): string =>
  `rainbow-edge-installer site=${plan.site} vm=${vm.name} component=${vm.component}`;

/** It carries this site's tag or annotation: ours, or a copy of ours under another name. */
const carriesSite = (site: string, vm: SeenVm): boolean =>
  vm.extraConfig[tagKeys.site] === site || vm.annotation.startsWith(`rainbow-edge-installer site=${site} vm=`);

/** Ours: the tag or, before the tag, the annotation names this site and this VM. A clone under another name is not. */
export function isOurs(site: string, vm: SeenVm): boolean {
  const { [tagKeys.site]: taggedSite, [tagKeys.vm]: taggedVm } = vm.extraConfig;
  if (taggedSite !== undefined) return taggedSite === site && taggedVm === vm.name;
  return vm.annotation.startsWith(`rainbow-edge-installer site=${site} vm=${vm.name} `);
}

/** Its import came to an end: the tag comes with the first change after it. */
export const isWhole = (vm: SeenVm): boolean => vm.extraConfig[tagKeys.stage] !== undefined;

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

/** The addresses that a VM gets at its import, and those of the VIPs that it shares. */
const plannedAddresses = ({ vips }: Plan, { name, nics }: PlannedVm): string =>
  [
    ...nics.flatMap(({ addresses }) => addresses),
    ...vips.filter(({ members }) => members.includes(name)).map(({ address }) => address),
  ].join(',');

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
  drift: Drift[],
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
  const addresses = whole ? found.extraConfig[tagKeys.addresses] : plannedAddresses(input.plan, vm);
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
  } else if (exists && wrongHardware) {
    if (exists.vcpu !== vm.vcpu)
      drift.push({ vm: vm.name, what: 'vcpu', planned: `${vm.vcpu}`, found: `${exists.vcpu}` });
    if (exists.memoryMb !== vm.memoryGb * 1024) {
      drift.push({ vm: vm.name, what: 'memory', planned: `${vm.memoryGb} GB`, found: `${exists.memoryMb / 1024} GB` });
    }
  }
  operations.push(...diskWork(vm, vsphere, exists, base, drift));
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

function diskWork(
  vm: PlannedVm,
  vsphere: VsphereSite,
  exists: SeenVm | undefined,
  base: Base,
  drift: Drift[],
): Operation[] {
  const operations = vm.disks.flatMap((disk: PlannedDisk, position): Operation[] => {
    const datastore = datastoreFor(vsphere, disk.class);
    const found = exists?.disks[position];
    if (found === undefined && position > 0) {
      return [{ ...base('add-disk', position), kind: 'add-disk', disk: position, sizeGb: disk.sizeGb, datastore }];
    }
    if (found && found.datastore !== datastore) {
      drift.push({ vm: vm.name, what: 'disk-datastore', planned: datastore, found: found.datastore });
    }
    if (found === undefined || found.capacityBytes < disk.sizeGb * bytesPerGb) {
      return [{ ...base('grow-disk', position), kind: 'grow-disk', disk: position, sizeGb: disk.sizeGb }];
    }
    if (found.capacityBytes > disk.sizeGb * bytesPerGb) {
      const size = `${Math.round(found.capacityBytes / bytesPerGb)} GB`;
      drift.push({ vm: vm.name, what: 'disk-size', planned: `${disk.sizeGb} GB`, found: size });
    }
    return [];
  });
  const extra = (exists?.disks.length ?? 0) - vm.disks.length;
  if (extra > 0) drift.push({ vm: vm.name, what: 'extra-disk', planned: '0', found: `${extra}` });
  return operations;
}

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

type Found = { readonly vm: SeenVm; readonly endpoint: SeenEndpoint };

/** Every VM that was seen, by name. Two data centres of one vCenter see the same VMs: each counts once. */
function vmsByName(endpoints: readonly SeenEndpoint[]): Map<string, Found[]> {
  const seen = new Map<string, Found[]>();
  for (const endpoint of endpoints) {
    for (const vm of endpoint.vms) {
      const list = seen.get(vm.name) ?? [];
      if (list.some((one) => one.vm.moref === vm.moref && one.endpoint.url === endpoint.url)) continue;
      seen.set(vm.name, [...list, { vm, endpoint }]);
    }
  }
  return seen;
}

/** The VM behind a planned name, if there is one and it may be worked on. */
function ownFound(site: string, name: string, here: readonly Found[]): Result<Found | undefined> {
  const foreign = here.find(({ vm }) => !isOurs(site, vm));
  if (foreign) return fail(failure('preflight', 'deploy.foreign-vm', { vm: name, endpoint: foreign.endpoint.url }));
  if (here.length > 1) {
    const where = here.map(({ endpoint }) => endpoint.url).join(', ');
    return fail(failure('preflight', 'deploy.duplicate-vm', { vm: name, endpoints: where }));
  }
  return ok(here[0]);
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
  const seen = vmsByName(input.endpoints);
  const images = new Map(input.images.flatMap((image) => image.components.map((component) => [component, image])));
  const datacentres = new Map(input.datacentres.map((datacentre) => [datacentre.name, datacentre]));
  const drift: Drift[] = [];
  const done: string[] = [];
  const phases = new Map<PhaseName, VmWork[]>(phaseNames.map((name) => [name, []]));
  for (const vm of plan.vms) {
    const own = ownFound(plan.site, vm.name, seen.get(vm.name) ?? []);
    if (!own.ok) return own;
    const found = own.value;
    // A VM of ours that runs on another host than planned stays where it is: its host is a choice, not a promise.
    const placed: PlannedVm = found
      ? { ...vm, datacentre: found.endpoint.datacentre, endpoint: found.endpoint.endpoint }
      : vm;
    const { datacentre, endpoint } = placed;
    const vsphere = datacentres.get(datacentre)?.vsphere;
    if (vsphere === undefined) return fail(failure('input', 'deploy.not-vsphere', { vm: vm.name, datacentre }));
    const image = images.get(vm.component);
    if (found === undefined || !isWhole(found.vm)) {
      if (image === undefined) return fail(failure('input', 'deploy.no-image', { component: vm.component }));
      if (found && !isPartial(found.vm, image)) {
        return fail(failure('preflight', 'deploy.unclear-vm', { vm: vm.name, endpoint: found.endpoint.url }));
      }
    }
    const operations = workFor(input, placed, vsphere, image, found?.vm, drift);
    if (operations.length === 0) {
      done.push(vm.name);
      continue;
    }
    const work = { vm: vm.name, component: vm.component, place: { datacentre, endpoint }, operations };
    phases.get(phaseFor(vm.component))?.push(work);
  }
  const planned = new Set(plan.vms.map(({ name }) => name));
  for (const { vm } of [...seen.values()].flat()) {
    if (!planned.has(vm.name) && carriesSite(plan.site, vm)) {
      drift.push({ vm: vm.name, what: 'unplanned-vm', planned: '', found: vm.name });
    }
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
