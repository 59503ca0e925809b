/** Machines of a bed: bare network namespaces for programs of this computer, and Debian systems with their own root. */
import { join } from 'node:path';
import { noc } from './addresses.ts';
import {
  commandLine,
  type CommandOptions,
  type CommandResult,
  endGroup,
  finish,
  lastDescendant,
  must,
  type Namespaces,
  printed,
  type RunningChild,
  start,
  withoutPowers,
} from './commands.ts';
import { bedsFolder, checkout } from './root.ts';

export interface Machine {
  readonly name: string;
  readonly namespaces: Namespaces;
  readonly run: (argv: readonly string[], options?: CommandOptions) => Promise<CommandResult>;
  /** As `run`, but throws if the command fails. Returns its standard output. */
  readonly must: (argv: readonly string[], options?: CommandOptions) => Promise<string>;
  /** Starts a command in the background; it ends with the bed, or by `endGroup`. */
  readonly spawn: (argv: readonly string[], env?: Readonly<Record<string, string>>) => RunningChild;
}

export interface Guardian {
  readonly namespaces: Namespaces;
  /** Registers a background child: `end` waits for it too, since its nsenter is in the bed's namespaces. */
  readonly follow: (child: RunningChild) => RunningChild;
  /** Ends every process of the bed; settles when the kernel has ended the last process. */
  readonly end: () => Promise<void>;
}

const ended = (child: RunningChild): Promise<void> =>
  new Promise((settle) => {
    if (child.exitCode !== null || child.signalCode !== null) settle();
    else child.once('exit', () => settle());
  });

/** The process whose end is the end of the bed. */
export async function startGuardian(): Promise<Guardian> {
  const unshared = ['--mount', '--pid', '--fork', '--kill-child', '--mount-proc', '--propagation', 'private'];
  const script = join(import.meta.dirname, 'guardian.sh');
  const child = start([...withoutPowers, 'unshare', ...unshared, 'sh', script, bedsFolder]);
  if (child.pid === undefined) throw new Error('unshare did not start');
  await printed(child, 'ready');
  const namespaces = { pid: lastDescendant(child.pid, 1), ownRoot: false };
  const followed = new Set<RunningChild>();
  return {
    namespaces,
    follow: (other) => {
      followed.add(other);
      other.once('exit', () => followed.delete(other));
      return other;
    },
    end: async () => {
      child.stdin.end();
      await Promise.all([child, ...followed].map(ended));
    },
  };
}

const inGuardian = ({ namespaces: { pid } }: Guardian): readonly string[] => [
  ...withoutPowers,
  'nsenter',
  '-t',
  String(pid),
  '-m',
  '-p',
  '--',
];

export function machineAt({ follow }: Guardian, name: string, namespacesOf: () => Namespaces): Machine {
  const line = (argv: readonly string[]): readonly string[] => commandLine(namespacesOf(), argv, checkout);
  return {
    name,
    get namespaces() {
      return namespacesOf();
    },
    run: (argv, options) => finish(line(argv), options),
    must: (argv, options) => must(line(argv), options),
    spawn: (argv, env) => follow(start(line(argv), env)),
  };
}

/** A network namespace in which programs of this computer run, with this computer's files. */
export async function startNamespace(guardian: Guardian, name: string): Promise<Machine> {
  // A namespace inherits this computer's forwarding, so it is turned off.
  const script = 'echo 0 > /proc/sys/net/ipv4/ip_forward; ip link set lo up; echo ready; exec sleep infinity';
  const child = guardian.follow(start([...inGuardian(guardian), 'unshare', '--net', 'sh', '-c', script]));
  if (child.pid === undefined) throw new Error('nsenter did not start');
  await printed(child, 'ready');
  const namespaces = { pid: lastDescendant(child.pid, 1), ownRoot: false };
  return machineAt(guardian, name, () => namespaces);
}

export interface BootingSystem {
  readonly namespaces: Namespaces;
  /** Starts the enabled units, once the cables are connected. */
  boot(): Promise<void>;
  /** Ends it like a power cut; written data stays on its disk. */
  kill(): Promise<void>;
}

interface SystemSettings {
  readonly root: string;
  readonly name: string;
  /** Size of the disk with the machine's writes. */
  readonly megabytes: number;
}

const diskOf = (name: string): string => join(bedsFolder, name);

/** Gives a system an empty disk, which persists over its boots, in place of its old disk. */
export async function makeDisk(guardian: Guardian, { name, megabytes }: SystemSettings): Promise<void> {
  const script = 'mkdir -p "$0"; umount -l "$0" 2> /dev/null; mount -t tmpfs -o "mode=755,size=$1m" disk "$0"';
  await must([...inGuardian(guardian), 'sh', '-c', script, diskOf(name), String(megabytes)]);
}

/** Starts a Debian system up to the point where it waits for its cables. */
export async function startSystem(guardian: Guardian, { root, name }: SystemSettings): Promise<BootingSystem> {
  const unshared = ['-m', '-u', '-i', '-n', '-p', '--fork', '--kill-child', '--propagation', 'private'];
  const layer = join(import.meta.dirname, 'guest');
  const script = ['sh', join(layer, 'boot'), root, diskOf(name), name, layer, noc.services];
  const child = guardian.follow(start([...inGuardian(guardian), 'unshare', ...unshared, ...script]));
  if (child.pid === undefined) throw new Error('nsenter did not start');
  await printed(child, 'ready');
  const pid = lastDescendant(child.pid, 2);
  return {
    namespaces: { pid, ownRoot: true },
    boot: async () => {
      child.stdin.write('\n');
      await printed(child, 'up');
    },
    kill: async () => {
      process.kill(pid, 'SIGKILL');
      await ended(child);
      endGroup(child);
    },
  };
}
