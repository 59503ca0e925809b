/**
 * Hostile texts in every field that ends up in a file of a gateway: each is refused with a failure code, or the program
 * that reads the file takes it as one value. 1,000 texts for each file.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { FailureSignal } from '../../../core/base/errors.ts';
import { gatewayFiles } from '../../../core/gateway/files.ts';
import * as quote from '../../../core/gateway/quote.ts';
import type { GatewayInput, GatewayMaterial } from '../../../core/gateway/view.ts';
import type { Plan } from '../../../core/plan/model.ts';
import type { Site } from '../../../core/site/schema.ts';
import { aleAuthority, aleKey, fullSite, gatewayInputs, nocPeer } from '../../fixtures/gateway-samples.ts';
import { hostileTexts } from '../../fixtures/hostile-texts.ts';
import { isDeep } from '../../fixtures/depth.ts';
import { fixedSeed, randomNumbers } from '../../fixtures/random-numbers.ts';
import { inPlace, missingFor, scratch, word } from './namespace.ts';

const missing = missingFor('nft', 'keepalived', 'dnsmasq-base', 'chrony', 'openssh-client', 'wireguard-tools', 'curl');
const place = scratch();
afterAll(() => place.remove());

const perFile = isDeep ? 1000 : 300;
/** The smallest count of a full run, for a run of `perFile` values. */
const atLeast = (ofThousand: number): number => Math.floor((ofThousand * perFile) / 1000);

const first = (site: Site): GatewayInput => {
  const [input] = gatewayInputs(site);
  if (input === undefined) throw new Error('There is no gateway.');
  return input;
};

const base = first(fullSite({}, { dhcp: { from: '10.20.0.200', to: '10.20.0.230' } }));
const nfs = first(fullSite({ backup: { type: 'nfs', host: 'backup.example', path: '/p', location: 'Lyon' } }));
const s3 = first(
  fullSite({
    backup: { type: 's3', host: 'backup.example', path: '/p', location: 'x', username: 'A', bucket: 'b', region: 'r' },
  }),
);

/** A field: valid values, and the input with another value in it. */
interface Field {
  readonly good: readonly string[];
  readonly put: (value: string) => GatewayInput;
}

const material =
  (changes: (value: string) => Partial<GatewayMaterial>): Field['put'] =>
  (value) => ({
    ...base,
    material: { ...base.material, ...changes(value) },
  });
const plan =
  (changes: (value: string) => Partial<Plan>): Field['put'] =>
  (value) => ({
    ...base,
    plan: { ...base.plan, ...changes(value) },
  });
const network =
  (changes: (value: string) => Partial<Site['network']>): Field['put'] =>
  (value) => ({
    ...base,
    site: { ...base.site, network: { ...base.site.network, ...changes(value) } },
  });
const backup =
  (of: GatewayInput, changes: (value: string) => Partial<Site['backup']>): Field['put'] =>
  (value) => ({
    ...of,
    site: { ...of.site, backup: { ...of.site.backup, ...changes(value) } },
  });
const peer = (changes: (value: string) => Partial<typeof nocPeer>): Field['put'] =>
  material((value) => ({ peers: [{ ...nocPeer, ...changes(value) }] }));

const macs = (value: string) => ({
  macs: { ...base.material.macs, [base.vm.name]: { lan: value, wan: '02:00:00:00:00:09' } },
});
const hosts = ['ntp1.acme.example', '10.1.0.53', 'a_b.example', 'x'];
const names = ['noc-1', 'NOC Paris', 'it’s "the" one'];
const record = (type: 'TXT' | 'CAA' | 'MX', value: string): Partial<Plan> => ({
  dns: [{ name: 'x.edge.acme.example', type, value, purpose: 'spf' }],
});

/** The renamed gateway is still in the plan. */
const renamed: Field['put'] = (value) => {
  const vm = { ...base.vm, name: value };
  const vms = base.plan.vms.map((one) => (one.name === base.vm.name ? vm : one));
  const vips = base.plan.vips.map((one) => ({
    ...one,
    members: one.members.map((name) => (name === base.vm.name ? value : name)),
  }));
  const known = { ...base.material.macs, [value]: { lan: '02:00:00:00:00:08', wan: '02:00:00:00:00:09' } };
  return { ...base, vm, plan: { ...base.plan, vms, vips }, material: { ...base.material, macs: known } };
};

/** Runs one command on each file of a folder and returns the refused files. */
const each =
  (command: string) =>
  (folder: string): string[] =>
    inPlace(`for file in ${word(folder)}/*; do ${command} >/dev/null 2>&1 || echo "$file"; done`)
      .stdout.split('\n')
      .filter((line) => line !== '');

/** Runs one command on the concatenation of a folder's files. */
const together =
  (command: string) =>
  (folder: string): string[] => {
    const { status, stdout } = inPlace(
      `cat ${word(folder)}/* >${word(`${folder}.all`)}; set -- ${word(`${folder}.all`)}; ${command} 2>&1`,
    );
    return status === 0 ? [] : [stdout.slice(-2000)];
  };

const rows: readonly (readonly [path: string, refused: (folder: string) => string[], fields: readonly Field[]])[] = [
  [
    '/etc/wireguard/wg0.conf',
    together(
      `sed '/^Endpoint/d' "$1" >"$1.wg"; mv "$1.wg" /tmp/edge-probe.conf; wg-quick strip /tmp/edge-probe.conf | wg setconf edge-check /dev/stdin 2>&1 | grep '^Unable to modify interface'; code=$?; rm -f /tmp/edge-probe.conf; (exit $code)`,
    ),
    [
      { good: names, put: peer((name) => ({ name })) },
      { good: [nocPeer.publicKey], put: peer((publicKey) => ({ publicKey })) },
      { good: ['198.51.100.7:51820', 'noc.example:1', '[2001:db8::1]:5'], put: peer((endpoint) => ({ endpoint })) },
      { good: ['100.64.0.0/24', '100.64.0.9/24', '198.51.100.0/30'], put: peer((one) => ({ allowedIps: [one] })) },
      { good: [base.material.privateKey], put: material((privateKey) => ({ privateKey })) },
    ],
  ],
  [
    '/etc/nftables.conf',
    each('nft -c -f "$file"'),
    [
      { good: ['10.20.0.250', '192.0.2.1'], put: material((one) => ({ installers: [one] })) },
      { good: ['100.64.0.0/24', '100.64.0.9/32'], put: peer((one) => ({ allowedIps: ['100.64.9.0/24', one] })) },
      {
        good: ['22', '80,443', '1-9'],
        put: plan((port) => ({
          firewall: base.plan.firewall.map((row) => (row.reason === 'lan-ntp' ? { ...row, port } : row)),
        })),
      },
      {
        good: ['wireguard', 'x-9'],
        put: plan((reason) => ({
          firewall: base.plan.firewall.map((row) => (row.reason === 'vrrp' ? { ...row, reason } : row)),
        })),
      },
    ],
  ],
  [
    '/etc/keepalived/keepalived.conf',
    each('keepalived -t -f "$file"'),
    [{ good: ['acme-edge-gw-1', 'x', 'a'.repeat(60)], put: renamed }],
  ],
  [
    '/etc/dnsmasq.conf',
    each('dnsmasq --test -C "$file"'),
    [
      { good: ['10.1.0.53'], put: network((one) => ({ dnsForwarders: [one] })) },
      { good: ['edge.acme.example', 'a-b.acme.com'], put: plan((fqdn) => ({ fqdn })) },
      { good: ['v=spf1 a:x ~all', 'k="a\\b", #c'], put: plan((value) => record('TXT', value)) },
      { good: ['0 issue "ca.example"'], put: plan((value) => record('CAA', value)) },
      { good: ['10 mail.example.'], put: plan((value) => record('MX', value)) },
      { good: ['02:00:00:00:00:07', 'AA:BB:CC:DD:EE:FF'], put: material(macs) },
    ],
  ],
  [
    '/etc/chrony/chrony.conf',
    each('chronyd -p -f "$file"'),
    [{ good: hosts, put: network((one) => ({ ntp: [one] })) }],
  ],
  [
    '/root/.ssh/authorized_keys',
    each('ssh-keygen -l -f "$file"'),
    [
      { good: [aleKey, aleAuthority], put: material((one) => ({ sshAuthorizedKeys: [one] })) },
      { good: [aleKey], put: material((one) => ({ bootstrapKey: one })) },
    ],
  ],
  [
    '/usr/local/sbin/edge-backup',
    each('sh -n "$file"'),
    [
      { good: ['/rain bow', 'a/b'], put: backup(base, (path) => ({ path })) },
      { good: ['edge', 'CORP\\edge'], put: backup(base, (username) => ({ username })) },
      { good: hosts, put: backup(base, (host) => ({ host })) },
      { good: ['/export/edge'], put: backup(nfs, (path) => ({ path })) },
      { good: ['/a b'], put: backup(s3, (path) => ({ path })) },
      { good: ['bucket'], put: backup(s3, (bucket) => ({ bucket })) },
    ],
  ],
  [
    '/etc/resolv.conf',
    each(`grep -Exiq 'search [a-z0-9.-]+' "$file"`),
    [{ good: ['edge.acme.example'], put: plan((fqdn) => ({ fqdn })) }],
  ],
  [
    '/etc/systemd/network/10-edge-lan0.link',
    each(`grep -Exq 'PermanentMACAddress=([0-9a-f]{2}:){5}[0-9a-f]{2}' "$file"`),
    [{ good: ['02:00:00:00:00:07'], put: material(macs) }],
  ],
];

/** Lines that a list field adds or removes by its length, not by its content. */
const lineCount = (content: string): number => content.split('\n').length;

describe.skipIf(missing.length > 0)('hostile texts', () => {
  it.each(rows)('in %s are refused, or read as one value', (path, refused, fields) => {
    const random = randomNumbers(fixedSeed);
    const folder = join(place.folder, path.replaceAll('/', '_'));
    mkdirSync(folder);
    let accepted = 0;
    const strange: string[] = [];
    for (const { good, put } of fields) {
      const counts = new Set(
        good.map((value) => {
          const made = gatewayFiles(put(value));
          const content = made.ok ? made.value.find((file) => file.path === path)?.content : undefined;
          if (content === undefined)
            throw new Error(`${path}: the good value ${value} is refused: ${JSON.stringify(made)}`);
          return lineCount(content);
        }),
      );
      for (const text of hostileTexts(random, Math.ceil(perFile / fields.length), good)) {
        const made = gatewayFiles(put(text));
        if (!made.ok) {
          if (!/^(?:gateway|handover)\./.test(made.failure.code)) strange.push(made.failure.code);
          continue;
        }
        const content = made.value.find((file) => file.path === path)?.content;
        if (content === undefined) continue;
        accepted += 1;
        // A value with additional lines would be configuration. A path has a line for each of its folders.
        const isPath = path.endsWith('edge-backup');
        if (!isPath && !counts.has(lineCount(content))) strange.push(JSON.stringify(text));
        place.write(join(path.replaceAll('/', '_'), `${accepted}`), content);
      }
    }
    expect(strange).toEqual([]);
    expect(accepted).toBeGreaterThan(atLeast(100));
    expect(refused(folder)).toEqual([]);
  });

  const values = (good: readonly string[]): string[] => hostileTexts(randomNumbers(fixedSeed + 1), perFile, good);

  /** The output of a quoting function for the texts that it accepts. */
  const quoted = (texts: readonly string[], how: (value: string) => string): { text: string; written: string }[] =>
    texts.flatMap((text) => {
      try {
        return [{ text, written: how(text) }];
      } catch (error) {
        if (error instanceof FailureSignal) return [];
        throw error;
      }
    });

  it('pass through a shell unchanged', () => {
    const pairs = quoted(values(['it’s "a" $HOME']), (text) => quote.shellWord('x', text));
    expect(pairs.length).toBeGreaterThan(atLeast(700));
    const script = place.write('words.sh', pairs.map(({ written }) => String.raw`printf '%s\0' ${written}`).join('\n'));
    const { stdout } = spawnSync('sh', [script], { encoding: 'utf8' });
    expect(stdout.split('\0').slice(0, -1)).toEqual(pairs.map(({ text }) => text));
  });

  it('pass unchanged through the program that prints the secret', () => {
    const secrets = values(['secret']).slice(0, 200);
    const wanted: string[] = [];
    secrets.forEach((backupSecret, index) => {
      const made = gatewayFiles({ ...base, material: { ...base.material, backupSecret } });
      const file = made.ok ? made.value.find(({ path }) => path === '/etc/edge/backup-secret') : undefined;
      if (file === undefined) return;
      place.write(`secrets/${String(index).padStart(4, '0')}`, file.content, 0o700);
      wanted.push(`${backupSecret.replace(/\r?\n$/, '')}\n`);
    });
    const { stdout } = inPlace(`for file in ${word(place.folder)}/secrets/*; do "$file"; printf '\\0'; done`);
    expect(wanted.length).toBeGreaterThan(atLeast(120));
    expect(stdout.split('\0').slice(0, -1)).toEqual(wanted);
  });

  it('name one folder each for sftp', () => {
    const isName = (text: string): boolean => !/[/\0]/.test(text) && !/^\.{0,2}$/.test(text) && text.length < 80;
    const pairs = quoted(values(['rain bow', 'a*b?[c]']).filter(isName), (text) => quote.sftpPath('x', text));
    const wanted = new Set(pairs.map(({ text }) => text));
    expect(wanted.size).toBeGreaterThan(atLeast(200));
    const target = join(place.folder, 'sftp');
    mkdirSync(target);
    const batch = place.write('batch', pairs.map(({ written }) => `-mkdir ${written}`).join('\n') + '\n');
    const { status } = spawnSync('sftp', ['-q', '-D', '/usr/lib/openssh/sftp-server', '-b', batch], {
      cwd: target,
      encoding: 'utf8',
    });
    expect(status).toBe(0);
    expect(readdirSync(target).toSorted()).toEqual([...wanted].toSorted());
  });

  it('give curl one user name and password', () => {
    const pairs = quoted(values(['AKIA:secret', 'a"b\\c']), (text) => quote.curlValue('x', `k:${text}`)).filter(
      ({ text }) => !text.includes('\ufeff'),
    );
    expect(pairs.length).toBeGreaterThan(atLeast(500));
    const lines = pairs.map(({ written }) => `user = ${written}\nurl = "file:///dev/null"\nnext\n`).join('');
    const config = place.write('curl', lines.replace(/next\n$/, ''));
    const { stdout } = spawnSync('curl', ['-q', '--silent', '--libcurl', '-', '--config', config], {
      encoding: 'utf8',
      maxBuffer: 1 << 26,
    });
    const names = [...stdout.matchAll(/CURLOPT_USERPWD, "((?:[^"\\]|\\.)*)"/g)].map(([, text = '']) => text);
    const escaped = (text: string): string => `k:${text}`.replace(/["\\]/g, String.raw`\$&`);
    expect(names.length).toBe(pairs.length);
    expect(names.map(decode)).toEqual(pairs.map(({ text }) => decode(escaped(text))));
  });
});

/** A C string as written by `--libcurl`: bytes outside ASCII in octal or hexadecimal. */
function decode(text: string): string {
  const bytes: number[] = [];
  for (let at = 0; at < text.length; at += 1) {
    const rest = text.slice(at);
    const number = /^\\(?:x([0-9a-f]{2})|([0-7]{3}))/i.exec(rest);
    if (number !== null) {
      bytes.push(number[1] === undefined ? Number.parseInt(number[2] ?? '0', 8) : Number.parseInt(number[1], 16));
      at += number[0].length - 1;
    } else if (rest.startsWith('\\')) {
      const next = rest[1] ?? '';
      bytes.push(...Buffer.from({ n: '\n', r: '\r', t: '\t' }[next] ?? next));
      at += 1;
    } else {
      const character = String.fromCodePoint(rest.codePointAt(0) ?? 0);
      bytes.push(...Buffer.from(character));
      at += character.length - 1;
    }
  }
  return Buffer.from(bytes).toString('utf8');
}
