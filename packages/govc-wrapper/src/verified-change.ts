import { GovcError } from './errors.ts';
import type { GovcErrorKind } from './errors.ts';

/** After these the change may have happened all the same: the connection was lost, or the failure came after it. */
const uncertain = new Set<GovcErrorKind>(['unreachable', 'timeout', 'fault', 'invalid-state', 'bad-output']);

/**
 * Makes a change and looks whether it is there, whatever govc said: its exit code 0 can mean that nothing happened, and
 * its exit code 1 can come after success.
 *
 * `look` returns what it found when that is what was wanted, else undefined.
 */
export async function changeVerified<T>(
  what: string,
  change: () => Promise<unknown>,
  look: () => Promise<T | undefined>,
): Promise<T> {
  try {
    await change();
  } catch (error) {
    if (!(error instanceof GovcError) || !uncertain.has(error.kind)) throw error;
    const found = await look().catch(() => undefined);
    if (found === undefined) throw error;
    return found;
  }
  const found = await look();
  if (found === undefined) throw new GovcError('bad-output', `govc ended well, but ${what}.`);
  return found;
}
