/** Turns transport errors of calls into expected failures. */
import { type Failure, fail, failure, type Result } from '../../core/base/errors.ts';

const isFailure = (value: unknown): value is Failure =>
  typeof value === 'object' && value !== null && 'kind' in value && 'code' in value && 'params' in value;

/** An input that main refused has its own failure. */
export const brokenCall = (error: unknown): Failure =>
  error instanceof Error && 'data' in error && isFailure(error.data)
    ? error.data
    : failure('operation', 'wizard.call-broken', { reason: error instanceof Error ? error.message : String(error) });

/** Makes a call that returns a result. A transport error becomes a failed result. */
export async function asked<T>(call: Promise<Result<T>>): Promise<Result<T>> {
  try {
    return await call;
  } catch (error) {
    return fail(brokenCall(error));
  }
}
