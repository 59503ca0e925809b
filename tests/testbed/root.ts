/**
 * The Debian root of the bed's machines: built once, kept in the checkout's build folder under a digest of its recipe.
 */
import { execFile, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const folder = import.meta.dirname;
export const checkout = resolve(folder, '..', '..');

/**
 * Debian names. Reference gateway images have those of the first two lines; the rest is for the other machines and
 * tests.
 */
const packages = [
  'openssh-server,nftables,wireguard-tools,wireguard-go,iproute2,keepalived,dnsmasq,chrony,apt-cacher-ng',
  'systemd,iputils-ping,procps,ca-certificates,cryptsetup-bin',
  'busybox,curl',
].join();

/** Programs of this computer that the bed starts, each with its Debian package. */
const programs = {
  mmdebstrap: 'mmdebstrap',
  ip: 'iproute2',
  nft: 'nftables',
  ssh: 'openssh-client',
  nsenter: 'util-linux',
  unshare: 'util-linux',
  setpriv: 'util-linux',
  flock: 'util-linux',
  python3: 'python3',
} as const;

const cache = process.env['EDGE_TESTBED_CACHE'] ?? join(checkout, 'build', 'testbed');

/** An empty folder on which each bed mounts its private tmpfs. */
export const bedsFolder = join(cache, 'beds');

const hasProgram = (name: string): boolean => spawnSync('sh', ['-c', 'command -v "$0"', name]).status === 0;

/** The reasons why the bed cannot run on this computer, one sentence each; empty if it can. */
function obstacles(): string[] {
  if (process.platform !== 'linux') return ['the bed needs Linux namespaces'];
  if (process.getuid?.() !== 0) return ['the bed needs root for its namespaces'];
  const found = Object.entries(programs)
    .filter(([name]) => !hasProgram(name))
    .map(([name, debianPackage]) => `${name} is missing (Debian package ${debianPackage})`);
  if (!existsSync('/etc/debian_version')) found.push('the root is built from the apt sources of a Debian system');
  if (!existsSync('/dev/net/tun')) found.push('/dev/net/tun is missing');
  if (found.length > 0) return found;
  const trial = [
    'mount -t tmpfs none /mnt && cd /mnt && mkdir lower upper work merged',
    'mount -t overlay none -o lowerdir=lower,upperdir=upper,workdir=work merged',
  ].join(' && ');
  const namespaces = spawnSync('unshare', ['-m', '-p', '-n', '-u', '-i', '-f', 'sh', '-c', trial]);
  return namespaces.status === 0
    ? []
    : [`namespaces or an overlay file system are not permitted: ${namespaces.stderr.toString().trim()}`];
}

const codename = (): string =>
  /^VERSION_CODENAME=(\w+)$/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1] ?? 'stable';

/** This computer's own apt sources; the empty string means the default mirror. */
const aptSources = (): string =>
  ['/etc/apt/sources.list.d/debian.sources', '/etc/apt/sources.list'].find((path) => existsSync(path)) ?? '';

export type PreparedRoot =
  | { readonly ready: true; readonly root: string; readonly builtInMs: number }
  | { readonly ready: false; readonly reasons: readonly string[] };

/** Builds the root if it is missing; two concurrent callers build it once. Needs the network the first time. */
export async function prepareRoot(): Promise<PreparedRoot> {
  const reasons = obstacles();
  if (reasons.length > 0) return { ready: false, reasons };
  const recipe = readFileSync(join(folder, 'build-root.sh'));
  const suite = codename();
  const key = createHash('sha256').update(recipe).update(suite).update(packages).digest('hex').slice(0, 12);
  const root = join(cache, `root-${key}`);
  mkdirSync(bedsFolder, { recursive: true });
  const start = performance.now();
  if (!existsSync(root)) {
    const script = [root, suite, aptSources(), packages];
    const failure = await new Promise<string | undefined>((settle) => {
      execFile(join(folder, 'build-root.sh'), script, { timeout: 10 * 60_000 }, (error, _, stderr) =>
        settle(error === null ? undefined : stderr.trim().split('\n').slice(-3).join('; ') || error.message),
      );
    });
    if (failure !== undefined) return { ready: false, reasons: [`the Debian root could not be built: ${failure}`] };
  }
  return { ready: true, root, builtInMs: Math.round(performance.now() - start) };
}
