/** Proofs about the tunnel of a gateway, asked of WireGuard itself. No private key leaves the gateway. */
import { type Result, fail, failure, ok } from '../../core/base/errors.ts';
import { handshakeLimitSeconds } from '../../core/gateway/tunnel-state.ts';
import type { SshSession } from '../adapters/ssh/connect.ts';

/**
 * Arguments: public key that the interface must have (`any`), and seconds to wait. A handshake counts if it is younger
 * than the configuration and than the limit. Prints the seconds that it waited; exit code 1 without a handshake.
 */
export const handshakeScript = `
set -u
wanted=$1 left=$2 limit=$3 waited=0
file=/etc/wireguard/wg0.conf
while :; do
  now=$(date +%s)
  since=$(stat -c %Y "$file" 2>/dev/null || echo "$now")
  [ $((now - limit)) -gt "$since" ] && since=$((now - limit))
  key=$(wg show wg0 public-key 2>/dev/null)
  newest=$(wg show wg0 latest-handshakes 2>/dev/null | cut -f 2 | sort -n | tail -n 1)
  if [ "\${newest:-0}" -ge "$since" ] && { [ "$wanted" = any ] || [ "$key" = "$wanted" ]; }; then echo "$waited"; exit 0; fi
  [ "$waited" -lt "$left" ] || exit 1
  sleep 1
  waited=$((waited + 1))
done`;

async function waitForHandshake(
  session: Pick<SshSession, 'run'>,
  wanted: string,
  seconds: number,
): Promise<Result<number | undefined>> {
  const values = [wanted, `${seconds}`, `${handshakeLimitSeconds}`];
  const ran = await session.run(['/bin/sh', '-c', handshakeScript, 'rainbow-edge', ...values], {
    timeLimit: (seconds + 30) * 1000,
  });
  if (!ran.ok) return ran;
  return ok(ran.value.code === 0 ? Number(ran.value.stdout.trim()) : undefined);
}

/** Whether the tunnel is up now. Fails as `run` does. */
export async function isTunnelUpOn(session: Pick<SshSession, 'run'>): Promise<Result<boolean>> {
  const waited = await waitForHandshake(session, 'any', 0);
  return waited.ok ? ok(waited.value !== undefined) : waited;
}

/**
 * Waits for a handshake with the NOC under the key that the gateway was given. The value: the seconds that it took.
 * Fails with `rotate.no-handshake`, and as `run` does.
 */
export async function proveHandshake(
  session: Pick<SshSession, 'run'>,
  { gateway, publicKey, seconds }: { readonly gateway: string; readonly publicKey: string; readonly seconds: number },
): Promise<Result<number>> {
  const waited = await waitForHandshake(session, publicKey, seconds);
  if (!waited.ok) return waited;
  return waited.value === undefined
    ? fail(failure('operation', 'rotate.no-handshake', { gateway, seconds }))
    : ok(waited.value);
}
