/** Which site made a VM, and which addresses its guest has. */
import { tagKeys } from './deploy.ts';
import type { SeenVm } from './facts.ts';

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
