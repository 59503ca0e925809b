/** A VM of the simulator, and what a guest learns from it at boot. Source: docs/image-contract.md. */
import { formatIpv4, subnetOf } from '../../../core/network/ipv4.ts';
import { environmentProperties } from '../../../core/platform/vsphere/tags.ts';

/** A VM as the simulator tells it. */
export interface SimulatedVm {
  /** Another one for a VM that was destroyed and made again. */
  readonly id: string;
  readonly name: string;
  readonly poweredOn: boolean;
  readonly extraConfig?: Readonly<Record<string, string>>;
  readonly disks?: readonly { readonly kb: number }[] | null;
  readonly macs?: readonly string[];
}

/** A NIC with its planned address. */
export interface GuestNic {
  readonly mac: string;
  readonly address: string;
  readonly prefix: number;
}

/** What a guest knows of itself. */
export interface GuestFacts {
  readonly id: string;
  readonly name: string;
  readonly lan: GuestNic;
  /** Its NIC may have several addresses. */
  readonly wan: readonly GuestNic[];
  /** Sizes in bytes; the first disk holds the system. */
  readonly disks: readonly number[];
  /** A line of `authorized_keys`; undefined where the image was given none. */
  readonly bootstrapKey: string | undefined;
}

const nicOf = (mac: string | undefined, address: string | undefined, prefix: string | undefined) =>
  mac === undefined || address === undefined || address === ''
    ? undefined
    : { mac, address, prefix: Number(prefix ?? 24) };

/** Undefined without site data: no image of an edge. */
export function factsOf({ id, name, extraConfig = {}, disks, macs = [] }: SimulatedVm): GuestFacts | undefined {
  const given = new Map(environmentProperties(extraConfig['guestinfo.ovfEnv'] ?? ''));
  const roles = new Map(
    (extraConfig['guestinfo.edge.nics'] ?? '')
      .split(',')
      .map((one): [string, string] => [one.split('=')[1] ?? '', one.split('=')[0] ?? '']),
  );
  const lan = nicOf(roles.get('lan') ?? macs[0], given.get('lan_ip'), given.get('lan_prefix'));
  if (lan === undefined) return undefined;
  return {
    id,
    name,
    lan,
    wan: (given.get('wan_ip')?.split(',') ?? []).flatMap(
      (address) => nicOf(roles.get('wan') ?? macs[1], address, given.get('wan_prefix')) ?? [],
    ),
    disks: (disks ?? []).map(({ kb }) => kb * 1024),
    bootstrapKey: given.get('ssh_authorized_key'),
  };
}

/** The address of the simulated laptop: the last one of the LAN, as a technician may take it. */
export function installerAddress({ address, prefix }: GuestNic): string {
  const subnet = subnetOf(`${address}/${prefix}`);
  return formatIpv4((subnet?.broadcast ?? 1) - 1);
}
