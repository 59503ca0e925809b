/** What the installer and the guest of a VM tell each other through `extraConfig`. Source: docs/image-contract.md. */
import { hostKeyPattern } from '../../../core/base/text-fields.ts';

export const guestKeys = { nics: 'guestinfo.edge.nics', hostKeys: 'guestinfo.edge.hostkeys' } as const;

interface GuestVm {
  readonly extraConfig: Readonly<Record<string, string>>;
  readonly nics: readonly { readonly mac: string }[];
}

/**
 * The network that the guest is told for each NIC, in order. Nothing is told by a text that names a MAC address which
 * the VM does not have, or one twice: the guest refuses it.
 */
export function toldNetworks({ extraConfig, nics }: GuestVm): readonly (string | undefined)[] {
  const entries = (extraConfig[guestKeys.nics] ?? '').split(',').map((entry) => entry.toLowerCase().split('='));
  const macs = nics.map(({ mac }) => mac.toLowerCase());
  const isWhole = entries.every(([mac = ''], at) => {
    const isFirst = entries.findIndex(([other]) => other === mac) === at;
    return mac !== '' && isFirst && macs.includes(mac);
  });
  return macs.map((mac) => (isWhole ? entries.find(([one]) => one === mac)?.[1] : undefined));
}

/** An image publishes one fingerprint for each of its few host keys. */
const mostHostKeys = 8;

/**
 * Fingerprints of the guest's SSH host keys, each once. Anybody in the guest can write here: what is none is left out.
 */
export function publishedHostKeys({ extraConfig }: Pick<GuestVm, 'extraConfig'>): readonly string[] {
  const text = extraConfig[guestKeys.hostKeys] ?? '';
  return [...new Set(text.split(',').map((one) => one.trim()))]
    .filter((one) => hostKeyPattern.test(one))
    .slice(0, mostHostKeys);
}
