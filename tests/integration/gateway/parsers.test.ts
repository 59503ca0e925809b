/** Every file of every gateway passes the parser of the program that reads it, and each check refuses a broken file. */
import { spawnSync } from 'node:child_process';
import { afterAll, describe, expect, it } from 'vitest';
import type { GatewayFile } from '../../../core/gateway/file.ts';
import { gatewayFiles } from '../../../core/gateway/files.ts';
import { networkChecks } from '../../../core/gateway/network-checks.ts';
import { digestCommand, fileState, parseDigests, readStamp } from '../../../core/gateway/stamp.ts';
import type { GatewayInput } from '../../../core/gateway/view.ts';
import { fullSite, gatewayInputs, gatewaySites } from '../../fixtures/gateway-samples.ts';
import { checkLine, inPlace, missingFor, scratch, word, writeRoot } from './namespace.ts';

const missing = missingFor(
  'nft',
  'keepalived',
  'dnsmasq-base',
  'chrony',
  'openssh-server',
  'wireguard-tools',
  'systemd',
  'networkd',
  'udev',
  'shellcheck',
  'apt-cacher-ng',
);

const place = scratch();
afterAll(() => place.remove());

function filesOf(input: GatewayInput): readonly GatewayFile[] {
  const made = gatewayFiles(input);
  if (!made.ok) throw new Error(JSON.stringify(made.failure));
  return made.value;
}

const roots = gatewaySites.flatMap(([name, site]) =>
  gatewayInputs(site).map((input) => ({ name: `${name}: ${input.vm.name}`, files: filesOf(input) })),
);

/** Same content, same check: parsed once. */
const distinct = (of: (file: GatewayFile) => boolean): GatewayFile[] => [
  ...new Map(
    roots.flatMap(({ files }) => files.filter(of).map((file) => [`${file.path}\n${file.content}`, file] as const)),
  ).values(),
];

const isChecked = ({ check }: GatewayFile): boolean => check !== undefined;

/** Adds a line that is invalid in every format. */
const broken = (content: string): string => `${content}}} (' nonsense "\n`;

/** Lines `<code> <number>` of a script that checks each file. The backup program is installed, for its unit. */
function checked(
  files: readonly GatewayFile[],
  content: (file: GatewayFile) => string,
): { code: number; output: string }[] {
  const script = files.find(({ path }) => path === '/usr/local/sbin/edge-backup')?.content ?? '#!/bin/sh\n';
  const program = place.write('program', script, 0o755);
  const lines = files.map((file, index) => {
    const path = place.write(`new-${index}`, content(file), file.mode);
    return `${checkLine(file, path)} >${word(`${path}.out`)} 2>&1; echo $?; cat ${word(`${path}.out`)}; echo "---"`;
  });
  const { stdout } = inPlace(`install -m 755 ${word(program)} /usr/local/sbin/edge-backup\n${lines.join('\n')}`);
  return stdout
    .split(/^---\n/m)
    .slice(0, -1)
    .map((one) => ({ code: Number.parseInt(one, 10), output: one }));
}

describe.skipIf(missing.length > 0)('the files of a gateway', () => {
  it('pass their check, for master and slave of every site', () => {
    const files = distinct(isChecked);
    const results = checked(files, ({ content }) => content);
    expect(results).toHaveLength(files.length);
    expect(
      results.flatMap(({ code, output }, index) => (code === 0 ? [] : [{ path: files[index]?.path, output }])),
    ).toEqual([]);
    // Every parser that the product names was run.
    const commands = new Set(
      files.map(({ check = [] }) => check.find((part) => /wg-quick|systemd-analyze/.test(part)) ?? check[0]),
    );
    expect(commands.size).toBeGreaterThanOrEqual(8);
  });

  it('are refused by their check when they are broken', () => {
    const files = [...new Map(distinct(isChecked).map((file) => [file.path, file])).values()];
    const results = checked(
      files,
      ({ content, path }) =>
        // systemd and the package cache ignore lines that they do not know: for them the test breaks a known line.
        content.replace(/^(?:ExecStart|OnCalendar)=.*$/m, 'ExecStart=/does/not/exist').replace(/^Port: /m, 'Port ') +
        (/systemd|apt-cacher/.test(path) ? '' : broken('')),
    );
    expect(results.flatMap(({ code }, index) => (code === 0 ? [files[index]?.path] : []))).toEqual([]);
  });

  it('are read by networkd and udev without a complaint', () => {
    const files = distinct(({ path }) => path.startsWith('/etc/systemd/network/'));
    files.forEach(({ path, content }, index) =>
      place.write(`networkd/${index}-${path.split('/').at(-1) ?? ''}`, content, 0o644),
    );
    place.write('networkd/98-broken.network', '[Match]\nName=x\n[Network]\nNonsense=1\n', 0o644);
    place.write('networkd/98-broken.link', '[Match]\nOriginalName=x\n[Link]\nNonsense=1\n', 0o644);
    const { stdout } = inPlace(
      `cp "$0"/* /etc/systemd/network/
ip link add probe0 type veth peer name probe1
SYSTEMD_LOG_LEVEL=debug SYSTEMD_LOG_TARGET=console timeout 2 /lib/systemd/systemd-networkd 2>&1
udevadm --debug test-builtin net_setup_link /sys/class/net/probe0 2>&1`,
      [`${place.folder}/networkd`],
    );
    const about = stdout.split('\n').filter((line) => line.includes('/etc/systemd/network/'));
    // All sites use the same VLAN name.
    const complaints = about.filter(
      (line) => /unknown|invalid|ignoring|failed/i.test(line) && !line.includes('already configured'),
    );
    // One file of each is broken on purpose, so that both programs report an error.
    expect(complaints.map((line) => /98-broken\.\w+/.exec(line)?.[0] ?? line)).toEqual([
      '98-broken.network',
      '98-broken.link',
    ]);
    expect(about.filter((line) => line.includes('Parsed configuration file')).length).toBeGreaterThanOrEqual(
      files.filter(({ path }) => path.endsWith('.link')).length,
    );
  });

  it('are read by the package cache', () => {
    const { files = [] } = roots[0] ?? {};
    const root = writeRoot(place, 'cache', files);
    const { stdout } = inPlace(
      'cp "$0"/etc/apt-cacher-ng/zz_edge.conf /etc/apt-cacher-ng/ && /usr/lib/apt-cacher-ng/acngtool cfgdump -c /etc/apt-cacher-ng',
      [root],
    );
    expect(stdout).toMatch(/^Port = 3142$/m);
    expect(stdout).toMatch(/^PassThroughPattern = \^\(\.\*\):443\$$/m);
  });

  it('contain only scripts that shellcheck accepts', () => {
    const scripts = distinct(({ content, secret }) => content.startsWith('#!') && !secret);
    expect(scripts.length).toBeGreaterThanOrEqual(3);
    const commands = [...distinct(isChecked), { check: digestCommand(['/etc/hosts']) }].flatMap(({ check = [] }) =>
      check[0] === 'sh' && check[1] === '-c' ? [`#!/bin/sh\n${check[2] ?? ''}\n`] : [],
    );
    const paths = [...scripts.map(({ content }) => content), ...new Set(commands)].map((content, index) =>
      place.write(`script-${index}`, content, 0o755),
    );
    const { status, stdout } = spawnSync('shellcheck', ['-s', 'sh', ...paths], { encoding: 'utf8' });
    expect(stdout).toBe('');
    expect(status).toBe(0);
  });
});

describe.skipIf(missing.length > 0)('the commands of the checks', () => {
  const [input] = gatewayInputs(fullSite({}, { dhcp: { from: '10.20.0.200', to: '10.20.0.230' } }));
  if (input === undefined) throw new Error('There is no gateway.');
  const files = filesOf(input);
  const context = { site: input.site, plan: input.plan, reach: [], files: { [input.vm.name]: files } };

  it('distinguish loaded rules from planned ones', () => {
    const rule = networkChecks.find(({ id }) => id === 'gateway.rules');
    const commands = (rule?.commands(context, input.vm) ?? []).map((argv) => argv.map(word).join(' '));
    const root = writeRoot(place, 'rules', files);
    const ask = `${commands.map((one) => `${one}; echo "--- $?"`).join('\n')}\n`;
    const { stdout } = inPlace(
      `cp "$0"/etc/nftables.conf /etc/nftables.conf
${ask} nft -f /etc/nftables.conf
${ask} nft add rule inet edge input tcp dport 80 accept
${ask}`,
      [root],
    );
    const parts = stdout.split(/^--- (\d+)\n/m);
    const judged = [0, 1, 2].map((turn) => {
      const at = turn * 4;
      const outputs = [0, 2].map((offset) => ({
        stdout: parts[at + offset] ?? '',
        code: Number(parts[at + offset + 1]),
      }));
      return rule?.judge(context, [{ vm: input.vm, outputs }]).map(({ variant = 'fail' }) => variant);
    });
    expect(judged).toEqual([['none'], [], ['fail']]);
  });

  it('print the digests of files as the product reads them', () => {
    const root = writeRoot(place, 'digests', files);
    const paths = files.map(({ path }) => `${root}${path}`);
    const [changed = '', gone = '', old = ''] = paths;
    const script = `printf 'x\\n' >>"$1"; rm "$2"; sed -i 's/^# edge-plan .*/# edge-plan 0/' "$3"; shift 3; ${digestCommand(
      paths,
    )
      .map(word)
      .join(' ')}`;
    const { stdout } = spawnSync('sh', ['-c', script, 'sh', changed, gone, old], { encoding: 'utf8' });
    const found = parseDigests(stdout);
    expect(found).toHaveLength(files.length - 1);
    const states = files.map((file) =>
      fileState(
        file,
        found.find(({ path }) => path === `${root}${file.path}`),
      ),
    );
    expect(states).toEqual(['changed', 'missing', 'stamp', ...files.slice(3).map(() => 'same')]);
    for (const file of files.slice(3)) {
      const own = readStamp(file.path, file.content);
      expect(found.find(({ path }) => path === `${root}${file.path}`)).toEqual({ ...own, path: `${root}${file.path}` });
    }
  });
});
