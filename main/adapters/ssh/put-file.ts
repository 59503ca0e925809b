/** Writes one file to a host in one round trip, over the standard input of a command. */
import { createHash } from 'node:crypto';
import { type Result, fail, failure, ok } from '../../../core/base/errors.ts';
import type { SshSession } from './connect.ts';

/** Replaces the file only after all bytes arrived: if the connection is cut, the old file stays. */
const script = `umask 077
new=$1.$$.new
trap 'rm -f "$new"' EXIT
cat >"$new" || exit 1
[ "$(sha256sum <"$new" | cut -c1-64)" = "$3" ] || exit 1
chmod "$2" "$new" && mv -f "$new" "$1"`;

/**
 * Writes `content` to `path`, as a whole, with `mode`. SFTP would take four round trips and a second subsystem. Fails
 * with `ssh.not-written`, with the host's error text, and as `run` does.
 */
export async function putFile(
  session: Pick<SshSession, 'run'>,
  file: { readonly path: string; readonly mode: number; readonly content: string | Uint8Array },
): Promise<Result<void>> {
  const digest = createHash('sha256').update(file.content).digest('hex');
  const argv = ['sh', '-c', script, 'edge-installer', file.path, file.mode.toString(8), digest];
  const ran = await session.run(argv, { input: file.content });
  if (!ran.ok) return ran;
  if (ran.value.code === 0) return ok(undefined);
  const reason = ran.value.stderr.trim().slice(0, 300);
  return fail(failure('operation', 'ssh.not-written', { path: file.path, reason }));
}
