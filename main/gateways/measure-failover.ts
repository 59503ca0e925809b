/**
 * Stops keepalived on the gateway that holds a VIP, measures until another one holds it, and starts keepalived again. A
 * timer on the gateway starts it too, if the connection is lost meanwhile.
 */
import { type Result, capture, fail, failure, unwrap } from '../../core/base/errors.ts';
import type { SshSession } from '../adapters/ssh/connect.ts';
import { isTunnelUpOn } from './prove-tunnel.ts';

const service = 'keepalived.service';
const timer = 'rainbow-edge-failover';

/** s: for the VIP to move, for it to come back, and until the gateway starts keepalived by itself. */
export const failoverLimits = { take: 30, back: 30, timer: 75 } as const;

/** Arguments: address, interface, seconds. Exit code 1: the interface has not got the address. */
export const waitForAddress = `
end=$(($(date +%s) + $3))
until ip -4 -o address show dev "$2" | grep -qF " $1/"; do
  [ "$(date +%s)" -lt "$end" ] || exit 1
  sleep 0.05
done`;

/** Argument: seconds. */
export const setTimer = `
systemctl stop ${timer}.timer >/dev/null 2>&1
systemctl reset-failed ${timer}.service >/dev/null 2>&1
exec systemd-run --quiet --collect --on-active="$1" --timer-property=AccuracySec=1s --unit=${timer} systemctl start ${service}`;

const sh = (script: string, ...values: readonly (string | number)[]): readonly string[] => [
  '/bin/sh',
  '-c',
  script,
  'rainbow-edge',
  ...values.map(String),
];

export interface FailoverSides {
  /** The gateway that holds the VIP. */
  readonly from: { readonly gateway: string; readonly session: SshSession };
  readonly to: { readonly gateway: string; readonly session: SshSession };
  readonly address: string;
  readonly lanInterface: string;
}

export interface MeasuredFailover {
  /** Undefined: not within the limit. */
  readonly seconds: number | undefined;
  readonly tunnel: boolean;
  readonly restored: boolean;
}

/** Whether the gateway has the address. Fails as `run` does. */
export const holds = (
  session: SshSession,
  address: string,
  lanInterface: string,
  seconds = 0,
): Promise<Result<boolean>> =>
  capture(async () => {
    const argv = sh(waitForAddress, address, lanInterface, seconds);
    return unwrap(await session.run(argv, { timeLimit: (seconds + 30) * 1000 })).code === 0;
  });

/** Starts keepalived, and then removes the timer. */
async function restore({ from, address, lanInterface }: FailoverSides): Promise<boolean> {
  const started = await from.session.run(sh(`systemctl start ${service} && systemctl stop ${timer}.timer`));
  if (!started.ok || started.value.code !== 0) return false;
  const back = await holds(from.session, address, lanInterface, failoverLimits.back);
  return back.ok && back.value;
}

/**
 * Fails with `gateway.no-failover` before anything is stopped, and as `run` does; keepalived is started again in any
 * case, at the latest by the gateway's own timer.
 */
export function measureFailover(sides: FailoverSides): Promise<Result<MeasuredFailover>> {
  const { from, to, address, lanInterface } = sides;
  return capture(async () => {
    const timed = unwrap(await from.session.run(sh(setTimer, failoverLimits.timer)));
    if (timed.code !== 0) {
      const reason = timed.stderr.replaceAll(/\s+/g, ' ').trim().slice(0, 200);
      return unwrap(fail(failure('operation', 'gateway.no-failover', { gateway: from.gateway, reason })));
    }
    let restored = false;
    let seconds: number | undefined;
    let tunnel = false;
    try {
      const taken = holds(to.session, address, lanInterface, failoverLimits.take);
      const start = performance.now();
      const stopped = await from.session.run(['systemctl', 'stop', service]);
      const isTaken = unwrap(await taken);
      seconds = isTaken ? (performance.now() - start) / 1000 : undefined;
      unwrap(stopped);
      tunnel = isTaken && unwrap(await isTunnelUpOn(to.session));
    } finally {
      restored = await restore(sides);
    }
    return { seconds, tunnel, restored };
  });
}
