import { isPlainName } from '../names.ts';
import type { OvfNode } from './node.ts';
import { bytesPerDiskUnit } from './units.ts';

/** The files of a descriptor, and its virtual disks. */

export interface OvfFile {
  readonly id: string;
  readonly href: string;
  /** Bytes, if the descriptor states them. */
  readonly size?: number;
}

export interface OvfDisk {
  readonly id: string;
  /** Bytes. */
  readonly capacityBytes: number;
  /** Bytes per unit of the capacity; a capacity may be rounded up to it. */
  readonly capacityUnit: number;
  /** Undefined for an empty disk. */
  readonly fileHref?: string;
  readonly format: string;
}

/** Largest accepted disk, in bytes: 62 TB, vSphere's limit. */
const mostCapacity = 62 * 2 ** 40;

/** govc takes the first member with such a name for the descriptor or the manifest of the archive. */
const textMember = /\.(?:ovf|mf|cert)$/i;

/** Reads the references; throws refusals. */
export function readFiles(envelope: OvfNode): readonly OvfFile[] {
  const files: OvfFile[] = [];
  for (const node of envelope.child('References')?.children('File') ?? []) {
    const href = node.attribute('href') ?? '';
    const id = node.attribute('id') ?? '';
    if (!isPlainName(href) || textMember.test(href)) node.refuse('ovf-href', { href });
    if (id === '') node.refuse('ovf-file-id', { id });
    // Names that differ only in case are the same file on a Windows or Mac disk.
    const clash = files.find((file) => file.id === id || file.href.toLowerCase() === href.toLowerCase());
    if (clash !== undefined) node.refuse('ovf-file-duplicate', { href });
    if (node.attribute('chunkSize') !== undefined) node.refuse('ovf-chunks', { href });
    const compression = node.attribute('compression') ?? 'identity';
    if (compression !== '' && compression !== 'identity') node.refuse('ovf-compression', { href });
    const stated = (node.attribute('size') ?? '') !== '';
    files.push({ id, href, ...(stated ? { size: node.wholeNumber('size') } : {}) });
  }
  return files;
}

/** Reads the disks over `files`, by id; throws refusals. */
export function readDisks(envelope: OvfNode, files: readonly OvfFile[]): ReadonlyMap<string, OvfDisk> {
  const disks = new Map<string, OvfDisk>();
  const taken = new Set<string>();
  for (const node of envelope.child('DiskSection')?.children('Disk') ?? []) {
    const disk = readDisk(node, files);
    if (disk.id === '' || disks.has(disk.id)) node.refuse('ovf-disk-id', { id: disk.id });
    if (disk.fileHref !== undefined) {
      if (taken.has(disk.fileHref)) node.refuse('ovf-disk-shared', { id: disk.id, name: disk.fileHref });
      taken.add(disk.fileHref);
    }
    disks.set(disk.id, disk);
  }
  return disks;
}

function readDisk(node: OvfNode, files: readonly OvfFile[]): OvfDisk {
  const id = node.attribute('diskId') ?? '';
  if (node.attribute('parentRef') !== undefined) node.refuse('ovf-disk-parent', { id });
  const unitText = node.attribute('capacityAllocationUnits') ?? '';
  const unit = bytesPerDiskUnit(unitText);
  if (unit === undefined) return node.refuse('ovf-unit', { unit: unitText });
  const capacityBytes = node.wholeNumber('capacity') * unit;
  if (capacityBytes <= 0 || capacityBytes > mostCapacity) node.refuse('ovf-capacity', { id });
  const format = node.attribute('format') ?? '';
  const fileRef = node.attribute('fileRef') ?? '';
  const disk = { id, capacityBytes, capacityUnit: unit, format };
  if (fileRef === '') return disk;
  const file = files.find((candidate) => candidate.id === fileRef);
  if (file === undefined) return node.refuse('ovf-disk-file', { id, ref: fileRef });
  if (!/#streamoptimized$/i.test(format)) node.refuse('ovf-disk-format', { id, format });
  return { ...disk, fileHref: file.href };
}
