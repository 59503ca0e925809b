/** The proof of the seal: the bootstrap key opens no session any more. */
import { type Result, fail, failure, ok } from '../../core/base/errors.ts';
import type { SshSession } from '../adapters/ssh/connect.ts';

/**
 * Tries each login and expects the host's refusal of the key. `logins`: from outside, and from the machine itself over
 * a connection that is still open, which passes the packet filter by. Fails with `configure.still-open` (a login
 * worked), `configure.not-proven` (none was refused: all of them failed for another reason), and with a distrust of the
 * host key.
 */
export async function proveNoLogin(
  gateway: string,
  logins: readonly (() => Promise<Result<SshSession>>)[],
): Promise<Result<void>> {
  const reasons: string[] = [];
  for (const login of logins) {
    const made = await login();
    if (made.ok) {
      await made.value.close();
      return fail(failure('operation', 'configure.still-open', { gateway }));
    }
    if (made.failure.kind === 'trust' || made.failure.kind === 'cancelled') return made;
    reasons.push(made.failure.code);
  }
  if (reasons.includes('ssh.key-refused')) return ok(undefined);
  return fail(failure('operation', 'configure.not-proven', { gateway, reason: reasons.join(', ') }));
}
