/**
 * New WireGuard keys for every gateway, without losing the tunnel.
 *
 * An interface has one private key, and the NOC finds a peer by its public key and its tunnel address. So the new keys
 * have the other tunnel address: ALE adds complete peers for them beside the old ones, and answers with the handover.
 * Then one gateway after the other changes, slaves first. A change that brings no handshake is undone at once, or by
 * the gateway's timer. The old peers stay at the NOC until ALE removes them.
 */
import { type Failure, type Result, capture, fail, failure, ok, unwrap } from '../../core/base/errors.ts';
import { gatewayFiles } from '../../core/gateway/files.ts';
import { gatewaysOf, interfaces } from '../../core/gateway/view.ts';
import type { PlannedVm } from '../../core/plan/model.ts';
import type { SshSession } from '../adapters/ssh/connect.ts';
import { readGatewayKeys } from '../adapters/wireguard/gateway-keys.ts';
import {
  type KeyRotation,
  adoptNextKeys,
  deleteNextKeys,
  ensureNextKeys,
  readNextKeys,
} from '../adapters/wireguard/next-keys.ts';
import { applyFiles } from '../gateways/apply-files.ts';
import { isTunnelUpOn, proveHandshake } from '../gateways/prove-tunnel.ts';
import { stateFolder } from '../gateways/gateway-script.ts';
import { keepHandover } from '../records/kept-handover.ts';
import { keepTakeover } from '../records/kept-takeover.ts';
import { type KeptRotation, forgetRotation } from '../records/kept-rotation.ts';
import { connectionsFrom, slavesFirst } from './configure-gateways.ts';
import { type GatewayAccess, connectGuest } from './gateway-access.ts';
import { type GatewayLook, lookAtGateway } from './gateway-look.ts';
import { gatewayInput, readSecrets } from './gateway-material.ts';
import { type GivenAnswer, answeredRotation, ensureRotationBundle } from './rotation-answer.ts';
import type { Services } from './services.ts';
import type { PlannedSite } from './site-input.ts';
import { isHandedOver, noteMachines } from './site-machines.ts';

export interface RotateOptions {
  readonly outDir: string;
  readonly answer: GivenAnswer;
  readonly signal: AbortSignal;
}

/** `already`: an earlier run gave it the new keys. `untouched`: an earlier gateway failed. */
export interface RotatedGateway {
  readonly gateway: string;
  readonly status: 'rotated' | 'already' | 'failed' | 'untouched';
  /** Until the first handshake under the new key. */
  readonly seconds?: number;
  readonly failure?: Failure;
}

export type Rotation =
  | { readonly outcome: 'waiting'; readonly bundle: KeptRotation }
  | { readonly outcome: 'done'; readonly gateways: readonly RotatedGateway[] };

/** s for the handshake, and s after which the gateway restores its old keys by itself. WireGuard tries every 5 s. */
const limits = { handshake: 30, window: 75 } as const;

interface Rotating {
  readonly services: Services;
  readonly planned: PlannedSite;
  readonly access: GatewayAccess;
  readonly options: RotateOptions;
  readonly connect: (vm: PlannedVm) => Promise<Result<SshSession>>;
}

/** Whether a change is on the gateway that nobody confirmed. */
async function isUnconfirmed(session: SshSession): Promise<boolean> {
  const ran = unwrap(await session.run(['test', '-d', `${stateFolder}/transaction`]));
  return ran.code === 0;
}

/** At least one other gateway must carry the tunnel meanwhile. Fails with `rotate.other-down`. */
async function proveOtherTunnel({ planned, connect }: Rotating, vm: PlannedVm): Promise<void> {
  const others = gatewaysOf(planned.plan).filter(({ name }) => name !== vm.name);
  for (const other of others) {
    const session = await connect(other);
    if (!session.ok) continue;
    const up = await isTunnelUpOn(session.value);
    await session.value.close();
    if (up.ok && up.value) return;
  }
  if (others.length === 0) return;
  const params = { gateway: vm.name, others: others.map(({ name }) => name).join(', ') };
  unwrap(fail(failure('operation', 'rotate.other-down', params)));
}

/** Writes the tunnel's file with the next keys. The value: the seconds until the handshake. */
async function changeKeys(
  { services, planned, access, options, connect }: Rotating,
  vm: PlannedVm,
  { next }: KeyRotation,
  { session, look }: { readonly session: SshSession; readonly look: GatewayLook },
): Promise<number> {
  const gateway = vm.name;
  const { backup } = unwrap(await readSecrets(services, planned, vm));
  const files = unwrap(gatewayFiles(gatewayInput(planned, vm, access, look, { keys: next, backup })));
  const path = `/etc/wireguard/${interfaces.tunnel}.conf`;
  let seconds = 0;
  const applied = unwrap(
    await applyFiles({
      gateway,
      connect: connectionsFrom(session, () => connect(vm)),
      files: files.filter((file) => file.path === path),
      now: () => services.now().getTime(),
      window: limits.window,
      signal: options.signal,
      prove: async (open) => {
        const proven = await proveHandshake(open, { gateway, publicKey: next.publicKey, seconds: limits.handshake });
        if (!proven.ok) return proven;
        seconds = proven.value;
        return ok(undefined);
      },
    }),
  );
  if (applied.drifted.includes(path)) unwrap(fail(failure('operation', 'rotate.drifted', { gateway, path })));
  return seconds;
}

async function rotateOne(rotating: Rotating, vm: PlannedVm, rotation: KeyRotation): Promise<RotatedGateway> {
  const { services, planned, access, connect } = rotating;
  const gateway = vm.name;
  const { publicKey } = rotation.next;
  const session = unwrap(await connect(vm));
  try {
    const look = unwrap(await lookAtGateway(session, vm));
    const has = look.publicKey === publicKey;
    let seconds: number | undefined;
    if (!has || (await isUnconfirmed(session))) {
      // An unconfirmed change counts only with its proof; without it the gateway's timer restores the old keys.
      const proof = { gateway, publicKey, seconds: limits.handshake };
      const proven = has ? unwrap(await proveHandshake(session, proof)) : undefined;
      if (proven === undefined) await proveOtherTunnel(rotating, vm);
      const changed = await changeKeys(rotating, vm, rotation, { session, look });
      seconds = proven ?? changed;
    }
    if (rotation.current.publicKey !== publicKey) unwrap(await adoptNextKeys(services.secrets, rotation));
    const note = { [gateway]: { hostKey: session.hostKey, wireguardKey: publicKey } };
    unwrap(await noteMachines(services, planned, access.machines, note));
    return seconds === undefined ? { gateway, status: 'already' } : { gateway, status: 'rotated', seconds };
  } finally {
    await session.close();
  }
}

/** Every gateway must answer and have keys of this store, before anything is made or changed. */
async function proveKnown({ services, planned, connect }: Rotating): Promise<void> {
  for (const vm of gatewaysOf(planned.plan)) {
    const session = unwrap(await connect(vm));
    const looked = await lookAtGateway(session, vm);
    await session.close();
    const { publicKey } = unwrap(looked);
    if (publicKey === undefined) unwrap(fail(failure('operation', 'rotate.not-configured', { gateway: vm.name })));
    const current = unwrap(await readGatewayKeys(services.secrets, vm.name));
    if (current === undefined) unwrap(fail(failure('operation', 'handover.key-elsewhere', { vm: vm.name })));
    const next = unwrap(await readNextKeys(services.secrets, vm.name));
    if (publicKey === current?.publicKey || publicKey === next?.publicKey) continue;
    unwrap(fail(failure('operation', 'handover.key-differs', { vm: vm.name })));
  }
}

/**
 * Waits for ALE's answer with the outcome `waiting`, or rotates. It can be run again at any time and continues where it
 * ended. Fails before the first change with `rotate.handed-over`, `rotate.not-configured`, `handover.key-elsewhere`,
 * `handover.key-differs`, and as `connectSsh`, `lookAtGateway`, `createHandover` and the check of the answer do. The
 * failure of a gateway is in its row: `rotate.other-down`, `rotate.no-handshake`, `rotate.drifted`, and those of
 * `applyFiles`.
 */
export function rotateKeys(
  services: Services,
  planned: PlannedSite,
  access: GatewayAccess,
  options: RotateOptions,
): Promise<Result<Rotation>> {
  const { signal, outDir, answer } = options;
  const site = planned.site.site.name;
  const connect = (vm: PlannedVm): Promise<Result<SshSession>> =>
    connectGuest(services, planned, access, vm, { signal });
  const rotating: Rotating = { services, planned, access, options, connect };
  return capture(async (): Promise<Rotation> => {
    if (isHandedOver(access.machines, planned.plan)) unwrap(fail(failure('input', 'rotate.handed-over', { site })));
    await proveKnown(rotating);
    const names = gatewaysOf(planned.plan).map(({ name }) => name);
    const rotations = unwrap(await ensureNextKeys(services.secrets, names));
    if (rotations.length === 0) {
      await forgetRotation(services.stateDir, site);
      return { outcome: 'done', gateways: names.map((gateway) => ({ gateway, status: 'already' })) };
    }
    const bundle = unwrap(await ensureRotationBundle(services, planned, access.machines, rotations, outDir));
    const answered = unwrap(await answeredRotation(services, planned, bundle, { answer, outDir }));
    if (answered === undefined) return { outcome: 'waiting', bundle };

    const gateways: RotatedGateway[] = [];
    for (const vm of slavesFirst(gatewaysOf(planned.plan))) {
      const rotation = rotations.find((one) => one.vm === vm.name);
      // A bug: every gateway of the plan has a rotation.
      if (rotation === undefined) throw new Error(`${vm.name} has no keys to rotate`);
      if (gateways.some(({ status }) => status === 'failed')) {
        gateways.push({ gateway: vm.name, status: 'untouched' });
        continue;
      }
      const done = await capture(() => rotateOne(rotating, vm, rotation), signal);
      gateways.push(done.ok ? done.value : { gateway: vm.name, status: 'failed', failure: done.failure });
    }
    if (gateways.every(({ status }) => status === 'rotated' || status === 'already')) {
      const { answer: _answer, ...handover } = bundle;
      unwrap(await keepHandover(services.stateDir, site, handover));
      // The answer to the new bundle takes the place of the answer to the first one.
      unwrap(await keepTakeover(services.stateDir, site, (before) => ({ ...before, ...answered })));
      unwrap(await deleteNextKeys(services.secrets, names));
      await forgetRotation(services.stateDir, site);
    }
    return { outcome: 'done', gateways };
  }, signal);
}
