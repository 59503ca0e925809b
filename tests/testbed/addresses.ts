/**
 * The networks of the bed and the addresses in them: ranges for documentation, and a LAN as the sample sites plan it.
 */

export interface BedAddresses {
  readonly lan: {
    readonly prefix: number;
    readonly gateways: readonly [string, string];
    readonly vip: string;
    /** The address the installer takes when it is plugged in. */
    readonly installer: string;
  };
  readonly wan: { readonly prefix: number; readonly router: string; readonly gateways: readonly [string, string] };
}

export const defaultAddresses: BedAddresses = {
  lan: { prefix: 24, gateways: ['10.20.0.2', '10.20.0.3'], vip: '10.20.0.1', installer: '10.20.0.250' },
  wan: { prefix: 28, router: '203.0.113.1', gateways: ['203.0.113.2', '203.0.113.3'] },
};

/** The hosts' management network. No machine of the bed joins it to the LAN. */
export const management = { prefix: 24, hosts: '10.99.0.10', installer: '10.99.0.250' } as const;

/** The NOC's network. `services` is the address of the Internet's name server, time server and web server. */
export const noc = { prefix: 24, router: '198.51.100.1', address: '198.51.100.7', services: '198.51.100.53' } as const;

export const intruder = { prefix: 24, router: '192.0.2.1', address: '192.0.2.66' } as const;

/** Names that the Internet's name server knows. */
export const internetNames = {
  'mirror.example': noc.services,
  'time.example': noc.services,
  'noc.example': noc.address,
} as const;

export const cidr = (address: string, { prefix }: { readonly prefix: number }): string => `${address}/${prefix}`;

/** Locally administered MAC addresses; every bed has its own wires, so beds may share addresses. */
export const macOf = (gateway: number, nic: 'lan' | 'wan'): string =>
  `52:54:00:ed:0${gateway}:${nic === 'lan' ? '01' : '02'}`;
