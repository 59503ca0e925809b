/** Time service for the LAN, from the site's NTP servers. Source: chrony.conf(5). */
import type { GatewayFile } from './file.ts';
import * as quote from './quote.ts';
import type { Gateway } from './view.ts';

/** Servers for a site that names none and may use any server of the Internet. */
const fallback = 'pool 2.debian.pool.ntp.org iburst maxsources 4';

export function chronyFile({ site, lanCidr, lanInterface }: Gateway): GatewayFile {
  const servers = site.network.ntp.map((one) => `server ${quote.host('network.ntp', one)} iburst`);
  return {
    path: '/etc/chrony/chrony.conf',
    mode: 0o644,
    secret: false,
    content: [
      ...(servers.length === 0 ? [fallback] : servers),
      'driftfile /var/lib/chrony/chrony.drift',
      'rtcsync',
      '# A virtual machine may start years off.',
      'makestep 1 3',
      `binddevice ${lanInterface}`,
      `allow ${lanCidr}`,
      '# Without any server the LAN still agrees with the gateway that holds the VIP.',
      'local stratum 10',
      'cmdport 0',
      '',
    ].join('\n'),
    check: ['chronyd', '-p', '-f', '{file}'],
    service: { unit: 'chrony.service', action: 'restart' },
  };
}
