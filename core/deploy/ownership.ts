/** Which site made a VM, and which addresses its guest has. */
import type { SeenVm } from '../platform/inventory.ts';
import type { Plan, PlannedVm } from '../plan/model.ts';

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

/**
 * The annotation that a VM carries from the first moment of its import (vSphere takes it with the import itself),
 * so that a VM whose import was interrupted is known to be ours.
 */
export const annotationOf = (plan: Plan, vm: PlannedVm): string =>
  `rainbow-edge-installer site=${plan.site} vm=${vm.name} component=${vm.component}`;

/** It carries this site's tag or annotation: ours, or a copy of ours under another name. */
export const carriesSite = (site: string, vm: SeenVm): boolean =>
  vm.extraConfig[tagKeys.site] === site || vm.annotation.startsWith(`rainbow-edge-installer site=${site} vm=`);

/** Ours: the tag or, before the tag, the annotation names this site and this VM. A clone under another name is not. */
export function isOurs(site: string, vm: SeenVm): boolean {
  const { [tagKeys.site]: taggedSite, [tagKeys.vm]: taggedVm } = vm.extraConfig;
  if (taggedSite !== undefined) return taggedSite === site && taggedVm === vm.name;
  return vm.annotation.startsWith(`rainbow-edge-installer site=${site} vm=${vm.name} `);
}

/** Its import came to an end: the tag comes with the first change after it. */
export const isWhole = (vm: SeenVm): boolean => vm.extraConfig[tagKeys.stage] !== undefined;

/** Name of the site that made the VM, from its tag or, before the tag, from its annotation. Undefined: not ours. */
export function siteOf(vm: SeenVm): string | undefined {
  return vm.extraConfig[tagKeys.site] ?? /^rainbow-edge-installer site=(\S+) vm=/.exec(vm.annotation)?.[1];
}

/** Properties of the import that hold addresses of the guest or, `lan_gateway`, of a VIP of its site. */
const addressProperties: ReadonlySet<string> = new Set(['lan_ip', 'wan_ip', 'lan_gateway']);

const isAddress = (text: string): boolean => /^\d{1,3}(?:\.\d{1,3}){3}$/.test(text);

/** The properties in an OVF environment, which ESXi keeps as text. Source: OVF specification (DSP0243), section 11. */
const environmentProperties = (xml: string): [string, string][] =>
  [...xml.matchAll(/<(?:\w+:)?Property\b([^>]*)>/g)].flatMap(([, attributes = '']): [string, string][] => {
    const read = (name: string): string | undefined =>
      new RegExp(`\\b(?:\\w+:)?${name}=["']([^"']*)["']`).exec(attributes)?.[1];
    const [key, value] = [read('key'), read('value')];
    return key === undefined || value === undefined ? [] : [[key, value]];
  });

/**
 * IPv4 addresses that the VM uses, each once: those in the tag, and those that the import gave to the guest. VMs of
 * earlier versions have no addresses in the tag.
 */
export function addressesOf(vm: SeenVm): readonly string[] {
  const given = [
    ...Object.entries(vm.properties ?? {}),
    ...environmentProperties(vm.extraConfig['guestinfo.ovfEnv'] ?? ''),
  ].flatMap(([key, value]) => (addressProperties.has(key) ? value.split(',') : []));
  const tagged = (vm.extraConfig[tagKeys.addresses] ?? '').split(',');
  return [...new Set([...tagged, ...given].map((one) => one.trim()).filter(isAddress))];
}
