/** Asks at the terminal. The typed characters of a secret are not shown, and it must not be in argv. */
import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import { decodeText } from '../../core/base/decode-text.ts';
import { cancelled, fail, failure, ok, type Result } from '../../core/base/errors.ts';

/**
 * Fails with `common.no-terminal` (`how` names the alternative) or `cancelled` (Ctrl-C, `signal`, end of input, a
 * terminal that was closed).
 */
export const askSecret = (question: string, how: string, signal: AbortSignal): Promise<Result<string>> =>
  askLine(question, { how, signal, output: new Writable({ write: (_chunk, _encoding, done) => done() }) });

/** As {@link askSecret}, with the typed characters shown. */
export const askWords = (question: string, how: string, signal: AbortSignal): Promise<Result<string>> =>
  askLine(question, { how, signal, output: process.stderr });

/** Progress that is redrawn on the terminal. It pauses while a question is open, since it would erase the question. */
export interface Redrawn {
  /** Erases what is drawn. */
  pause(): void;
  resume(): void;
}

const redrawn = new Set<Redrawn>();
let open = 0;

/** Whether a question is open at the terminal. */
export const isAsking = (): boolean => open > 0;

/** Returns the function that ends the registration. */
export function pauseAtQuestions(progress: Redrawn): () => void {
  redrawn.add(progress);
  if (isAsking()) progress.pause();
  return () => void redrawn.delete(progress);
}

function countQuestion(change: 1 | -1): void {
  const before = open;
  open += change;
  if (before === 0) for (const progress of redrawn) progress.pause();
  if (open === 0) for (const progress of redrawn) progress.resume();
}

interface Asking {
  readonly how: string;
  readonly signal: AbortSignal;
  /** Shows the typed characters. */
  readonly output: NodeJS.WritableStream;
}

function askLine(question: string, { how, signal, output }: Asking): Promise<Result<string>> {
  const { stdin } = process;
  if (!stdin.isTTY) {
    return Promise.resolve(fail(failure('input', 'common.no-terminal', { what: question, how })));
  }
  if (signal.aborted) return Promise.resolve(fail(cancelled));
  return new Promise((resolve) => {
    const lines = createInterface({ input: stdin, output, terminal: true });
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
    countQuestion(1);
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
      countQuestion(-1);
      if (answered) return;
      // While a key is awaited the terminal sends no signal for Ctrl-C: it is passed on, so that all other work stops
      // too.
      if (!signal.aborted) process.emit('SIGINT');
      resolve(fail(cancelled));
    });
  });
}

/** Bytes. A private key is the largest secret. */
const largestSecret = 64 * 1024;

/** Reads a pipe at stdin up to a limit. Fails with `cancelled` if the signal is aborted first. */
function readPiped(signal: AbortSignal): Promise<Buffer | 'cancelled' | 'too-long'> {
  return new Promise((resolve, reject) => {
    const { stdin } = process;
    const chunks: Buffer[] = [];
    let length = 0;
    const finish = (outcome: Buffer | 'cancelled' | 'too-long'): void => {
      signal.removeEventListener('abort', stop);
      // An open pipe would keep the process alive.
      if (typeof outcome === 'string') stdin.destroy();
      resolve(outcome);
    };
    const stop = (): void => finish('cancelled');
    signal.addEventListener('abort', stop, { once: true });
    stdin.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      length += chunk.length;
      if (length > largestSecret) finish('too-long');
    });
    stdin.once('end', () => finish(Buffer.concat(chunks)));
    stdin.once('error', reject);
    if (signal.aborted) stop();
  });
}

/**
 * The value for `name` from stdin where it is a pipe (one trailing line end and a byte order mark are not part of it),
 * else from a prompt. Fails with `secrets.value-encoding`, `secrets.value-long` or `cancelled`.
 */
export async function readSecretValue(question: string, name: string, signal: AbortSignal): Promise<Result<string>> {
  if (process.stdin.isTTY) return askSecret(question, '', signal);
  const piped = await readPiped(signal);
  if (piped === 'cancelled') return fail(cancelled);
  if (piped === 'too-long') return fail(failure('input', 'secrets.value-long', { name, most: largestSecret }));
  const text = decodeText(piped);
  return text === undefined
    ? fail(failure('input', 'secrets.value-encoding', { name }))
    : ok(text.replace(/\r?\n$/, ''));
}
