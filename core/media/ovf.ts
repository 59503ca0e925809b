import { isPlainName, printableName } from './names.ts';
import { bytesPerUnit } from './ovf-units.ts';
import { readHardware } from './ovf-hardware.ts';
import type { Hardware, OvfNic } from './ovf-hardware.ts';
import { readProducts } from './ovf-product.ts';
import type { OvfProperty } from './ovf-product.ts';
import { OvfNode } from './ovf-node.ts';
import { parseXml } from './xml.ts';

/**
 * The OVF descriptor, versions 1.x and 2.x. Sources: DSP0243 1.1.1 and 2.1.1, and the fields that govmomi's reader
 * takes. Only what deployment needs is kept; what two readers could understand differently is refused.
 */

export interface OvfFile {
  readonly id: string;
  readonly href: string;
  /** Bytes, when the descriptor states them. */
  readonly size?: number;
}

export interface OvfDisk {
  readonly id: string;
  /** Bytes. */
  readonly capacityBytes: number;
  /** Bytes per unit that the capacity is given in; a capacity may be rounded up to it. */
  readonly capacityUnit: number;
  /** Undefined for a disk that starts empty. */
  readonly fileHref?: string;
  readonly format: string;
}

export interface OvfDeploymentOption {
  readonly id: string;
  readonly label: string;
  readonly isDefault: boolean;
}

export interface Descriptor {
  readonly name: string;
  /** Virtual system id. */
  readonly id: string;
  /** 0 when the descriptor does not say. */
  readonly vcpu: number;
  /** MiB; 0 when the descriptor does not say. */
  readonly memoryMb: number;
  readonly disks: readonly OvfDisk[];
  readonly nics: readonly OvfNic[];
  readonly networks: readonly string[];
  readonly properties: readonly OvfProperty[];
  readonly operatingSystem: string;
  readonly hardwareVersion: string;
  readonly transports: readonly string[];
  readonly eulas: readonly string[];
  readonly deploymentOptions: readonly OvfDeploymentOption[];
  readonly product: { readonly name: string; readonly vendor: string; readonly version: string };
  readonly files: readonly OvfFile[];
}

/** Largest disk that is accepted, in bytes: 62 TB, vSphere's own limit. */
const mostCapacity = 62 * 2 ** 40;
const mostFiles = 64;

/**
 * Reads a descriptor; `member` is its file name. Throws refusals `media.xml-*` and `media.ovf-*`, each with the byte
 * of the descriptor.
 */
export function parseOvf(bytes: Uint8Array, member: string): Descriptor {
  const document = parseXml(bytes, member);
  const envelope = new OvfNode(document.root, member, document.byteAt);
  if (envelope.name !== 'Envelope') envelope.refuse('ovf-envelope');
  if (envelope.child('VirtualSystemCollection') !== undefined) envelope.refuse('ovf-collection');
  const system = envelope.child('VirtualSystem') ?? envelope.refuse('ovf-no-system');
  const files = readFiles(envelope);
  const options = readOptions(envelope);
  const disks = readDisks(envelope, files);
  const networks = readNetworks(envelope);
  const defaultOption = (options.find((option) => option.isDefault) ?? options[0])?.id;
  const hardware = readHardware(system, defaultOption);
  checkNics(system, hardware, networks);
  checkDiskUse(system, hardware, disks);
  const products = readProducts([...envelope.children('ProductSection'), ...system.children('ProductSection')]);
  const operatingSystem = system.child('OperatingSystemSection');
  return {
    name: system.childText('Name') || system.attribute('id') || member,
    id: system.attribute('id') ?? '',
    vcpu: hardware.vcpu,
    memoryMb: hardware.memoryMb,
    disks,
    nics: hardware.nics,
    networks,
    properties: products.properties,
    operatingSystem: operatingSystem?.attribute('osType') ?? operatingSystem?.attribute('id') ?? '',
    hardwareVersion: hardware.version,
    transports: hardware.transports,
    eulas: [...envelope.children('EulaSection'), ...system.children('EulaSection')].map((eula) =>
      eula.childText('License'),
    ),
    deploymentOptions: options,
    product: products.product,
    files,
  };
}

function readFiles(envelope: OvfNode): readonly OvfFile[] {
  const nodes = envelope.child('References')?.children('File') ?? [];
  if (nodes.length > mostFiles) envelope.refuse('ovf-files', { most: mostFiles });
  const files: OvfFile[] = [];
  for (const node of nodes) {
    const href = node.attribute('href') ?? '';
    const id = node.attribute('id') ?? '';
    if (!isPlainName(href)) node.refuse('ovf-href', { href: printableName(href) });
    if (id === '') node.refuse('ovf-file-id', { id });
    // Names that differ only in case are one file on the technician's disk.
    const clash = files.find((file) => file.id === id || file.href.toLowerCase() === href.toLowerCase());
    if (clash !== undefined) node.refuse('ovf-file-duplicate', { href: printableName(href) });
    if (node.attribute('chunkSize') !== undefined) node.refuse('ovf-chunks', { href });
    const compression = node.attribute('compression') ?? 'identity';
    if (compression !== '' && compression !== 'identity') node.refuse('ovf-compression', { href });
    const size = node.attribute('size');
    files.push({ id, href, ...(size === undefined ? {} : { size: node.wholeNumber('size') }) });
  }
  return files;
}

function readDisks(envelope: OvfNode, files: readonly OvfFile[]): readonly OvfDisk[] {
  const disks: OvfDisk[] = [];
  for (const node of envelope.child('DiskSection')?.children('Disk') ?? []) {
    const id = node.attribute('diskId') ?? '';
    if (id === '' || disks.some((disk) => disk.id === id)) node.refuse('ovf-disk-id', { id: printableName(id) });
    if (node.attribute('parentRef') !== undefined) node.refuse('ovf-disk-parent', { id });
    const unit = bytesPerUnit(node.attribute('capacityAllocationUnits') ?? 'byte');
    if (unit === undefined) return node.refuse('ovf-unit', { unit: node.attribute('capacityAllocationUnits') ?? '' });
    const capacityBytes = node.wholeNumber('capacity') * unit;
    if (capacityBytes <= 0 || capacityBytes > mostCapacity) node.refuse('ovf-capacity', { id });
    const format = node.attribute('format') ?? '';
    const fileRef = node.attribute('fileRef') || undefined;
    const disk = { id, capacityBytes, capacityUnit: unit, format };
    if (fileRef === undefined) {
      disks.push(disk);
      continue;
    }
    const file = files.find((candidate) => candidate.id === fileRef);
    if (file === undefined) return node.refuse('ovf-disk-file', { id, ref: printableName(fileRef) });
    if (disks.some((other) => other.fileHref === file.href)) node.refuse('ovf-disk-shared', { id, name: file.href });
    if (!/#streamoptimized$/i.test(format)) node.refuse('ovf-disk-format', { id, format: printableName(format) });
    disks.push({ ...disk, fileHref: file.href });
  }
  return disks;
}

function readNetworks(envelope: OvfNode): readonly string[] {
  const names: string[] = [];
  for (const node of envelope.child('NetworkSection')?.children('Network') ?? []) {
    const name = node.attribute('name') ?? '';
    if (name === '' || names.includes(name)) node.refuse('ovf-network', { network: printableName(name) });
    names.push(name);
  }
  return names;
}

function readOptions(envelope: OvfNode): readonly OvfDeploymentOption[] {
  const options: OvfDeploymentOption[] = [];
  for (const node of envelope.child('DeploymentOptionSection')?.children('Configuration') ?? []) {
    const id = node.attribute('id') ?? '';
    if (id === '' || options.some((option) => option.id === id)) node.refuse('ovf-option', { id: printableName(id) });
    options.push({ id, label: node.childText('Label'), isDefault: node.flag('default') });
  }
  return options;
}

/** A NIC on a network that the descriptor does not declare ends up on a port group nobody chose. */
function checkNics(system: OvfNode, hardware: Hardware, networks: readonly string[]): void {
  for (const nic of hardware.nics) {
    if (nic.network !== '' && !networks.includes(nic.network))
      system.refuse('ovf-nic-network', { network: printableName(nic.network) });
  }
}

function checkDiskUse(system: OvfNode, hardware: Hardware, disks: readonly OvfDisk[]): void {
  for (const id of hardware.diskIds) {
    if (!disks.some((disk) => disk.id === id)) system.refuse('ovf-disk-unknown', { id: printableName(id) });
  }
}
