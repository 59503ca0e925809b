/** What only the gateway itself can tell before its files are made: its NICs, its key, and where we come from. */
import { z } from 'zod';
import { type Result, fail, failure, ok } from '../../core/base/errors.ts';
import { ipv4Number } from '../../core/network/ipv4.ts';
import { addressesOn } from '../../core/plan/network/dns.ts';
import type { PlannedVm } from '../../core/plan/model.ts';
import type { SshSession } from '../adapters/ssh/connect.ts';

export interface GatewayLook {
  /** Our address as the gateway sees it. */
  readonly installer: string;
  /** WireGuard key of its present configuration; undefined where it has none. */
  readonly publicKey: string | undefined;
  readonly macs: { readonly lan: string; readonly wan: string };
}

/** The private key does not leave the gateway. */
export const gatewayLookScript = `
printf '%s\\n' "\${SSH_CONNECTION:-}"
sed -n 's/^PrivateKey *= *//p' /etc/wireguard/wg0.conf 2>/dev/null | head -n 1 | wg pubkey 2>/dev/null || echo
ip -j address show
`;

const interfacesShape = z.array(
  z.looseObject({
    address: z.string().optional(),
    addr_info: z.array(z.looseObject({ local: z.string().optional() })).default([]),
  }),
);

function interfacesIn(text: string): z.infer<typeof interfacesShape> | undefined {
  try {
    return interfacesShape.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

/**
 * Asks in one round trip. A VLAN has the MAC address of the NIC below it. Fails with `configure.no-shell`,
 * `configure.no-nic` (none has the planned address), and as `run` does.
 */
export async function lookAtGateway(session: Pick<SshSession, 'run'>, vm: PlannedVm): Promise<Result<GatewayLook>> {
  const gateway = vm.name;
  const ran = await session.run(['/bin/sh', '-c', gatewayLookScript]);
  if (!ran.ok) return ran;
  const { stdout, stderr } = ran.value;
  const [connection = '', key = '', ...rest] = stdout.split('\n');
  const [installer = ''] = connection.split(' ');
  const interfaces = interfacesIn(rest.join('\n'));
  if (interfaces === undefined || ipv4Number(installer) === undefined) {
    const reason = `${stdout} ${stderr}`.replaceAll(/\s+/g, ' ').trim().slice(0, 200) || '–';
    return fail(failure('operation', 'configure.no-shell', { gateway, reason }));
  }
  const macOf = (address: string | undefined): string | undefined =>
    interfaces.find(({ addr_info: all }) => address !== undefined && all.some(({ local }) => local === address))
      ?.address;
  const [lanAddress, wanAddress] = [addressesOn(vm, 'lan')[0], addressesOn(vm, 'wan')[0]];
  const [lan, wan] = [macOf(lanAddress), macOf(wanAddress)];
  if (lan === undefined || wan === undefined) {
    const address = (lan === undefined ? lanAddress : wanAddress) ?? '';
    return fail(failure('operation', 'configure.no-nic', { gateway, address }));
  }
  return ok({ installer, publicKey: key === '' ? undefined : key, macs: { lan, wan } });
}
