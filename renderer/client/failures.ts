/** A call that breaks in transport is an expected failure for whoever sits before the screen. */
import { type Failure, fail, failure, type Result } from '../../core/base/errors.ts';

const isFailure = (value: unknown): value is Failure =>
  typeof value === 'object' && value !== null && 'kind' in value && 'code' in value && 'params' in value;

/** An input that main refused carries its own failure. */
export const brokenCall = (error: unknown): Failure =>
  error instanceof Error && 'data' in error && isFailure(error.data)
    ? error.data
    : failure('operation', 'wizard.call-broken', { reason: error instanceof Error ? error.message : String(error) });

/** A call that answers with a result: what breaks on the way becomes a failed one. */
export async function asked<T>(call: Promise<Result<T>>): Promise<Result<T>> {
  try {
    return await call;
  } catch (error) {
    return fail(brokenCall(error));
  }
}
