/**
 * The rest of the Internet: a router between the WAN, the NOC and all others, with a name server, a time server and a
 * web server.
 */
import { cidr, internetNames, intruder, noc, type BedAddresses } from './addresses.ts';
import type { Machine } from './machines.ts';
import type { Cable } from './wires.ts';

export const internetCables = ({ wan }: BedAddresses): readonly Cable[] => [
  { segment: 'wan', nic: 'wan0', addresses: [cidr(wan.router, wan)] },
  { segment: 'noc', nic: 'noc0', addresses: [cidr(noc.router, noc), cidr(noc.services, noc)] },
  { segment: 'outside', nic: 'out0', addresses: [cidr(intruder.router, intruder)] },
];

const dnsmasq = [
  'port=53',
  `listen-address=${noc.services}`,
  'bind-interfaces',
  'no-resolv',
  'no-hosts',
  'local=/example/',
  ...Object.entries(internetNames).map(([name, address]) => `host-record=${name},${address}`),
];

const chrony = [`bindaddress ${noc.services}`, 'local stratum 3', 'allow', 'cmdport 0'];

/** Starts the router and its servers; `/srv/www` holds the web server's files. */
export async function startInternet(machine: Machine): Promise<void> {
  const files = { '/etc/dnsmasq.conf': dnsmasq, '/etc/chrony/chrony.conf': chrony };
  for (const [path, lines] of Object.entries(files)) {
    await machine.must(['sh', '-c', 'cat > "$0"', path], { input: `${lines.join('\n')}\n` });
  }
  const page = [
    'mkdir -p /srv/www/debian/dists/stable',
    'echo "a page of the bed" > /srv/www/index.html',
    'echo "Origin: the bed" > /srv/www/debian/dists/stable/InRelease',
  ];
  const web = `busybox httpd -p ${noc.services}:80 -h /srv/www`;
  await machine.must(['sh', '-c', ['sysctl -q net.ipv4.ip_forward=1', ...page, web].join(' && ')]);
  await machine.must(['systemctl', 'start', 'dnsmasq', 'chrony']);
}
