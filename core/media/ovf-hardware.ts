import { bytesPerUnit } from './ovf-units.ts';
import type { OvfNode } from './ovf-node.ts';

/** The virtual hardware of a descriptor: CIM resource types 3 (CPU), 4 (memory), 10 (NIC), 17 and 31 (disks). */

export interface OvfNic {
  /** Empty for a NIC that is not connected. */
  readonly network: string;
  readonly type: string;
}

export interface Hardware {
  /** 0 when the descriptor does not say. */
  readonly vcpu: number;
  /** 0 when the descriptor does not say. */
  readonly memoryMb: number;
  readonly nics: readonly OvfNic[];
  readonly diskIds: readonly string[];
  readonly version: string;
  readonly transports: readonly string[];
}

const diskHostResource = /^(?:ovf:)?\/disk\/(.+)$/;

/**
 * Reads the one hardware section of `system`. Items that belong to a deployment option count only for
 * `defaultOption`, items with a bound (min, max) never do.
 */
export function readHardware(system: OvfNode, defaultOption: string | undefined): Hardware {
  const section = system.child('VirtualHardwareSection') ?? system.refuse('ovf-hardware');
  const items = ['Item', 'StorageItem', 'EthernetPortItem']
    .flatMap((name) => section.children(name))
    .filter((item) => applies(item, defaultOption));
  const ofType = (...types: readonly string[]): readonly OvfNode[] =>
    items.filter((item) => types.includes(item.childText('ResourceType')));
  return {
    vcpu: quantity(ofType('3'), 'ovf-cpu'),
    memoryMb: memory(ofType('4')),
    nics: ofType('10').map((item) => ({
      network: item.childText('Connection'),
      type: item.childText('ResourceSubType'),
    })),
    diskIds: ofType('17', '31').flatMap((item) =>
      item.children('HostResource').flatMap((host) => diskHostResource.exec(host.text)?.[1] ?? []),
    ),
    version: section.child('System')?.childText('VirtualSystemType') ?? '',
    transports: (section.attribute('transport') ?? '').split(/\s+/).filter((name) => name !== ''),
  };
}

function applies(item: OvfNode, option: string | undefined): boolean {
  const bound = item.attribute('bound');
  if (bound !== undefined && bound !== 'normal') return false;
  const configurations = item.attribute('configuration')?.split(/\s+/);
  return configurations === undefined || (option !== undefined && configurations.includes(option));
}

/** Later items win: an item of the chosen option follows the one for all (DSP0243, 9.8). */
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
  const unit = bytesPerUnit(unitText);
  if (unit === undefined) return item.refuse('ovf-unit', { unit: unitText });
  const megabytes = (quantity(items, 'ovf-memory') * unit) / 2 ** 20;
  return Number.isInteger(megabytes) ? megabytes : item.refuse('ovf-memory');
}
