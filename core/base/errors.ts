/**
 * Expected failures are values, a throw is a bug, cancelled is an outcome.
 *
 * A failure carries a code and the values of its text, never the text itself: `core/locales/<language>/errors.json`
 * and its siblings hold title, detail and remedy under the code, so that the wizard and the command line say the same
 * thing in the user's language.
 */

/** The kind of a failure. It decides the exit code of the command line. */
export const failureKinds = ['operation', 'input', 'preflight', 'trust', 'cancelled'] as const;
export type FailureKind = (typeof failureKinds)[number];

/** Exit codes of the command line, by kind of failure. Source: the product's public contract. */
export const exitCodes: Readonly<Record<FailureKind, number>> = {
  operation: 1,
  input: 2,
  preflight: 3,
  trust: 4,
  cancelled: 130,
};

/** Values that fill the parameters of a message. Never a secret. */
export type MessageParams = Readonly<Record<string, string | number>>;

/**
 * An expected failure: `code` is `<area>.<name>` and names the message `<area>.errors.<name>.{title,detail,remedy}`.
 */
export interface Failure {
  readonly kind: FailureKind;
  readonly code: string;
  readonly params: MessageParams;
}

export type Result<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly failure: Failure };

/** A result that did not fail. */
export const ok = <T>(value: T): Result<T> => ({ ok: true, value });

/** A failed result. */
export const fail = (failure: Failure): Result<never> => ({ ok: false, failure });

export const failure = (kind: FailureKind, code: string, params: MessageParams = {}): Failure => ({
  kind,
  code,
  params,
});

/** The outcome of work that its user stopped. */
export const cancelled: Failure = failure('cancelled', 'common.cancelled');

/**
 * Carries a failure out of code that can only throw (streams, callbacks, generators). It stays inside a module:
 * public functions turn it back into a value with {@link capture}.
 */
export class FailureSignal extends Error {
  readonly failure: Failure;

  constructor(reason: Failure) {
    super(reason.code);
    this.name = 'FailureSignal';
    this.failure = reason;
  }
}

/**
 * Runs `work`; a {@link FailureSignal} becomes a failed result, an abort of `signal` becomes `cancelled`, a bug stays a
 * throw.
 */
export async function capture<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<Result<T>> {
  try {
    return ok(await work());
  } catch (error) {
    if (error instanceof FailureSignal) return fail(error.failure);
    if (signal?.aborted === true) return fail(cancelled);
    throw error;
  }
}

/** The value of a result, or a {@link FailureSignal}: for use inside {@link capture}. */
export function unwrap<T>(result: Result<T>): T {
  if (result.ok) return result.value;
  throw new FailureSignal(result.failure);
}
