import { describe, expect, it } from 'vitest';
import type { FirewallRow, Plan } from '../../../../../core/plan/model.ts';
import { planOf, plainSite } from '../../../../fixtures/sample-sites.ts';
import { english } from '../../../../fixtures/words.ts';

const line = ({ action, source, destination, protocol, port }: FirewallRow): string =>
  `${action} ${source} ${destination} ${protocol} ${port}`;

/** What the first matching row says about a packet from the Internet. */
const verdict = (plan: Plan, destination: string, protocol: string, port: number): string => {
  const matches = (row: FirewallRow): boolean => {
    const [low = 0, high = low] = row.port.split('-').map(Number);
    const portFits = row.port === 'any' || (port >= low && port <= high);
    const target = row.destination === destination || row.destination === plan.wan.cidr;
    return row.source === 'internet' && target && (row.protocol === 'any' || row.protocol === protocol) && portFits;
  };
  return plan.firewall.find(matches)?.action ?? 'none';
};

const wanOf = (plan: Plan, component: string): string[] =>
  plan.vms
    .filter((vm) => vm.component === component)
    .flatMap(({ nics }) => nics.filter(({ network }) => network === 'wan').flatMap(({ addresses }) => addresses));

describe('the firewall matrix', () => {
  const large = planOf(plainSite({ footprint: { option: 'large', options: ['mailer'] } }));

  it('lets nothing but WireGuard from the Internet to a gateway', () => {
    const gateways = wanOf(large, 'edge-gw');
    expect(gateways).toHaveLength(2);
    for (const gateway of gateways) {
      expect(verdict(large, gateway, 'udp', 51_820)).toBe('allow');
      for (const port of [22, 53, 80, 443, 3478, 51_819, 51_821]) {
        expect(verdict(large, gateway, 'udp', port)).toBe('deny');
        expect(verdict(large, gateway, 'tcp', port)).toBe('deny');
      }
      expect(verdict(large, gateway, 'tcp', 51_820)).toBe('deny');
    }
  });

  it('opens the services of users where the edge is visible from the Internet, and nothing else', () => {
    for (const address of wanOf(large, 'public-lb')) {
      expect(verdict(large, address, 'tcp', 443)).toBe('allow');
      expect(verdict(large, address, 'tcp', 22)).toBe('deny');
    }
    for (const address of wanOf(large, 'stun-turn')) {
      expect(
        ['udp 3478', 'tcp 3478', 'tcp 5349', 'udp 50000'].map((one) =>
          verdict(large, address, one.split(' ')[0] ?? '', Number(one.split(' ')[1])),
        ),
      ).toEqual(['allow', 'allow', 'allow', 'allow']);
      expect(verdict(large, address, 'tcp', 50_000)).toBe('deny');
    }
    for (const address of wanOf(large, 'conferencing')) expect(verdict(large, address, 'udp', 60_000)).toBe('allow');
    for (const address of wanOf(large, 'mailer')) expect(verdict(large, address, 'tcp', 25)).toBe('deny');
  });

  it('closes everything but WireGuard where it is visible on the LAN only', () => {
    const sizing = { registeredUsers: 10, concurrentUsers: 1, visibility: 'lan' as const };
    const plan = planOf(plainSite({ sizing, footprint: { option: 'large' } }));
    const open = plan.firewall.filter(({ source, action }) => source === 'internet' && action === 'allow');
    expect(open.map(({ port, reason }) => `${port} ${reason}`)).toEqual(['51820 wireguard', '51820 wireguard']);
    for (const address of wanOf(plan, 'public-lb')) expect(verdict(plan, address, 'tcp', 443)).toBe('deny');
    expect(plan.firewall.some(({ source, reason }) => source === 'corporate' && reason === 'client-access')).toBe(true);
    expect(plan.firewall.at(-1)).toMatchObject({ action: 'deny', reason: 'lan-only' });
  });

  it('follows the WireGuard port, mail and backup of the site', () => {
    const plan = planOf(
      plainSite({
        network: {
          lan: { cidr: '10.20.0.0/24' },
          wan: { cidr: '203.0.113.0/28', gateway: '203.0.113.1' },
          wireguard: { port: 4500 },
          dnsForwarders: ['10.1.0.53'],
        },
        mail: { mode: 'external', host: 'relay.example', tls: 'tls', from: 'a@b.com' },
        backup: { type: 's3', host: 's3.example', path: '/x', location: 'y', port: 9000 },
      }),
    );
    const lines = plan.firewall.map(line);
    expect(lines).toContain('allow internet 203.0.113.2 udp 4500');
    expect(lines).toContain('allow 10.20.0.0/24 relay.example tcp 465');
    expect(lines).toContain('allow backup-server s3.example tcp 9000');
    expect(lines).toContain('allow gateways 10.1.0.53 udp 53');
  });

  it('has words for each reason and place, and no row twice', () => {
    const lines = large.firewall.map(line);
    expect(new Set(lines).size).toBe(lines.length);
    for (const { reason, source, destination } of large.firewall) {
      expect(english.has(`plan.firewall.reason.${reason}`), reason).toBe(true);
      for (const place of [source, destination]) {
        expect(/[.]/.test(place) || english.has(`plan.firewall.place.${place}`), place).toBe(true);
      }
    }
  });
});
