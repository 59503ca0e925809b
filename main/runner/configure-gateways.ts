/** Brings the files of every gateway to what is planned: the slaves first, then the masters. */
import { type Failure, type Result, capture, fail, failure, ok, unwrap } from '../../core/base/errors.ts';
import type { GatewayFile } from '../../core/gateway/file.ts';
import { gatewaysOf } from '../../core/gateway/view.ts';
import type { PlannedVm } from '../../core/plan/model.ts';
import type { SshCounts, SshSession } from '../adapters/ssh/connect.ts';
import { ensureGatewayKeys } from '../adapters/wireguard/gateway-keys.ts';
import { checkRecordedKeys } from '../adapters/wireguard/recorded-keys.ts';
import type { ApplyOptions, ApplyOutcome } from '../gateways/apply-files.ts';
import { applyInOrder } from '../gateways/apply-in-order.ts';
import { type GatewayAccess, connectGuest } from './gateway-access.ts';
import { type GatewayLook, lookAtGateway } from './gateway-look.ts';
import { plannedFiles } from './gateway-material.ts';
import type { Services } from './services.ts';
import type { PlannedSite } from './site-input.ts';
import { wireguardKeyOf } from './site-machines.ts';

/** What became of one gateway. `untouched`: an earlier one failed. */
export interface ConfiguredGateway {
  readonly gateway: string;
  readonly connections: number;
  /** Commands over these connections. */
  readonly roundTrips: number;
  readonly outcome: ApplyOutcome | 'untouched' | undefined;
  readonly failure: Failure | undefined;
  /** The host key that it proved, and its public WireGuard key. */
  readonly hostKey: string;
  readonly wireguardKey: string;
}

interface OpenGateway {
  readonly vm: PlannedVm;
  readonly session: SshSession;
  readonly look: GatewayLook;
  readonly counts: SshCounts;
}

/** The order of work: a fault in the files never reaches the gateway that carries the traffic. */
export const slavesFirst = (vms: readonly PlannedVm[]): PlannedVm[] =>
  vms.toSorted((a, b) => Number(a.role !== 'slave') - Number(b.role !== 'slave'));

/** Gives the open connection first, then new ones. */
export function connectionsFrom(session: SshSession, anew: ApplyOptions['connect']): ApplyOptions['connect'] {
  let open: SshSession | undefined = session;
  return () => {
    const given = open;
    open = undefined;
    return given === undefined ? anew() : Promise.resolve(ok(given));
  };
}

/**
 * Looks at every gateway before anything is changed: each has to be reached and known. The value: what became of each,
 * in the order of work. Fails before the first change as `connectSsh`, `lookAtGateway`, `checkRecordedKeys`,
 * `ensureGatewayKeys` and `gatewayFiles` do.
 */
export async function configureGateways(
  services: Services,
  planned: PlannedSite,
  access: GatewayAccess,
  signal: AbortSignal,
): Promise<Result<readonly ConfiguredGateway[]>> {
  const vms = slavesFirst(gatewaysOf(planned.plan));
  const connect = (vm: PlannedVm, counts: SshCounts): Promise<Result<SshSession>> =>
    connectGuest(services, planned, access, vm, { signal, counts });
  const sessions: SshSession[] = [];
  const open = async (vm: PlannedVm): Promise<Result<OpenGateway>> => {
    const counts: SshCounts = { connections: 0, channels: 0 };
    const made = await connect(vm, counts);
    if (!made.ok) return made;
    sessions.push(made.value);
    const look = await lookAtGateway(made.value, vm);
    return look.ok ? ok({ vm, session: made.value, look: look.value, counts }) : look;
  };
  try {
    return await capture(async () => {
      const asked = await Promise.all(vms.map(open));
      // A matter of trust says more than a gateway that is off.
      const distrust = asked.find((one) => !one.ok && one.failure.kind === 'trust');
      if (distrust !== undefined) unwrap(distrust);
      const opened = asked.map(unwrap);
      const recorded = opened.map(({ vm, look }) => ({
        vm: vm.name,
        publicKey: look.publicKey ?? wireguardKeyOf(access.machines, vm),
      }));
      unwrap(await checkRecordedKeys(services.secrets, recorded));
      const names = gatewaysOf(planned.plan).map(({ name }) => name);
      const keys = unwrap(await ensureGatewayKeys(services.secrets, names, signal));
      const work: ApplyOptions[] = [];
      for (const { vm, session, look, counts } of opened) {
        const files = unwrap(await plannedFiles(services, planned, vm, access, look));
        work.push({
          gateway: vm.name,
          connect: connectionsFrom(session, () => connect(vm, counts)),
          files: filesOrFailure(files, vm),
          now: () => services.now().getTime(),
          signal,
        });
      }
      const results = await applyInOrder(work);
      return results.map(({ gateway, result }): ConfiguredGateway => {
        const one = opened.find(({ vm }) => vm.name === gateway);
        const base = {
          gateway,
          connections: one?.counts.connections ?? 0,
          roundTrips: one?.counts.channels ?? 0,
          hostKey: one?.session.hostKey ?? '',
          wireguardKey: keys.find(({ vm }) => vm === gateway)?.publicKey ?? '',
        };
        if (result === 'untouched') return { ...base, outcome: 'untouched', failure: undefined };
        return result.ok
          ? { ...base, outcome: result.value, failure: undefined }
          : { ...base, outcome: undefined, failure: result.failure };
      });
    }, signal);
  } finally {
    await Promise.all(sessions.map((session) => session.close()));
  }
}

/** The keys were made just before. */
const filesOrFailure = (files: readonly GatewayFile[] | undefined, { name }: PlannedVm): readonly GatewayFile[] =>
  files ?? unwrap(fail(failure('operation', 'handover.key-not-kept', { vm: name })));
