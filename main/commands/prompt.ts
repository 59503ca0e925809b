/** Asks a person at the terminal, for what must not stand in argv: the typed characters are not shown. */
import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import { cancelled, fail, failure, ok, type Result } from '../../core/errors.ts';

/** Fails with `common.no-terminal` (`how` says the other way) or `cancelled` (Ctrl-C, end of input). */
export function askSecret(question: string, how: string): Promise<Result<string>> {
  if (!process.stdin.isTTY) {
    return Promise.resolve(fail(failure('input', 'common.no-terminal', { what: question, how })));
  }
  return new Promise((resolve) => {
    const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
    const lines = createInterface({ input: process.stdin, output: silent, terminal: true });
    process.stderr.write(`${question}: `);
    let answered = false;
    lines.once('line', (line) => {
      answered = true;
      resolve(ok(line));
      lines.close();
    });
    lines.once('SIGINT', () => lines.close());
    lines.once('close', () => {
      process.stderr.write('\n');
      if (!answered) resolve(fail(cancelled));
    });
  });
}

/** A value from stdin where it is a pipe (one trailing line feed is not part of it), else from a prompt. */
export async function readSecretValue(question: string): Promise<Result<string>> {
  if (process.stdin.isTTY) return askSecret(question, '');
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
  return ok(
    Buffer.concat(chunks)
      .toString('utf8')
      .replace(/\r?\n$/, ''),
  );
}
