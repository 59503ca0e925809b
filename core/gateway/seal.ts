/**
 * The seal removes the installer's access: the bootstrap key from every VM, and its rule from the gateways' packet
 * filter. This module only decides the changes.
 */
import { type Result, fail, failure, ok } from '../base/errors.ts';
import type { Plan } from '../plan/model.ts';
import { authorizedKeysPath } from './access.ts';
import { authorizedKeyOf } from '../network/authorized-key.ts';
import type { GatewayFile } from './file.ts';
import { expressed, gatewayFiles } from './files.ts';
import { readStamp, stamped } from './stamp.ts';
import { type GatewayInput, gatewaysOf } from './view.ts';

/** The state of a VM before the seal. */
export interface SealedVm {
  readonly vm: string;
  readonly user: string;
  /** Content of its `authorized_keys`. */
  readonly authorizedKeys: string;
}

export interface SealInput {
  readonly plan: Plan;
  /** Every existing VM of the plan. */
  readonly vms: readonly SealedVm[];
  /** The public part of the bootstrap key. */
  readonly bootstrapKey: string;
  /** From the signed catalogue. */
  readonly sshAuthorizedKeys: readonly string[];
  /** Whether ALE has answered and each gateway had a recent handshake. */
  readonly confirmed: boolean;
  /** The site name that the user typed instead of a confirmation. */
  readonly typedSite?: string | undefined;
  /** The gateways' inputs at their last configuration. */
  readonly gateways: readonly GatewayInput[];
}

/** The files to write to one VM. */
export interface SealStep {
  readonly vm: string;
  readonly files: readonly GatewayFile[];
}

const keyOf = (line: string): string | undefined => authorizedKeyOf(line.trim())?.key;

/** Whether a key of ALE can log in. A plain key must be listed as a key, an authority with `cert-authority`. */
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
 * The text without the bootstrap key, with any options or comment. ALE's changes stay; the stamp is renewed only if the
 * text matched it.
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

/** The files of a gateway that change without the installer's access, such as the packet filter. */
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
 * The seal's changes in order: servers, slaves, masters, since logins go through a gateway. The files of one VM belong
 * into one command, since a partial change would lock the installer out.
 *
 * Fails with `gateway.seal-unconfirmed` (no confirmation, and `typedSite` is not the site's name),
 * `gateway.seal-missing-vm` (a planned VM was not read), `gateway.seal-no-credential` (no key of ALE on that VM), or as
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
