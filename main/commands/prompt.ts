/** Asks a person at the terminal, for what must not stand in argv: the typed characters are not shown. */
import { createInterface } from 'node:readline';
import { addAbortSignal, Writable } from 'node:stream';
import { cancelled, fail, failure, ok, type Result } from '../../core/errors.ts';

/**
 * Fails with `common.no-terminal` (`how` says the other way) or `cancelled` (Ctrl-C, `signal`, end of input, a terminal that
 * was closed).
 */
export function askSecret(question: string, how: string, signal: AbortSignal): Promise<Result<string>> {
  const { stdin } = process;
  if (!stdin.isTTY) {
    return Promise.resolve(fail(failure('input', 'common.no-terminal', { what: question, how })));
  }
  if (signal.aborted) return Promise.resolve(fail(cancelled));
  return new Promise((resolve) => {
    const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
    const lines = createInterface({ input: stdin, output: silent, terminal: true });
    let closing = false;
    const close = (): void => {
      // Reading from a terminal that was closed fails, and so does its return to the normal mode while this closes.
      if (closing) return;
      closing = true;
      lines.close();
    };
    lines.on('error', close);
    stdin.on('error', close);
    signal.addEventListener('abort', close, { once: true });
    process.stderr.write(`${question}: `);
    let answered = false;
    lines.once('line', (line) => {
      answered = true;
      resolve(ok(line));
      close();
    });
    lines.once('SIGINT', close);
    lines.once('close', () => {
      signal.removeEventListener('abort', close);
      process.stderr.write('\n');
      if (answered) return;
      // While a key is awaited the terminal sends no signal for Ctrl-C: it is passed on, so that all other work stops too.
      if (!signal.aborted) process.emit('SIGINT');
      resolve(fail(cancelled));
    });
  });
}

/**
 * A value from stdin where it is a pipe (one trailing line feed is not part of it), else from a prompt. Fails as
 * {@link askSecret} does.
 */
export async function readSecretValue(question: string, signal: AbortSignal): Promise<Result<string>> {
  if (process.stdin.isTTY) return askSecret(question, '', signal);
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of addAbortSignal(signal, process.stdin)) chunks.push(chunk as Buffer);
  } catch (error) {
    if (signal.aborted) return fail(cancelled);
    throw error;
  }
  return ok(
    Buffer.concat(chunks)
      .toString('utf8')
      .replace(/\r?\n$/, ''),
  );
}
