/** A simulated guest: its files and services in memory, kept in one file from one start of the demo to the next. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { unwrap } from '../../../core/base/errors.ts';
import type { FileState } from '../../../core/gateway/file-verdict.ts';
import { writeFileAtomic } from '../../system/files/atomic.ts';
import { generateSshKeyPair } from '../../adapters/ssh/key-pair.ts';
import type { GuestFacts } from './machine.ts';

export interface GuestFile {
  readonly content: string;
  /** Octal, as `stat -c %a` prints it. */
  readonly mode: string;
}

export interface GuestUnit {
  readonly active: boolean;
  readonly enabled: boolean;
}

/** An activation that is not confirmed yet: what it replaced. */
export interface Transaction {
  readonly id: string;
  /** ms since 1970. */
  readonly deadline: number;
  readonly files: readonly { readonly path: string; readonly before?: GuestFile | undefined }[];
  readonly units: readonly { readonly unit: string; readonly before: GuestUnit }[];
  /** Text of the record when it is confirmed. */
  readonly record: string;
}

/** Everything on the guest's disk, and its running services. */
export interface GuestDisk {
  /** In OpenSSH's format. */
  readonly hostKey: string;
  readonly files: Record<string, GuestFile>;
  readonly units: Record<string, GuestUnit>;
  /** The rule set in the kernel. */
  rules: string;
  /** State and path of each file that the installer wrote, a line each. */
  record: string;
  /** A timer that starts a unit, by name; `at` in ms since 1970. */
  timers?: Record<string, { readonly unit: string; readonly at: number }>;
  transaction?: Transaction;
  confirmed?: string;
  rolledBack?: string;
}

export interface Guest {
  readonly facts: GuestFacts;
  readonly disk: GuestDisk;
  /** Keeps the disk. */
  readonly save: () => Promise<void>;
}

/** Guests that are on. Each sees the others on the LAN. */
export type GuestNetwork = () => readonly Guest[];

export const sha256Of = (content: string | Uint8Array): string => createHash('sha256').update(content).digest('hex');

/** The state of a file as the programs on a gateway say it. */
export const stateOf = (file: GuestFile | undefined): FileState =>
  file === undefined ? 'absent' : `file:${sha256Of(file.content)}:${file.mode}`;

export const unitOf = ({ units }: GuestDisk, name: string): GuestUnit =>
  units[name.includes('.') ? name : `${name}.service`] ?? { active: false, enabled: false };

export const textOf = ({ files }: GuestDisk, path: string): string => files[path]?.content ?? '';

/** What the image has loaded until the installer has configured the gateway. */
const firstRules = [
  'table inet edge {',
  '\tchain input {',
  '\t\ttype filter hook input priority filter; policy drop;',
  '\t\tiifname "lan0" tcp dport 22 accept',
  '\t}',
  '}',
  '',
].join('\n');

/** The services of the image. The others are installed and not enabled. */
const firstUnits = ['ssh', 'nftables', 'systemd-networkd', 'systemd-sysctl', 'systemd-resolved'];

/** The first boot: a host key of its own, and the bootstrap key for the account `root`. */
function firstBoot({ bootstrapKey, disks }: GuestFacts): GuestDisk {
  const kept = disks.slice(1).map((_, index) => `data${index + 1}=keyfile`);
  const [type = '', blob = ''] = (bootstrapKey ?? '').split(' ');
  const key = `${type} ${blob} edge-installer-bootstrap\n`;
  return {
    hostKey: generateSshKeyPair('simulated-guest').privateKey,
    files: {
      ...(bootstrapKey === undefined ? {} : { '/root/.ssh/authorized_keys': { content: key, mode: '600' } }),
      '/etc/nftables.conf': { content: `flush ruleset\n${firstRules}`, mode: '644' },
      '/run/edge/disks': { content: `${kept.join(',') || 'none'}\n`, mode: '644' },
    },
    units: Object.fromEntries(firstUnits.map((name) => [`${name}.service`, { active: true, enabled: true }])),
    rules: firstRules,
    record: '',
  };
}

/** The guest with the disk in `file`, made at its first boot. Throws where the file cannot be written. */
export async function openGuest(file: string, facts: GuestFacts): Promise<Guest> {
  const text = await readFile(file, 'utf8').catch(() => undefined);
  const disk = text === undefined ? firstBoot(facts) : (JSON.parse(text) as GuestDisk);
  const guest: Guest = {
    facts,
    disk,
    save: async () => {
      unwrap(await writeFileAtomic(file, `${JSON.stringify(disk, undefined, 2)}\n`, { mode: 0o600 }));
    },
  };
  if (text === undefined) await guest.save();
  return guest;
}
