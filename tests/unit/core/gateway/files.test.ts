import { describe, expect, it } from 'vitest';
import type { GatewayFile } from '../../../../core/gateway/file.ts';
import { gatewayFiles, gatewayUnits } from '../../../../core/gateway/files.ts';
import type { GatewayInput, GatewayMaterial } from '../../../../core/gateway/view.ts';
import { planDigestOf } from '../../../../core/plan/digest.ts';
import {
  aleKey,
  bootstrapKey,
  fullSite,
  gatewayInputs,
  gatewaySites,
  nocPeer,
} from '../../../fixtures/gateway-samples.ts';
import { plainSite } from '../../../fixtures/sample-sites.ts';

const filesOf = (input: GatewayInput | undefined): readonly GatewayFile[] => {
  if (input === undefined) throw new Error('There is no such gateway.');
  const made = gatewayFiles(input);
  if (!made.ok) throw new Error(JSON.stringify(made.failure));
  return made.value;
};

const textOf = (files: readonly GatewayFile[], path: string): string =>
  files.find((file) => file.path === path)?.content ?? '';

const [master, slave] = gatewayInputs(fullSite({}, { dhcp: { from: '10.20.0.200', to: '10.20.0.230' } }));
const [one, two] = [filesOf(master), filesOf(slave)];
const nft = '/etc/nftables.conf';

const failureOf = (input: GatewayInput | undefined, changes: Partial<GatewayMaterial>): string => {
  if (input === undefined) throw new Error('There is no such gateway.');
  const made = gatewayFiles({ ...input, material: { ...input.material, ...changes } });
  return made.ok ? 'ok' : made.failure.code;
};

/** The rules of one chain of the packet filter. */
const chain = (files: readonly GatewayFile[], name: string): string[] => {
  const text = textOf(files, nft);
  const from = text.indexOf(`chain ${name} {`);
  return text
    .slice(from, text.indexOf('\n\t}', from))
    .split('\n')
    .slice(1)
    .map((line) => line.trim());
};

describe('the files of a gateway', () => {
  it.each(gatewaySites)('are complete, distinct, and carry the digest of the plan: %s', (_name, site) => {
    for (const input of gatewayInputs(site)) {
      const files = filesOf(input);
      expect(new Set(files.map(({ path }) => path)).size).toBe(files.length);
      for (const { path, content, mode, secret } of files) {
        expect(path).toMatch(/^\/(?:etc|root|usr\/local)\//);
        expect(content.endsWith('\n'), path).toBe(true);
        expect(content.split('\n').slice(0, 2), path).toContain(`# edge-plan ${planDigestOf(input.plan)}`);
        expect(content, path).not.toMatch(/undefined|NaN|\[object/);
        expect(mode & 0o022, `${path} is writable for others`).toBe(0);
        if (secret) expect(mode & 0o077, path).toBe(0);
        for (const value of [
          input.material.privateKey,
          input.material.presharedKey,
          input.material.backupSecret ?? '-',
        ]) {
          if (content.includes(value)) expect(secret, `${path} holds a secret`).toBe(true);
        }
      }
    }
  });

  it('are the same for the same input, and follow the plan', () => {
    expect(filesOf(master)).toEqual(one);
    expect(one.map(({ path }) => path)).toEqual(two.map(({ path }) => path));
    expect(gatewayUnits(one)).toEqual([
      'ssh.service',
      'systemd-networkd.service',
      'nftables.service',
      'dnsmasq.service',
      'chrony.service',
      'apt-cacher-ng.service',
      'wg-quick@wg0.service',
      'keepalived.service',
      'edge-backup.timer',
    ]);
  });

  it('give master and slave one VIP and different priorities', () => {
    const [first, second] = [one, two].map((files) => textOf(files, '/etc/keepalived/keepalived.conf'));
    expect(first).toMatch(/priority 150[^]*unicast_src_ip 10\.20\.0\.2\n[^]*unicast_peer \{\s+10\.20\.0\.3\s+\}/);
    expect(second).toMatch(/priority 100[^]*unicast_src_ip 10\.20\.0\.3\n[^]*unicast_peer \{\s+10\.20\.0\.2\s+\}/);
    for (const text of [first, second]) expect(text).toContain('10.20.0.1/24 dev lan0');
  });

  it('tunnel to every peer of the catalogue with the keys of this gateway', () => {
    const text = textOf(one, '/etc/wireguard/wg0.conf');
    expect(text).toContain(
      `PrivateKey = ${master?.material.privateKey ?? '-'}\nAddress = 100.64.0.2/32\nListenPort = 51820\n`,
    );
    expect(text).toContain(
      `PublicKey = ${nocPeer.publicKey}\nPresharedKey = ${master?.material.presharedKey ?? '-'}\n`,
    );
    expect(text).toContain('AllowedIPs = 100.64.0.0/24\nPersistentKeepalive = 25\n');
    expect(textOf(two, '/etc/wireguard/wg0.conf')).toContain('Address = 100.64.0.3/32');
  });

  it('lease halves of the range that do not overlap, and planned addresses by reservation only', () => {
    const ranges = [one, two].map((files) =>
      /^dhcp-range=([^,]+),([^,]+),/m.exec(textOf(files, '/etc/dnsmasq.conf'))?.slice(1),
    );
    expect(ranges).toEqual([
      ['10.20.0.200', '10.20.0.214'],
      ['10.20.0.215', '10.20.0.230'],
    ]);
    const reserved = textOf(one, '/etc/dnsmasq.conf').match(/^dhcp-host=.*$/gm) ?? [];
    expect(reserved).toHaveLength(master?.plan.vms.length ?? 0);
    expect(textOf(filesOf(gatewayInputs(fullSite())[0]), '/etc/dnsmasq.conf')).not.toContain('dhcp');
  });

  it('resolve the names of the edge on the LAN', () => {
    const text = textOf(one, '/etc/dnsmasq.conf');
    expect(text).toContain('host-record=acme-edge-gw-1.edge.acme.example,edge-gw-1.edge.acme.example,10.20.0.2\n');
    expect(text).not.toContain('host-record=edge-gw-1.edge.acme.example,203.');
    expect(text).toContain('address=/edge.acme.example/203.0.113.');
    expect(text).toContain('server=10.1.0.53\n');
  });

  it('tag VLANs with a trunk only', () => {
    const paths = (files: readonly GatewayFile[]): string[] =>
      files.map(({ path }) => path).filter((path) => path.includes('vlan'));
    expect(paths(filesOf(gatewayInputs(fullSite({}, { vlan: 20 }))[0]))).toEqual([]);
    const tagged = filesOf(gatewayInputs(fullSite({}, { vlan: 20, trunk: true }))[0]);
    expect(textOf(tagged, '/etc/systemd/network/20-edge-vlan.netdev')).toContain(
      'Name=lan0.20\nKind=vlan\n\n[VLAN]\nId=20\n',
    );
    expect(textOf(tagged, '/etc/systemd/network/20-edge-lan0.network')).not.toContain('Address=1');
    for (const path of [nft, '/etc/keepalived/keepalived.conf', '/etc/dnsmasq.conf', '/etc/chrony/chrony.conf'])
      expect(textOf(tagged, path), path).toContain('lan0.20');
  });

  it('match NICs by the permanent MAC address', () => {
    const links = one.filter(({ path }) => /\/(?:10|20)-edge-(?:lan|wan)0\./.test(path));
    expect(links).toHaveLength(4);
    for (const { content } of links) expect(content).toMatch(/^PermanentMACAddress=02:00:00:0[12]:00:00$/m);
  });

  it('contain ALE’s keys, and the bootstrap key until the seal', () => {
    const keys = '/root/.ssh/authorized_keys';
    expect(textOf(one, keys)).toContain(aleKey);
    expect(textOf(one, keys)).toContain(bootstrapKey);
    const [sealed] = gatewayInputs(fullSite(), { bootstrapKey: undefined, installers: [] });
    expect(textOf(filesOf(sealed), keys)).toContain(aleKey);
    expect(textOf(filesOf(sealed), keys)).not.toContain(bootstrapKey);
  });

  it('leave the backup out while the site file lacks its fields', () => {
    const has = (input: GatewayInput | undefined): boolean =>
      filesOf(input).some(({ path }) => path.includes('backup'));
    expect(has(master)).toBe(true);
    expect(has(gatewayInputs(plainSite())[0])).toBe(false);
    expect(has(gatewayInputs(fullSite(), { backupSecret: undefined })[0])).toBe(false);
  });

  it('exclude files with a secret from the backup', () => {
    const script = textOf(one, '/usr/local/sbin/edge-backup');
    const saved = [...script.matchAll(/^ {2}((?:etc|root|usr)\/\S+)/gm)].map(([, path = '']) => `/${path}`);
    expect(saved.length).toBeGreaterThan(10);
    const secrets = one.filter(({ secret }) => secret).map(({ path }) => path);
    expect(secrets.length).toBe(2);
    expect(saved.filter((path) => secrets.includes(path))).toEqual([]);
  });
});

describe('the packet filter', () => {
  it('accepts only WireGuard from the WAN', () => {
    const rules = chain(one, 'input');
    expect(rules[0]).toContain('policy drop');
    const wan = rules.filter((rule) => rule.includes('"wan0"'));
    expect(wan).toEqual([
      'iifname "wan0" udp dport { 51820 } counter accept comment "wireguard"',
      'iifname "wan0" counter drop comment "gateway-closed"',
    ]);
    // Every other rule that accepts names an interface.
    const open = rules.filter((rule) => rule.includes('accept') && !rule.includes('iifname'));
    expect(open).toEqual(['ct state established,related accept']);
  });

  it('forwards traffic from the LAN to the WAN, with NAT', () => {
    expect(chain(one, 'forward')).toContain(
      'iifname "lan0" oifname "wan0" ip saddr 10.20.0.0/24 counter accept comment "lan-outbound"',
    );
    expect(chain(one, 'forward')[0]).toContain('policy drop');
    expect(chain(one, 'translation')).toContain(
      'oifname "wan0" ip saddr 10.20.0.0/24 counter snat ip to 203.0.113.2 comment "lan-outbound"',
    );
    expect(chain(one, 'forward').filter((rule) => rule.startsWith('iifname "wan0"'))).toEqual([]);
  });

  it('has a rule for every row of the matrix that ends at this gateway', () => {
    const own = new Set(['203.0.113.2', '10.20.0.2', '10.20.0.1']);
    const rows = (master?.plan.firewall ?? []).filter(({ destination }) => own.has(destination));
    const reasons = chain(one, 'input').flatMap((rule) => /comment "([a-z-]+)"/.exec(rule)?.[1] ?? []);
    expect(rows.length).toBeGreaterThan(8);
    for (const { reason } of rows) expect(reasons).toContain(reason);
    const rest = reasons.filter((reason) => !rows.some((row) => row.reason === reason));
    expect(rest.toSorted()).toEqual(['invalid', 'ping', 'refused', 'vrrp']);
  });

  it('admits the installer by address until the seal', () => {
    expect(chain(one, 'input')).toContain(
      'iifname "lan0" ip saddr @installers ip daddr 10.20.0.2 tcp dport { 22 } counter accept comment "gateway-configuration"',
    );
    const [sealed] = gatewayInputs(fullSite(), { installers: [], bootstrapKey: undefined });
    expect(textOf(filesOf(sealed), nft)).not.toMatch(/installer|dport \{ 22 \}|dport 22/);
  });

  it('drops packets with a forged source address', () => {
    const rules = chain(one, 'antispoofing').join('\n');
    expect(rules).toContain(
      'iifname "wan0" ip saddr { 0.0.0.0/8, 127.0.0.0/8, 169.254.0.0/16, 224.0.0.0/4, 240.0.0.0/4, 10.20.0.0/24, 203.0.113.2 } counter drop',
    );
    expect(rules).toContain('iifname "lan0" ip saddr != 10.20.0.0/24 counter drop');
    expect(rules).toContain('iifname "wg0" ip saddr != @noc counter drop');
  });
});

describe('invalid input of the gateway configuration', () => {
  it.each([
    ['gateway.key', { privateKey: 'x' }],
    ['gateway.key', { presharedKey: '' }],
    ['gateway.no-noc-peer', { peers: [] }],
    ['gateway.noc-network', { peers: [{ ...nocPeer, allowedIps: ['100.64.0.0/24', '0.0.0.0/0'] }] }],
    ['gateway.noc-network', { peers: [{ ...nocPeer, allowedIps: ['10.20.0.0/16'] }] }],
    ['gateway.noc-network', { peers: [{ ...nocPeer, allowedIps: ['100.64.0.0/24', '203.0.113.8/29'] }] }],
    ['gateway.noc-network', { peers: [{ ...nocPeer, allowedIps: ['100.64.0.0/24', '::/0'] }] }],
    ['gateway.noc-ipv6', { peers: [{ ...nocPeer, allowedIps: ['fd00::/64'] }] }],
    ['handover.tunnel-exhausted', { peers: [{ ...nocPeer, allowedIps: ['100.64.0.1/32'] }] }],
    ['gateway.ssh-key', { sshAuthorizedKeys: ['command="id" ssh-ed25519 AAAA'] }],
    ['gateway.ssh-key', { bootstrapKey: `${bootstrapKey}\nssh-rsa x` }],
    ['gateway.ssh-user', { sshUser: '../etc' }],
    ['gateway.cannot-express', { macs: {} }],
    ['gateway.cannot-express', { installers: ['10.20.0.0/24'] }],
    ['gateway.cannot-express', { backupSecret: 'a\0b' }],
  ] satisfies readonly (readonly [string, Partial<GatewayMaterial>])[])('is refused as %s: %j', (code, changes) => {
    expect(failureOf(master, changes)).toBe(code);
  });

  it('is refused for the site: a trunk without its VLAN, leases over planned addresses, a VM that is no gateway', () => {
    expect(failureOf(gatewayInputs(fullSite({}, { trunk: true }))[0], {})).toBe('gateway.trunk-without-vlan');
    expect(failureOf(gatewayInputs(fullSite({}, { dhcp: { from: '10.20.0.2', to: '10.20.0.9' } }))[0], {})).toBe(
      'gateway.dhcp-range',
    );
    const other = master?.plan.vms.find(({ component }) => component === 'logs');
    if (master === undefined || other === undefined) throw new Error('There is no such VM.');
    expect(failureOf({ ...master, vm: other }, {})).toBe('gateway.not-a-gateway');
  });
});
