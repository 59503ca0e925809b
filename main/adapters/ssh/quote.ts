/** Quotes arguments for the remote shell: the SSH protocol carries one command line, not an array. */
import { quotedForShell } from '../../../core/base/shell-word.ts';

/**
 * The command line that gives a POSIX shell exactly these arguments. Everything inside single quotes is literal; a
 * single quote is written as `'\''`. No arguments, or a NUL in one, are bugs.
 */
export function quoteForShell(argv: readonly string[]): string {
  if (argv.length === 0) throw new TypeError('A command has at least its name.');
  if (argv.some((word) => word.includes('\0'))) throw new TypeError('An argument cannot hold a NUL.');
  return argv.map(quotedForShell).join(' ');
}
