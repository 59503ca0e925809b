/**
 * Stores a VM's owner in keys of its `extraConfig`. Before these are written, the annotation that the import sets
 * identifies the VM, also after an interrupted import.
 */
import { type Owner, type OwnerStage, ownerStages } from '../inventory.ts';

export const tagKeys = {
  site: 'rainbow-edge.site',
  component: 'rainbow-edge.component',
  vm: 'rainbow-edge.vm',
  plan: 'rainbow-edge.plan',
  image: 'rainbow-edge.image',
  nics: 'rainbow-edge.nics',
  addresses: 'rainbow-edge.addresses',
  stage: 'rainbow-edge.stage',
  wireguard: 'rainbow-edge.wireguard',
  sealed: 'rainbow-edge.sealed',
  bootstrapKey: 'rainbow-edge.ssh-key',
} as const;

/** Stored values of the stage, the same in every version. */
const stages: Readonly<Record<OwnerStage, string>> = {
  created: 'imported',
  configured: 'configured',
  'handed-over': 'handed-over',
  sealed: 'sealed',
};

/** A value that no version writes counts as `created`: the machine is whole. */
const stageOf = (stored: string): OwnerStage => ownerStages.find((stage) => stages[stage] === stored) ?? 'created';

export const annotationOf = ({ site, machine, component }: Owner): string =>
  `rainbow-edge-installer site=${site} vm=${machine} component=${component}`;

/** The owner as `extraConfig` keys and values. */
export function tagOf({
  site,
  component,
  machine,
  stage,
  plan,
  image,
  nics,
  addresses,
  wireguardKey,
  sealedAt,
  bootstrapKey,
}: Owner): Record<string, string> {
  return {
    ...(addresses === undefined ? {} : { [tagKeys.addresses]: addresses.join(',') }),
    [tagKeys.site]: site,
    [tagKeys.component]: component,
    [tagKeys.vm]: machine,
    ...(image === undefined ? {} : { [tagKeys.image]: image }),
    ...(nics === undefined ? {} : { [tagKeys.nics]: nics.join(',') }),
    ...(plan === undefined ? {} : { [tagKeys.plan]: plan }),
    ...(wireguardKey === undefined ? {} : { [tagKeys.wireguard]: wireguardKey }),
    ...(sealedAt === undefined ? {} : { [tagKeys.sealed]: sealedAt }),
    ...(stage === undefined ? {} : { [tagKeys.stage]: stages[stage] }),
    ...(bootstrapKey === undefined ? {} : { [tagKeys.bootstrapKey]: bootstrapKey }),
  };
}

/** The parts of a VM that tell its owner. */
export interface TaggedVm {
  readonly annotation: string;
  readonly extraConfig: Readonly<Record<string, string>>;
  /** Guest properties of the import, as vCenter keeps them; ESXi does not. */
  readonly properties?: Readonly<Record<string, string>>;
}

const splitList = (text: string): string[] => text.split(',').map((one) => one.trim());

/** The owner of a VM, from its tag or else from its annotation. Undefined if this product did not make it. */
export function ownerOf({ annotation, extraConfig }: TaggedVm): Owner | undefined {
  const tag = (name: keyof typeof tagKeys): string | undefined => extraConfig[tagKeys[name]];
  const noted = /^rainbow-edge-installer site=(\S+) vm=(\S*)(?: component=(\S*))?/.exec(annotation);
  const site = tag('site') ?? noted?.[1];
  if (site === undefined) return undefined;
  // A tag replaces the annotation completely: a copy of a VM may have both.
  const isTagged = tag('site') !== undefined;
  const stage = tag('stage');
  const [plan, image, nics, addresses] = [tag('plan'), tag('image'), tag('nics'), tag('addresses')];
  const [wireguardKey, sealedAt] = [tag('wireguard'), tag('sealed')];
  const bootstrapKey = tag('bootstrapKey');
  return {
    site,
    component: (isTagged ? tag('component') : noted?.[3]) ?? '',
    machine: (isTagged ? tag('vm') : noted?.[2]) ?? '',
    ...(stage === undefined ? {} : { stage: stageOf(stage) }),
    ...(plan === undefined ? {} : { plan }),
    ...(image === undefined ? {} : { image }),
    ...(nics === undefined ? {} : { nics: nics.split(',') }),
    ...(addresses === undefined ? {} : { addresses: splitList(addresses) }),
    ...(wireguardKey === undefined ? {} : { wireguardKey }),
    ...(sealedAt === undefined ? {} : { sealedAt }),
    ...(bootstrapKey === undefined ? {} : { bootstrapKey }),
  };
}

/** Properties of the import that hold addresses of the guest or, `lan_gateway`, of a VIP of its site. */
const addressProperties: ReadonlySet<string> = new Set(['lan_ip', 'wan_ip', 'lan_gateway']);

const isAddress = (text: string): boolean => /^\d{1,3}(?:\.\d{1,3}){3}$/.test(text);

/** The properties in an OVF environment, which ESXi keeps as text. Source: OVF specification (DSP0243), section 11. */
export const environmentProperties = (xml: string): [string, string][] =>
  [...xml.matchAll(/<(?:\w+:)?Property\b([^>]*)>/g)].flatMap(([, attributes = '']): [string, string][] => {
    const read = (name: string): string | undefined =>
      new RegExp(`\\b(?:\\w+:)?${name}=["']([^"']*)["']`).exec(attributes)?.[1];
    const [key, value] = [read('key'), read('value')];
    return key === undefined || value === undefined ? [] : [[key, value]];
  });

/**
 * IPv4 addresses of a VM, each once, from the tag and from the import's guest properties. VMs of earlier versions have
 * no addresses in the tag.
 */
export function addressesOf({ extraConfig, properties = {} }: TaggedVm): readonly string[] {
  const given = [
    ...Object.entries(properties),
    ...environmentProperties(extraConfig['guestinfo.ovfEnv'] ?? ''),
  ].flatMap(([key, value]) => (addressProperties.has(key) ? splitList(value) : []));
  const tagged = splitList(extraConfig[tagKeys.addresses] ?? '');
  return [...new Set([...tagged, ...given])].filter(isAddress);
}
