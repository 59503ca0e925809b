/** The configuration of a gateway as a pure function of the plan. It makes the LAN work and lets ALE take over. */
import { FailureSignal, type Result, fail, ok } from '../base/errors.ts';
import { authorizedKeysFile, sshdFile } from './access.ts';
import { backupFiles } from './backup.ts';
import { chronyFile } from './chrony.ts';
import { dnsmasqFile } from './dnsmasq.ts';
import type { GatewayFile } from './file.ts';
import { keepalivedFile } from './keepalived.ts';
import { networkFiles, resolverFile, sysctlFile } from './networkd.ts';
import { nftablesFile } from './nftables.ts';
import { packageCacheFile } from './package-cache.ts';
import { stamped } from './stamp.ts';
import { type GatewayInput, gatewayOf } from './view.ts';
import { wireguardDropIn, wireguardFile } from './wireguard.ts';

/** Turns a template's signal into a failed result. */
export function expressed<T>(work: () => T): Result<T> {
  try {
    return ok(work());
  } catch (error) {
    if (error instanceof FailureSignal) return fail(error.failure);
    throw error;
  }
}

/**
 * Every file of a gateway, stamped, in the order of the apply: SSH access and the packet filter before the services.
 * Failures (kind `input`): `gateway.cannot-express`, `gateway.not-a-gateway`, `gateway.trunk-without-vlan`,
 * `gateway.key`, `gateway.no-noc-peer`, `gateway.noc-network`, `gateway.noc-ipv6`, `gateway.dhcp-range`,
 * `gateway.ssh-key`, `gateway.ssh-user`, and those of `tunnelAddressFor`.
 */
export function gatewayFiles(input: GatewayInput): Result<readonly GatewayFile[]> {
  return expressed(() => {
    const gateway = gatewayOf(input);
    const { material } = input;
    const keepalived = keepalivedFile(gateway);
    const files: GatewayFile[] = [
      authorizedKeysFile({ ...material, user: material.sshUser ?? 'root' }),
      sshdFile(),
      sysctlFile(gateway),
      ...networkFiles(gateway),
      nftablesFile(gateway),
      dnsmasqFile(gateway),
      resolverFile(gateway),
      chronyFile(gateway),
      packageCacheFile(),
      wireguardDropIn(),
      wireguardFile(gateway),
      ...(keepalived === undefined ? [] : [keepalived]),
    ];
    const saved = files.filter(({ secret }) => !secret).map(({ path }) => path);
    return [...files, ...backupFiles(gateway, saved)].map((file) => ({
      ...file,
      content: stamped(file.content, gateway.planDigest),
    }));
  });
}

/** The units that start at boot, for `systemctl enable`. The unit of sysctl is always enabled. */
export const gatewayUnits = (files: readonly GatewayFile[]): readonly string[] =>
  [...new Set(files.flatMap(({ service }) => (service === undefined ? [] : [service.unit])))].filter(
    (unit) => unit !== 'systemd-sysctl.service',
  );
