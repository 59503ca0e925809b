/**
 * The `Host` sections for ALE's SSH client: gateways are reached through the tunnel, other servers through a gateway.
 */
import type { HandoverBundle } from './bundle.ts';

const withoutLength = (network: string): string => network.replace(/\/.*$/, '');

/**
 * The section of a gateway. The bundle holds fingerprints, not host keys, so the first login shows a fingerprint to
 * compare.
 */
function gatewaySection(gateway: HandoverBundle['gateways'][number]): string {
  const keys = gateway.sshHostKeys.map((key) => `  # Host key: ${key}`);
  return [
    `Host ${gateway.vm}`,
    ...keys,
    `  HostName ${withoutLength(gateway.tunnel)}`,
    `  HostKeyAlias ${gateway.vm}`,
    '  User root',
    '',
  ].join('\n');
}

function machineSection(name: string, address: string, gateways: readonly string[]): string {
  const jump = gateways[0] ?? '';
  return [
    `Host ${name}`,
    `  HostName ${address}`,
    `  HostKeyAlias ${name}`,
    '  User root',
    `  ProxyJump ${jump}`,
    '',
  ].join('\n');
}

/** For `ssh -F` or `Include`. The schema lets no line end into a value, so a comment stays a comment. */
export function sshConfig(bundle: HandoverBundle): string {
  const gateways = bundle.gateways.map(({ vm }) => vm);
  const machines = bundle.vms.flatMap(({ name, addresses: [address] }) =>
    gateways.includes(name) || address === undefined ? [] : [machineSection(name, address, gateways)],
  );
  const title = `# ${bundle.site.customer}, ${bundle.site.fqdn}\n`;
  return [title, ...bundle.gateways.map(gatewaySection), ...machines].join('\n');
}
