/**
 * The seal takes the installer's access away: the bootstrap key from every VM, and its rule from the gateways' packet filter.
 * This is the part that decides; it touches nothing.
 */
import { type Result, fail, failure, ok } from '../base/errors.ts';
import type { Plan } from '../plan/model.ts';
import { authorizedKeysPath } from './access.ts';
import { authorizedKeyOf } from '../network/authorized-key.ts';
import type { GatewayFile } from './file.ts';
import { expressed, gatewayFiles } from './files.ts';
import { readStamp, stamped } from './stamp.ts';
import { type GatewayInput, gatewaysOf } from './view.ts';

/** A VM as it was looked at before the seal. */
export interface SealedVm {
  readonly vm: string;
  readonly user: string;
  /** The text of its `authorized_keys`. */
  readonly authorizedKeys: string;
}

export interface SealInput {
  readonly plan: Plan;
  /** Every VM of the plan that exists. */
  readonly vms: readonly SealedVm[];
  /** The public part of our key. */
  readonly bootstrapKey: string;
  /** Of the signed catalogue. */
  readonly sshAuthorizedKeys: readonly string[];
  /** ALE has answered, and a fresh handshake was seen on each gateway. */
  readonly confirmed: boolean;
  /** What the user typed in place of a confirmation. */
  readonly typedSite?: string | undefined;
  /** The gateways' inputs as they were configured. */
  readonly gateways: readonly GatewayInput[];
}

/** What is written to one VM. */
export interface SealStep {
  readonly vm: string;
  readonly files: readonly GatewayFile[];
}

const keyOf = (line: string): string | undefined => authorizedKeyOf(line.trim())?.key;

/** Whether a key of ALE can log in: a plain key as a plain key, an authority as an authority. */
function hasCredential(authorizedKeys: string, sshAuthorizedKeys: readonly string[]): boolean {
  const named = (lines: readonly string[]): Set<string> =>
    new Set(
      lines
        .flatMap((line) => authorizedKeyOf(line.trim()) ?? [])
        .map(({ key, isAuthority }) => `${isAuthority} ${key}`),
    );
  const installed = named(authorizedKeys.split('\n'));
  return [...named(sshAuthorizedKeys)].some((one) => installed.has(one));
}

/**
 * The text without our key, whatever its options and its comment. ALE's changes stay; the stamp is renewed only where the text
 * was as we wrote it.
 */
export function withoutKey(path: string, text: string, bootstrapKey: string): string {
  const ours = keyOf(bootstrapKey);
  const isOurs = (line: string): boolean =>
    line.trim() === bootstrapKey.trim() ||
    (ours !== undefined && line.includes(ours)) ||
    line === '# Installer, until the seal';
  const rest = text.split('\n').filter((line) => !isOurs(line));
  const { plan, stamp, actual } = readStamp(path, text);
  if (stamp === '' || stamp !== actual) return rest.join('\n');
  return stamped(rest.filter((line) => !/^# edge-(?:plan|content) /.test(line)).join('\n'), plan);
}

const accessFile = ({ user, authorizedKeys }: SealedVm, bootstrapKey: string): GatewayFile => {
  const path = authorizedKeysPath(user);
  return {
    path,
    mode: user === 'root' ? 0o600 : 0o644,
    secret: false,
    content: withoutKey(path, authorizedKeys, bootstrapKey),
  };
};

/** The files of a gateway that the installer's access is part of, without it: the packet filter above all. */
function closedFiles(input: GatewayInput): Result<readonly GatewayFile[]> {
  const before = gatewayFiles(input);
  if (!before.ok) return before;
  const after = gatewayFiles({ ...input, material: { ...input.material, installers: [], bootstrapKey: undefined } });
  if (!after.ok) return after;
  const known = new Map(before.value.map(({ path, content }) => [path, content]));
  const keys = authorizedKeysPath(input.material.sshUser ?? 'root');
  return ok(after.value.filter(({ path, content }) => path !== keys && known.get(path) !== content));
}

/**
 * What the seal writes, in order: servers first, then the slaves and last the masters, since a login leads through a gateway.
 * The files of one VM belong into one command: after half of them nobody could log in to write the other half.
 *
 * Fails with `gateway.seal-unconfirmed` (nothing is confirmed, and `typedSite` is not the site's name),
 * `gateway.seal-missing-vm` (a planned VM was not looked at), `gateway.seal-no-credential` (no key of ALE on that VM), or as
 * `gatewayFiles` does.
 */
export function planSeal(input: SealInput): Result<readonly SealStep[]> {
  const { plan, vms, bootstrapKey, sshAuthorizedKeys, confirmed, typedSite, gateways } = input;
  if (!confirmed && typedSite !== plan.site)
    return fail(failure('input', 'gateway.seal-unconfirmed', { site: plan.site }));
  const missing = plan.vms.find(({ name }) => !vms.some(({ vm }) => vm === name));
  if (missing !== undefined) return fail(failure('operation', 'gateway.seal-missing-vm', { vm: missing.name }));
  const locked = vms.find(({ authorizedKeys }) => !hasCredential(authorizedKeys, sshAuthorizedKeys));
  if (locked !== undefined) return fail(failure('operation', 'gateway.seal-no-credential', { vm: locked.vm }));

  const rank = (name: string): number => {
    const gateway = gatewaysOf(plan).find((one) => one.name === name);
    return gateway === undefined ? 0 : gateway.role === 'slave' ? 1 : 2;
  };
  const steps: SealStep[] = [];
  for (const one of vms.toSorted((a, b) => rank(a.vm) - rank(b.vm))) {
    const access = expressed(() => accessFile(one, bootstrapKey));
    if (!access.ok) return access;
    const gateway = gateways.find(({ vm }) => vm.name === one.vm);
    if (rank(one.vm) > 0 && gateway === undefined)
      return fail(failure('operation', 'gateway.seal-missing-vm', { vm: one.vm }));
    const closed = gateway === undefined ? ok([]) : closedFiles(gateway);
    if (!closed.ok) return closed;
    steps.push({ vm: one.vm, files: [...closed.value, access.value] });
  }
  return ok(steps);
}
