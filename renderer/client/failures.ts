/** A call that breaks in transport is an expected failure for whoever sits before the screen. */
import { type Failure, fail, failure, type Result } from '../../core/errors.ts';

export const brokenCall = (error: unknown): Failure =>
  failure('operation', 'wizard.call-broken', { reason: error instanceof Error ? error.message : String(error) });

/** A call that answers with a result: what breaks on the way becomes a failed one. */
export async function asked<T>(call: Promise<Result<T>>): Promise<Result<T>> {
  try {
    return await call;
  } catch (error) {
    return fail(brokenCall(error));
  }
}
