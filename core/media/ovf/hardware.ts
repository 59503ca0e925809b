import type { OvfDisk } from './disks.ts';
import type { OvfNode } from './node.ts';
import { bytesPerMemoryUnit } from './units.ts';

/** The virtual hardware of a descriptor: CIM resource types 3 (CPU), 4 (memory), 10 (NIC), 17 and 31 (disks). */

export interface OvfNic {
  /** Empty for an unconnected NIC. */
  readonly network: string;
  readonly type: string;
}

export interface Hardware {
  /** 0 if the descriptor does not state it. */
  readonly vcpu: number;
  /** 0 if the descriptor does not state it. */
  readonly memoryMb: number;
  readonly nics: readonly OvfNic[];
  readonly version: string;
  readonly transports: readonly string[];
}

/** The descriptor's other declarations, to which hardware items refer. */
export interface Declared {
  readonly networks: ReadonlySet<string>;
  /** By id. */
  readonly disks: ReadonlyMap<string, OvfDisk>;
  /** Deployment options by id, the default one first. */
  readonly options: ReadonlySet<string>;
}

const types = { cpu: 3, memory: 4, nic: 10, diskDrive: 17, logicalDisk: 31 } as const;
const bounds = new Set(['normal', 'min', 'max']);
const diskHostResource = /^(?:ovf:\/{1,2}|\/)disk\/(.+)$/;

/**
 * Reads the one hardware section of `system`. Items of a deployment option count only for the default option; items
 * with a bound (min, max) never count. NICs and drives must refer to declared networks and disks.
 */
export function readHardware(system: OvfNode, declared: Declared): Hardware {
  const section = system.child('VirtualHardwareSection') ?? system.refuse('ovf-hardware');
  const items = ['Item', 'StorageItem', 'EthernetPortItem']
    .flatMap((name) => section.children(name))
    .filter((item) => applies(item, declared.options))
    .map((item) => ({ item, type: item.childNumber('ResourceType') }));
  const ofType = (...wanted: readonly number[]): readonly OvfNode[] =>
    items.filter(({ type }) => wanted.includes(type)).map(({ item }) => item);
  checkDrives(ofType(types.diskDrive, types.logicalDisk), declared);
  return {
    vcpu: quantity(ofType(types.cpu), 'ovf-cpu'),
    memoryMb: memory(ofType(types.memory)),
    nics: ofType(types.nic).map((item) => readNic(item, declared)),
    version: section.child('System')?.childText('VirtualSystemType') ?? '',
    transports: (section.attribute('transport') ?? '').split(/\s+/).filter((name) => name !== ''),
  };
}

function applies(item: OvfNode, options: ReadonlySet<string>): boolean {
  const bound = item.attribute('bound') ?? 'normal';
  if (!bounds.has(bound)) item.refuse('ovf-value', { field: 'bound', value: bound });
  const names = item.attribute('configuration')?.split(/\s+/);
  const unknown = names?.find((name) => !options.has(name));
  if (unknown !== undefined) item.refuse('ovf-value', { field: 'configuration', value: unknown });
  const [chosen] = options;
  return bound === 'normal' && (names === undefined || (chosen !== undefined && names.includes(chosen)));
}

/** A NIC on an undeclared network would get an arbitrary port group. */
function readNic(item: OvfNode, { networks }: Declared): OvfNic {
  const network = item.childText('Connection');
  if (network !== '' && !networks.has(network)) item.refuse('ovf-nic-network', { network });
  return { network, type: item.childText('ResourceSubType') };
}

/**
 * Each drive has at most one disk of the descriptor, and a disk with a file is in one drive. An empty disk may be in
 * several drives, each with its own copy, as in vCenter's appliance.
 */
function checkDrives(drives: readonly OvfNode[], { disks }: Declared): void {
  const used = new Set<string>();
  for (const drive of drives) {
    const resource = drive.childText('HostResource');
    if (resource === '') continue;
    const id = diskHostResource.exec(resource)?.[1] ?? drive.refuse('ovf-drive', { resource });
    const disk = disks.get(id) ?? drive.refuse('ovf-disk-unknown', { id });
    if (disk.fileHref !== undefined && used.has(id)) drive.refuse('ovf-disk-twice', { id });
    used.add(id);
  }
}

/** Later items win: an item of the chosen option follows the common item (DSP0243, 9.8). */
function quantity(items: readonly OvfNode[], rule: string): number {
  const item = items[items.length - 1];
  if (item === undefined) return 0;
  const value = item.childNumber('VirtualQuantity');
  return value > 0 && value <= 100_000_000_000_000 ? value : item.refuse(rule);
}

function memory(items: readonly OvfNode[]): number {
  const item = items[items.length - 1];
  if (item === undefined) return 0;
  const unitText = item.childText('AllocationUnits') || 'MegaBytes';
  const unit = bytesPerMemoryUnit(unitText);
  if (unit === undefined) return item.refuse('ovf-unit', { unit: unitText });
  const megabytes = (quantity(items, 'ovf-memory') * unit) / 2 ** 20;
  return Number.isInteger(megabytes) ? megabytes : item.refuse('ovf-memory');
}
