/**
 * An isolated environment for the daemons' parsers: a network namespace, with the gateway's files over the machine's
 * folders.
 */
import { spawnSync } from 'node:child_process';
import { accessSync, chmodSync, constants, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { GatewayFile } from '../../../core/gateway/file.ts';

const programs: Readonly<Record<string, string>> = {
  nft: '/usr/sbin/nft',
  keepalived: '/usr/sbin/keepalived',
  'dnsmasq-base': '/usr/sbin/dnsmasq',
  chrony: '/usr/sbin/chronyd',
  'openssh-server': '/usr/sbin/sshd',
  'openssh-client': '/usr/bin/sftp',
  'wireguard-tools': '/usr/bin/wg-quick',
  systemd: '/usr/bin/systemd-analyze',
  networkd: '/lib/systemd/systemd-networkd',
  udev: '/usr/bin/udevadm',
  curl: '/usr/bin/curl',
  shellcheck: '/usr/bin/shellcheck',
  'apt-cacher-ng': '/usr/lib/apt-cacher-ng/acngtool',
};

const isThere = (path: string): boolean => {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
};

/** The missing prerequisites of these parsers, printed once, since the tests are skipped. */
export function missingFor(...names: readonly string[]): readonly string[] {
  const missing = names.filter((name) => !isThere(programs[name] ?? name));
  if (spawnSync('unshare', ['-n', '-m', 'true']).status !== 0) missing.push('permission for a network namespace');
  if (missing.length > 0) process.stderr.write(`Skipped, the parsers of a gateway cannot run: ${missing.join(', ')}\n`);
  return missing;
}

export interface Scratch {
  readonly folder: string;
  /** Writes a file below the folder and tells its path. */
  write(path: string, content: string, mode?: number): string;
  remove(): void;
}

export function scratch(): Scratch {
  const folder = mkdtempSync(join(tmpdir(), 'edge-gateway-'));
  return {
    folder,
    write: (path, content, mode = 0o600) => {
      const at = join(folder, path);
      mkdirSync(dirname(at), { recursive: true });
      writeFileSync(at, content);
      chmodSync(at, mode);
      return at;
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** Puts the files below `root` in a folder, each with its mode. */
export function writeRoot(place: Scratch, root: string, files: readonly GatewayFile[]): string {
  for (const { path, content, mode } of files) place.write(join(root, path), content, mode);
  return join(place.folder, root);
}

/** The machine's folders are the lower layer and stay unchanged; the upper layer is in memory. */
const overlays = `
set -e
mount -t tmpfs none /mnt
for one in etc root usr/local run; do
  mkdir -p "/mnt/$one/upper" "/mnt/$one/work"
  mount -t overlay overlay -o "lowerdir=/$one,upperdir=/mnt/$one/upper,workdir=/mnt/$one/work" "/$one"
done
mkdir -p /run/sshd
mount -t sysfs none /sys
ip link set lo up
set +e
`;

/** Runs a shell script in this environment. `$0`, `$1`, … are `args`. */
export function inPlace(script: string, args: readonly string[] = [], timeoutMs = 120_000) {
  const { status, stdout, stderr } = spawnSync('unshare', ['-n', '-m', 'sh', '-c', `${overlays}${script}`, ...args], {
    encoding: 'utf8',
    timeout: timeoutMs,
    maxBuffer: 64 * 1024 * 1024,
  });
  return { status, stdout, stderr };
}

export const word = (text: string): string => `'${text.replaceAll("'", String.raw`'\''`)}'`;

/** The check of the file at `path`, as a line of a script. */
export const checkLine = ({ check = [] }: GatewayFile, path: string): string =>
  check.map((part) => word(part === '{file}' ? path : part)).join(' ');
