/** The system packages that the tests use, as data: the purpose of each, and the suites that require it. */
import { existsSync } from 'node:fs';
import { run } from './child.mjs';
import { Problem } from './problem.mjs';

const electron = ['electron'];
const wizard = ['browser', 'electron'];
const guests = ['guests'];

/**
 * Debian names; `renamed` is the name from Debian 13 on. A suite in `needs` is skipped without the package; the tests
 * of a suite in `uses` are skipped with a reason, unless `without` says what happens instead.
 */
export const systemPackages = [
  { name: 'chromium', needs: wizard, why: 'the wizard in a browser' },
  {
    name: 'chromium-headless-shell',
    command: 'chromium-headless-shell',
    uses: ['browser'],
    without: 'chromium itself takes twice the processor time',
    why: 'the wizard in a browser without a window',
  },
  { name: 'xvfb', needs: electron, why: 'a display for Electron' },
  { name: 'xauth', needs: electron, why: 'asked for by xvfb-run' },
  { name: 'libgtk-3-0', renamed: 'libgtk-3-0t64', needs: electron, why: 'Electron links it' },
  { name: 'libnss3', needs: electron, why: 'Electron links it' },
  { name: 'libasound2', renamed: 'libasound2t64', needs: electron, why: 'Electron links it' },
  { name: 'libgbm1', needs: electron, why: 'Electron links it' },
  { name: 'python3-pip', command: 'pip3', needs: electron, why: 'fetches the Electron test host' },
  {
    name: 'dbus-daemon',
    command: 'dbus-run-session',
    needs: wizard,
    uses: ['integration'],
    why: 'a session for the keyring',
  },
  {
    name: 'gnome-keyring',
    command: 'gnome-keyring-daemon',
    needs: wizard,
    uses: ['integration'],
    why: 'a real keychain',
  },
  { name: 'libsecret-1-0', needs: wizard, uses: ['integration'], why: 'the keychain binding links it' },
  { name: 'age', command: 'age', uses: ['integration'], why: 'opens our bundles and vaults' },
  {
    name: 'openssh-server',
    command: '/usr/sbin/sshd',
    uses: ['integration'],
    why: 'a real SSH server for the gateways of the tests',
  },
  { name: 'minisign', command: 'minisign', uses: ['integration'], why: 'checks our signatures' },
  { name: 'wireguard-tools', command: 'wg', needs: guests, uses: ['integration'], why: 'checks our keys' },
  {
    name: 'wireguard-go',
    command: 'wireguard-go',
    needs: guests,
    uses: ['integration'],
    why: 'an interface that takes our peers',
  },
  {
    name: 'qemu-utils',
    command: 'qemu-img',
    needs: guests,
    uses: ['integration'],
    why: 'makes and checks disk images',
  },
  { name: 'poppler-utils', command: 'pdftotext', uses: ['integration', 'browser', 'electron'], why: 'reads our PDF' },
  {
    name: 'openssl',
    command: 'openssl',
    uses: ['integration', 'browser', 'electron'],
    why: 'makes certificates and manifests',
  },
  { name: 'bind9-utils', command: 'named-checkzone', uses: ['integration'], why: 'checks our DNS zone' },
  { name: 'gcc', command: 'gcc', uses: ['integration'], why: 'makes the library that lets a disk fail' },
  { name: 'libc6-dev', uses: ['integration'], why: 'headers for that library' },
  {
    name: 'python3',
    command: 'python3',
    needs: guests,
    uses: ['integration'],
    why: 'terminals for the command line, VLAN tags',
  },
  {
    name: 'mmdebstrap',
    command: 'mmdebstrap',
    needs: guests,
    uses: ['integration'],
    why: 'makes the system of a gateway',
  },
  { name: 'iproute2', command: 'ip', needs: guests, uses: ['integration'], why: 'networks in namespaces' },
  {
    name: 'openssh-client',
    command: 'ssh',
    needs: guests,
    uses: ['integration'],
    why: 'makes SSH keys, logs in to gateways, takes their backup',
  },
  {
    name: 'nftables',
    command: 'nft',
    uses: ['integration'],
    why: 'parses the packet filter of a gateway, redirects connections of the test bed',
  },
  { name: 'keepalived', command: 'keepalived', uses: ['integration'], why: 'parses the VRRP of a gateway' },
  { name: 'dnsmasq-base', command: 'dnsmasq', uses: ['integration'], why: 'parses the name service of a gateway' },
  { name: 'chrony', command: 'chronyd', uses: ['integration'], why: 'parses the time service of a gateway' },
  {
    name: 'apt-cacher-ng',
    command: 'apt-cacher-ng',
    uses: ['integration'],
    why: 'parses the package cache of a gateway',
  },
  { name: 'systemd', command: 'systemd-analyze', uses: ['integration'], why: 'parses the units of a gateway' },
  { name: 'udev', command: 'udevadm', uses: ['integration'], why: 'parses the NICs of a gateway' },
  { name: 'curl', command: 'curl', uses: ['integration'], why: 'parses the backup of a gateway to S3' },
  {
    name: 'shellcheck',
    command: 'shellcheck',
    uses: ['integration'],
    why: 'checks the scripts of gateways and guests',
  },
  { name: 'python3-aiosmtpd', uses: ['integration'], why: 'a real mail server for the probe' },
  { name: 'qemu-system-x86', command: 'qemu-system-x86_64', needs: guests, why: 'runs the gateways' },
  { name: 'gdisk', command: 'sgdisk', needs: guests, why: 'partitions its disk' },
  { name: 'grub-common', command: 'grub-mkimage', needs: guests, why: 'makes its disk boot' },
  { name: 'grub-pc-bin', needs: guests, why: 'makes its disk boot' },
  { name: 'genisoimage', command: 'genisoimage', needs: guests, why: 'makes seeds' },
  { name: 'swtpm', command: 'swtpm', needs: guests, why: 'a TPM for a gateway' },
  { name: 'cryptsetup-bin', command: 'cryptsetup', needs: guests, why: 'opens an encrypted disk' },
  { name: 'iputils-ping', command: 'ping', needs: guests, why: 'asks the gateways' },
];

const aptOptions = ['-qq', '-y', '--no-install-recommends', '-o', 'DPkg::Lock::Timeout=120'];
const aptEnvironment = { DEBIAN_FRONTEND: 'noninteractive' };

/** Whether packages can be installed on this machine: Debian or a descendant, as root. */
export const canInstall = () => process.getuid?.() === 0 && existsSync('/etc/debian_version');

const hasDpkg = existsSync('/usr/bin/dpkg-query');

async function dpkgHas(name) {
  const { code, output } = await run('dpkg-query', ['--show', '--showformat=${db:Status-Status}', name]);
  return code === 0 && output.trim() === 'installed';
}

const onPath = async (command) => (await run('sh', ['-c', 'command -v "$0"', command])).code === 0;

async function isThere({ name, renamed, command }) {
  if (command !== undefined && (await onPath(command))) return true;
  if (!hasDpkg) return command === undefined;
  return (await dpkgHas(name)) || (renamed !== undefined && (await dpkgHas(renamed)));
}

/** The missing packages for these suites. Without dpkg only commands are checked; libraries count as installed. */
export async function missingPackages(suites) {
  if (process.platform !== 'linux') return [];
  const wanted = systemPackages.filter(({ needs = [], uses = [] }) =>
    suites.some((suite) => needs.includes(suite) || uses.includes(suite)),
  );
  const there = await Promise.all(wanted.map(isThere));
  return wanted.filter((_, index) => !there[index]);
}

async function hasCandidate(name) {
  const { output } = await run('apt-cache', ['policy', name]);
  return /Candidate: (?!\(none\))/.test(output);
}

/** The name that apt knows; undefined for a package that is not in its sources and not needed. */
async function nameHere({ name, renamed, without }) {
  if (without !== undefined && !(await hasCandidate(name))) return undefined;
  return renamed !== undefined && (await hasCandidate(renamed)) ? renamed : name;
}

/** Installs packages with apt. Throws a {@link Problem} with apt's last output lines. */
export async function installPackages(packages) {
  await run('apt-get', ['update', '-qq'], { env: aptEnvironment });
  const names = (await Promise.all(packages.map(nameHere))).filter((name) => name !== undefined);
  if (names.length === 0) return;
  const { code, output } = await run('apt-get', ['install', ...aptOptions, ...names], { env: aptEnvironment });
  if (code === 0) return;
  throw new Problem(
    `apt-get could not install ${names.join(', ')}:\n${output.trim().split('\n').slice(-6).join('\n')}`,
  );
}
