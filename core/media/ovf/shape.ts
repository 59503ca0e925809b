import type { MessageParams } from '../../base/errors.ts';
import { attributesNamed, isAmbiguous, isOvfElement, withoutSpace } from './node.ts';
import type { XmlElement } from './xml.ts';

/**
 * The fields that govmomi reads from a descriptor, and their types, to refuse values that it cannot read or reads
 * ambiguously. Source: govmomi 0.56 `ovf/envelope.go`, `cim.go` (names are local, the last of repeated elements wins, a
 * wrong type ends the reading); the limits on the number of elements are ours.
 */

type Value = 'text' | 'flag' | { readonly least: bigint; readonly most: bigint };

interface Shape {
  readonly attributes?: Readonly<Record<string, Value>>;
  readonly children?: Readonly<Record<string, Child>>;
  /** Type of the element's text; `text` if absent. */
  readonly value?: Value;
}

interface Child {
  readonly shape: Shape;
  /** Largest number of such elements. */
  readonly most: number;
  /** The element is in VMware's namespace. */
  readonly foreign?: boolean;
}

const unsigned = (bits: number): Value => ({ least: 0n, most: 2n ** BigInt(bits) - 1n });
const signed = (bits: number): Value => ({ least: -(2n ** BigInt(bits - 1)), most: 2n ** BigInt(bits - 1) - 1n });

const one = (shape: Shape): Child => ({ shape, most: 1 });
const many = (most: number, shape: Shape): Child => ({ shape, most });
const vendor = (most: number, shape: Shape): Child => ({ shape, most, foreign: true });
const record = <T>(value: T, names: string): Readonly<Record<string, T>> =>
  Object.fromEntries(names.split(' ').map((name) => [name, value]));
const texts = (names: string): Readonly<Record<string, Value>> => record('text', names);
const fields = (value: Value, names: string): Readonly<Record<string, Child>> => record(one({ value }), names);

/** A section with its `Info` element, attributes and children. */
const section = ({ attributes = {}, children = {} }: Shape): Child =>
  one({
    attributes: { required: 'flag', ...attributes },
    children: { ...fields('text', 'Info'), ...children },
  });
const sections = (shape: Shape): Child => ({ ...section(shape), most: 256 });

const settings: Shape = { attributes: { required: 'flag', ...texts('key value') } };

const item: Shape = {
  attributes: { required: 'flag', ...texts('configuration bound') },
  children: {
    ...fields('text', 'ElementName InstanceID OtherResourceType ResourceSubType AddressOnParent Address Caption'),
    ...fields('text', 'AllocationUnits Connection Description Parent PoolID VirtualQuantityUnits'),
    ...fields('flag', 'AutomaticAllocation AutomaticDeallocation'),
    ...fields(unsigned(16), 'ResourceType ConsumerVisibility'),
    ...fields(unsigned(64), 'Limit MappingBehavior Reservation VirtualQuantity Weight'),
    HostResource: many(64, {}),
    Config: vendor(256, settings),
    CoresPerSocket: vendor(1, { attributes: { required: 'flag' }, value: signed(32) }),
  },
};

const storageItem: Shape = {
  attributes: item.attributes ?? {},
  children: {
    ...item.children,
    ...fields('text', 'ConfigurationName HostExtentName OtherHostExtentNameFormat OtherHostExtentNameNamespace'),
    ...fields('text', 'SoID SoOrgID'),
    ...fields(unsigned(16), 'Access ChangeableType HostExtentNameFormat HostExtentNameNamespace'),
    ...fields(unsigned(64), 'Generation HostExtentStartingAddress HostResourceBlockSize VirtualResourceBlockSize'),
  },
};

const systemSettings: Shape = {
  children: {
    ...fields('text', 'ElementName InstanceID Caption ConfigurationDataRoot ConfigurationFile ConfigurationID'),
    ...fields('text', 'CreationTime Description LogDataRoot RecoveryFile SnapshotDataRoot SuspendDataRoot'),
    ...fields('text', 'SwapFileDataRoot VirtualSystemIdentifier VirtualSystemType'),
    ...fields(unsigned(8), 'AutomaticRecoveryAction AutomaticShutdownAction AutomaticStartupAction'),
    ...fields(unsigned(16), 'AutomaticStartupActionSequenceNumber'),
  },
};

const hardware: Shape = {
  attributes: texts('id transport'),
  children: {
    System: one(systemSettings),
    Item: many(1024, item),
    StorageItem: many(1024, storageItem),
    EthernetPortItem: many(1024, item),
    Config: vendor(1024, settings),
    ExtraConfig: vendor(1024, settings),
  },
};

const property: Shape = {
  attributes: {
    ...texts('key type value configuration'),
    userConfigurable: 'flag',
    password: 'flag',
  },
  children: {
    ...fields('text', 'Label Description'),
    Value: many(256, { attributes: texts('value configuration') }),
  },
};

const product: Shape = {
  attributes: texts('class instance'),
  children: {
    ...fields('text', 'Product Vendor Version FullVersion ProductUrl VendorUrl AppUrl'),
    Property: many(4096, property),
  },
};

const system: Shape = {
  attributes: texts('id'),
  children: {
    ...fields('text', 'Info Name'),
    AnnotationSection: section({ children: fields('text', 'Annotation') }),
    ProductSection: sections(product),
    EulaSection: sections({ children: fields('text', 'License') }),
    OperatingSystemSection: section({
      attributes: { id: signed(16), ...texts('version osType') },
      children: fields('text', 'Description'),
    }),
    VirtualHardwareSection: section(hardware),
  },
};

const file: Shape = {
  attributes: { ...texts('id href compression'), size: unsigned(64), chunkSize: signed(64) },
};

const disk: Shape = {
  attributes: {
    ...texts('diskId fileRef capacity capacityAllocationUnits format parentRef'),
    populatedSize: signed(64),
  },
};

const option: Shape = {
  attributes: { ...texts('id'), default: 'flag' },
  children: fields('text', 'Label Description'),
};

const network: Shape = { attributes: texts('name'), children: fields('text', 'Description') };

const envelope: Shape = {
  children: {
    References: one({ children: { File: many(64, file) } }),
    DiskSection: section({ children: { Disk: many(256, disk) } }),
    NetworkSection: section({ children: { Network: many(512, network) } }),
    DeploymentOptionSection: section({ children: { Configuration: many(256, option) } }),
    VirtualSystem: one(system),
  },
};

type Refuse = (element: XmlElement, rule: string, params: MessageParams) => never;

/**
 * Checks an envelope against the shape that govmomi reads. `refuse` gets the faulty element and `ovf-attribute-twice`,
 * `ovf-twice`, `ovf-many`, `ovf-namespace`, `ovf-number` or `ovf-value`.
 */
export function checkShape(root: XmlElement, refuse: Refuse): void {
  check(root, envelope, refuse);
}

function check(element: XmlElement, { attributes = {}, children = {}, value = 'text' }: Shape, refuse: Refuse): void {
  for (const [name, kind] of Object.entries(attributes)) {
    const found = attributesNamed(element, name);
    if (isAmbiguous(found)) refuse(element, 'ovf-attribute-twice', { attribute: name });
    if (found[0] !== undefined) checkValue(found[0].value, kind, (rule, text) => refuse(element, rule, text(name)));
  }
  checkValue(element.text, value, (rule, text) => refuse(element, rule, text(element.name)));
  const counts = new Map<string, number>();
  for (const child of element.children) {
    if (!Object.hasOwn(children, child.name)) continue;
    const known = children[child.name];
    if (known === undefined) continue;
    if (known.foreign !== true && !isOvfElement(child)) refuse(child, 'ovf-namespace', { element: child.name });
    const count = (counts.get(child.name) ?? 0) + 1;
    counts.set(child.name, count);
    if (count > known.most) {
      refuse(child, known.most === 1 ? 'ovf-twice' : 'ovf-many', { element: child.name, most: known.most });
    }
    check(child, known.shape, refuse);
  }
}

/**
 * Empty counts as zero and as false. Numbers are plain decimals, since readers differ on a plus sign or a leading zero.
 */
function checkValue(
  text: string,
  kind: Value,
  refuse: (rule: string, params: (field: string) => MessageParams) => never,
): void {
  if (kind === 'text' || text === '') return;
  const value = withoutSpace(text);
  if (kind === 'flag') {
    if (!flags.test(value)) refuse('ovf-value', (field) => ({ field, value: text }));
  } else if (!plainDecimal.test(value) || BigInt(value) > kind.most || BigInt(value) < kind.least) {
    refuse('ovf-number', (field) => ({ field, value: text }));
  }
}

const plainDecimal = /^(?:0|-?[1-9][0-9]{0,19})$/;

/** Booleans on which XML Schema and Go's ParseBool agree, in the spellings of real tools. */
const flags = /^(?:true|True|TRUE|1|false|False|FALSE|0)$/;
