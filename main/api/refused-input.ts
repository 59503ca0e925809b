/** An input that the contract does not accept, as a failure with a text. Input validation runs before the procedure. */
import { ORPCError, ValidationError } from '@orpc/server';
import { inputFields } from '../../core/contract-inputs.ts';
import { type Failure, failure } from '../../core/base/errors.ts';
import { printable } from '../../core/base/printable.ts';

const isField = (name: string): name is keyof typeof inputFields => Object.hasOwn(inputFields, name);

/** Formats a refused value: short, printable, and without a user or password. */
function shown(value: unknown): string {
  const text = typeof value === 'string' ? value : '';
  return printable(text.replace(/^.*@/s, '***@'));
}

/** Only fields with names are shown: other fields may be secret. */
const named: ReadonlySet<string> = new Set(['path', 'site', 'folder', 'out', 'name', 'url']);

function failureOf(issues: ValidationError['issues'], input: unknown): Failure {
  const [first] = issues[0]?.path ?? [];
  const field = String(typeof first === 'object' ? first.key : (first ?? '-'));
  const code = isField(field) ? inputFields[field].refused : 'common.input';
  const value =
    typeof input === 'object' && input !== null && Object.hasOwn(input, field) ? Reflect.get(input, field) : '';
  const text = named.has(field) ? shown(value) : '';
  return failure('input', code, { field, path: text, name: text, endpoint: text });
}

/** Adds the failure to the error of a refused input; other errors are unchanged. */
export function withFailure(error: unknown, input: unknown): unknown {
  if (!(error instanceof ORPCError) || error.code !== 'BAD_REQUEST') return error;
  const { cause } = error;
  if (!(cause instanceof ValidationError)) return error;
  return new ORPCError('BAD_REQUEST', { message: 'Input refused', data: failureOf(cause.issues, input) });
}
