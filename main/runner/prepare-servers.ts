/**
 * Gives ALE access to every VM and tells each guest the recovery passphrase of its disks, as long as our own login works. Servers
 * are reached through a gateway.
 */
import { type Failure, type Result, capture, failure, ok, unwrap } from '../../core/base/errors.ts';
import { authorizedKeysFile } from '../../core/gateway/access.ts';
import type { GatewayFile } from '../../core/gateway/file.ts';
import { serversOf } from '../../core/gateway/server-checks.ts';
import { stamped } from '../../core/gateway/stamp.ts';
import { gatewaysOf } from '../../core/gateway/view.ts';
import type { PlannedVm } from '../../core/plan/model.ts';
import { ensureDiskRecovery } from '../adapters/handover/disk-recovery.ts';
import type { SshSession } from '../adapters/ssh/connect.ts';
import { applyFiles } from '../gateways/apply-files.ts';
import { connectAnyGateway, connectGuest, type GatewayAccess, sshUserOf } from './gateway-access.ts';
import { vmsWithDataDisks } from './handover.ts';
import type { Services } from './services.ts';
import type { PlannedSite } from './site-input.ts';

/** Servers at once. */
const atOnce = 8;
/** ms: key derivations on a small VM. */
const recoveryLimit = 120_000;

/** Sends the passphrase to the guest, whose program replaces the earlier one. An image without encrypted disks has no such program. */
export const recoveryScript = '[ -x /usr/lib/edge/edge-disks ] || exit 0; exec /usr/lib/edge/edge-disks recovery';

async function tellRecovery(session: SshSession, vm: string, passphrase: string): Promise<Result<void>> {
  const how = { input: `${passphrase}\n`, timeLimit: recoveryLimit };
  const ran = await session.run(['sh', '-c', recoveryScript], how);
  if (!ran.ok) return ran;
  const { code, stderr } = ran.value;
  if (code === 0) return ok(undefined);
  const reason = stderr.replaceAll(/\s+/g, ' ').trim().slice(0, 200);
  return { ok: false, failure: failure('operation', 'configure.disk-recovery', { vm, reason: reason === '' ? '–' : reason }) };
}

const accessOf = (planned: PlannedSite, { catalogue, key }: GatewayAccess, vm: PlannedVm): GatewayFile => {
  const file = authorizedKeysFile({
    user: sshUserOf(catalogue, vm.component),
    sshAuthorizedKeys: catalogue.noc?.sshAuthorizedKeys ?? [],
    bootstrapKey: key.publicKey,
  });
  return { ...file, content: stamped(file.content, planned.planDigest) };
};

/**
 * Prepares every VM that can be reached; the gateways have ALE's access already. The value: a failure for each VM that was left out,
 * which the seal would refuse. Fails as the secret store does, with a distrust of a gateway, and when `signal` aborts.
 */
export async function prepareServers(
  services: Services,
  planned: PlannedSite,
  access: GatewayAccess,
  signal: AbortSignal,
): Promise<Result<readonly Failure[]>> {
  const { plan } = planned;
  const recovery = await ensureDiskRecovery(services.secrets, vmsWithDataDisks(plan));
  if (!recovery.ok) return recovery;
  const passphrases = new Map(recovery.value.map(({ vm, passphrase }) => [vm, passphrase]));
  const carrier = await connectAnyGateway(services, planned, access, signal);
  if (!carrier.ok) return carrier;
  const via = carrier.value;
  const left: Failure[] = [];
  const prepare = (vm: PlannedVm, isGateway: boolean): Promise<Result<void>> =>
    capture(async () => {
      const connect = (): Promise<Result<SshSession>> =>
        connectGuest(services, planned, access, vm, isGateway ? { signal } : { signal, via });
      if (!isGateway) {
        const files = [accessOf(planned, access, vm)];
        unwrap(await applyFiles({ gateway: vm.name, connect, files, now: () => services.now().getTime(), signal }));
      }
      const passphrase = passphrases.get(vm.name);
      if (passphrase === undefined) return;
      const session = unwrap(await connect());
      try {
        unwrap(await tellRecovery(session, vm.name, passphrase));
      } finally {
        await session.close();
      }
    }, signal);
  try {
    const queue = [
      ...gatewaysOf(plan).map((vm) => ({ vm, isGateway: true })),
      ...serversOf(plan).map((vm) => ({ vm, isGateway: false })),
    ];
    const lane = async (): Promise<void> => {
      for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
        const prepared = await prepare(next.vm, next.isGateway);
        if (!prepared.ok) left.push(prepared.failure);
      }
    };
    await Promise.all(Array.from({ length: atOnce }, lane));
    const stop = left.find(({ kind }) => kind === 'cancelled');
    return stop === undefined ? ok(left) : { ok: false, failure: stop };
  } finally {
    await via.close();
  }
}
