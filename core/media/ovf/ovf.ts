import { readDisks, readFiles } from './disks.ts';
import type { OvfDisk, OvfFile } from './disks.ts';
import { readHardware } from './hardware.ts';
import type { OvfNic } from './hardware.ts';
import { readProducts } from './product.ts';
import type { OvfProperty } from './product.ts';
import { OvfNode, withoutSpace } from './node.ts';
import { checkShape } from './shape.ts';
import { refuse } from '../refusal.ts';
import { parseXml } from './xml.ts';

/**
 * The OVF descriptor, versions 1.x and 2.x. Sources: DSP0243 1.1.1 and 2.1.1, and the fields that govmomi reads. It
 * keeps only the fields for deployment and refuses fields that two readers could understand differently.
 */

export interface OvfDeploymentOption {
  readonly id: string;
  readonly label: string;
  readonly isDefault: boolean;
}

export interface Descriptor {
  readonly name: string;
  /** Virtual system id. */
  readonly id: string;
  /** 0 if the descriptor does not state it. */
  readonly vcpu: number;
  /** MiB; 0 if the descriptor does not state it. */
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

/**
 * Reads a descriptor; `member` is its file name. Throws refusals `media.xml-*` and `media.ovf-*`, each with the byte
 * of the descriptor.
 */
export function parseOvf(bytes: Uint8Array, member: string): Descriptor {
  const { root, byteAt } = parseXml(bytes, member);
  const envelope = new OvfNode(root, member, byteAt);
  if (envelope.name !== 'Envelope') envelope.refuse('ovf-envelope');
  if (envelope.children('VirtualSystemCollection').length > 0) envelope.refuse('ovf-collection');
  checkShape(root, (element, rule, params) => refuse(rule, { member, byte: byteAt(element.at) }, params));
  const system = envelope.child('VirtualSystem') ?? envelope.refuse('ovf-no-system');
  const files = readFiles(envelope);
  const deploymentOptions = readOptions(envelope);
  const disks = readDisks(envelope, files);
  const networks = readNetworks(envelope);
  const hardware = readHardware(system, { disks, networks, options: defaultFirst(deploymentOptions) });
  const operatingSystem = system.child('OperatingSystemSection');
  return {
    name: system.childText('Name') || system.attribute('id') || member,
    id: system.attribute('id') ?? '',
    vcpu: hardware.vcpu,
    memoryMb: hardware.memoryMb,
    disks: [...disks.values()],
    nics: hardware.nics,
    networks: [...networks],
    operatingSystem: operatingSystem?.attribute('osType') ?? operatingSystem?.attribute('id') ?? '',
    hardwareVersion: hardware.version,
    transports: hardware.transports,
    // Some tools write sections into the envelope. They are ignored, since govmomi does not read them.
    ...readProducts(system.children('ProductSection')),
    eulas: system.children('EulaSection').map((eula) => withoutSpace(eula.childText('License'))),
    deploymentOptions,
    files,
  };
}

function readNetworks(envelope: OvfNode): ReadonlySet<string> {
  const names = new Set<string>();
  for (const node of envelope.child('NetworkSection')?.children('Network') ?? []) {
    const name = node.attribute('name') ?? '';
    if (name === '' || names.has(name)) node.refuse('ovf-network', { network: name });
    names.add(name);
  }
  return names;
}

function readOptions(envelope: OvfNode): readonly OvfDeploymentOption[] {
  const options = new Map<string, OvfDeploymentOption>();
  for (const node of envelope.child('DeploymentOptionSection')?.children('Configuration') ?? []) {
    const id = node.attribute('id') ?? '';
    if (id === '' || options.has(id)) node.refuse('ovf-option', { id });
    options.set(id, { id, label: withoutSpace(node.childText('Label')), isDefault: node.flag('default') });
  }
  return [...options.values()];
}

/** The default option, or the first option if none is marked as default. */
function defaultFirst(options: readonly OvfDeploymentOption[]): ReadonlySet<string> {
  const chosen = options.find((option) => option.isDefault);
  return new Set([...(chosen === undefined ? [] : [chosen.id]), ...options.map(({ id }) => id)]);
}
