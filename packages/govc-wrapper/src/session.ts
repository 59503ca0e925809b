import { mkdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkPin, checkedEndpoint, fetchCertificate, normalizeFingerprint } from './certificate.ts';
import { GovcError } from './errors.ts';
import { errorFrom } from './faults.ts';
import { makePrivateFolder } from './home.ts';
import { runProcess } from './process.ts';
import { createRedactor } from './redact.ts';
import { createSharedSession, isSessionEnd } from './shared-session.ts';
import type { GovcOptions } from './types.ts';

export interface CommandOptions {
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds; default: the limit for reading. */
  readonly limitMs?: number;
  readonly watch?: (text: string) => number | undefined;
  /** It may be run again after the session has ended in the middle of it. */
  readonly isRepeatable?: boolean;
}

interface Limits {
  readonly read: number;
  readonly change: number;
  readonly uploadStall: number;
  readonly stop: number;
  readonly busy: number;
}

/** Runs govc against one endpoint: environment, private folder, pin, redaction and errors are settled here. */
export interface Session {
  readonly limits: Limits;
  /** stdout of a command that ended with exit code 0; rejects with the `GovcError` of any other end. */
  command(args: readonly string[], options?: CommandOptions): Promise<string>;
  /** Lets `use` have a private file with this content; the file is gone afterwards. */
  withFile<T>(content: string, use: (path: string) => Promise<T>): Promise<T>;
  dispose(): Promise<void>;
}

/** Characters of stdout: the inventory of some thousand VMs is below a tenth of it. */
const maxOutput = 256 * 1024 * 1024;

interface Home {
  readonly root: string;
  /** Empty: govc reads what it takes for the name of a file relative to it. */
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
}

export function createSession(options: GovcOptions): Session {
  const endpoint = checkedEndpoint(options);
  const pin = pinOf(options.fingerprint);
  const env = environment(options, endpoint);
  const redact = createRedactor([options.password]);
  const limits: Limits = {
    read: options.timeouts?.read ?? 60_000,
    change: options.timeouts?.change ?? 600_000,
    uploadStall: options.timeouts?.uploadStall ?? 120_000,
    // Our govc ends by itself within 10 s.
    stop: options.timeouts?.stop ?? 12_000,
    // A lease of ESXi times out after 5 minutes.
    busy: options.timeouts?.busy ?? 360_000,
  };
  const disposal = new AbortController();
  const shared = options.shareSession === true ? createSharedSession() : undefined;
  const pending = new Set<Promise<unknown>>();
  let home: Promise<Home> | undefined;
  let fileNumber = 0;

  async function makeHome(): Promise<Home> {
    const root = await inFolder(() => makePrivateFolder(options.homeDir ?? tmpdir()));
    const cwd = join(root, 'empty');
    await inFolder(() => mkdir(cwd, { mode: 0o700 })).catch(async (error: unknown) => {
      await rm(root, { recursive: true, force: true });
      throw error;
    });
    const own = {
      HOME: root,
      USERPROFILE: root,
      GOVMOMI_HOME: join(root, 'govmomi'),
      TMPDIR: cwd,
      TEMP: cwd,
      TMP: cwd,
    };
    return { root, cwd, env: { ...env, ...own } };
  }

  /** A folder that could not be made is tried again by the next call. */
  async function homeOrNone(): Promise<Home> {
    try {
      return await makeHome();
    } catch (error) {
      home = undefined;
      throw error;
    }
  }

  /** The pinned certificate is checked by ourselves before govc sees a password, and by govc on each connection. */
  async function pinnedHome(signal: AbortSignal): Promise<Home> {
    home ??= homeOrNone();
    const made = await home;
    if (pin === undefined) return made;
    const certificate = await fetchCertificate({ ...endpoint, signal, timeoutMs: Math.min(limits.read, 30_000) });
    checkPin(certificate, pin, new Date());
    const host = endpoint.host.includes(':') ? `[${endpoint.host}]` : endpoint.host;
    const knownHost = `${host}:${String(endpoint.port)} ${pin.replace(/^SHA256:/, '')}\n`;
    await inFolder(() => writeFile(join(made.root, 'pinned.pem'), certificate.pem, { mode: 0o600 }));
    await inFolder(() => writeFile(join(made.root, 'known-hosts'), knownHost, { mode: 0o600 }));
    // Relative to the working folder: both are lists of paths, and a folder may have the separator in its name.
    const pinned = { GOVC_TLS_CA_CERTS: join('..', 'pinned.pem'), GOVC_TLS_KNOWN_HOSTS: join('..', 'known-hosts') };
    return { ...made, env: { ...made.env, ...pinned } };
  }

  let ready: Promise<Home> | undefined;
  async function prepared(signal: AbortSignal): Promise<Home> {
    if (pin === undefined) return pinnedHome(signal);
    ready ??= pinnedHome(signal);
    const attempt = ready;
    try {
      return await attempt;
    } catch (error) {
      // The next call looks again: the certificate or the clock may have been put right.
      if (ready === attempt) ready = undefined;
      throw error;
    }
  }

  const binaryPath = async (): Promise<string> =>
    typeof options.binary === 'string' ? options.binary : await options.binary();

  /** Waits for the session that commands share; gives its generation. */
  async function awaitSession(place: Home, signal: AbortSignal): Promise<number> {
    if (shared === undefined) return 0;
    const ready = shared.ready(async () => ({
      binary: await binaryPath(),
      cwd: place.cwd,
      env: place.env,
      limitMs: limits.read,
      graceMs: limits.stop,
      redact,
      failure: ({ exitCode, stderr }) => errorFrom({ command: ['session.keep'], exitCode, stderr: redact(stderr) }),
    }));
    // The login goes on for other commands when this one is stopped.
    ready.catch(() => undefined);
    return Promise.race([ready, whenAborted(signal)]);
  }

  async function runCommand(args: readonly string[], call: CommandOptions, signal: AbortSignal): Promise<string> {
    if (args.some((argument) => argument.includes('\0'))) {
      throw new GovcError('invalid-argument', 'A value holds a NUL character.');
    }
    const place = await prepared(signal);
    const generation = await awaitSession(place, signal);
    try {
      return await runOnce(args, call, signal, place);
    } catch (error) {
      if (shared === undefined || !isSessionEnd(error)) throw error;
      shared.lost(generation);
      // A command that found no session has done nothing; any other may have done something before.
      const isUnbegun = error instanceof GovcError && error.fault === undefined;
      if (call.isRepeatable !== true && !isUnbegun) throw error;
      await awaitSession(place, signal);
      return runOnce(args, call, signal, place);
    }
  }

  async function runOnce(
    args: readonly string[],
    call: CommandOptions,
    signal: AbortSignal,
    place: Home,
  ): Promise<string> {
    const binary = await binaryPath();
    const result = await runProcess({
      binary,
      args,
      cwd: place.cwd,
      env: place.env,
      signal,
      limitMs: call.limitMs ?? limits.read,
      graceMs: limits.stop,
      maxOutput,
      redact,
      ...(call.watch === undefined ? {} : { watch: call.watch }),
    });
    if (result.exitCode === 0) return result.stdout;
    throw errorFrom({ command: [...args], exitCode: result.exitCode, stderr: redact(result.stderr) });
  }

  async function withSignal<T>(outer: AbortSignal | undefined, use: (signal: AbortSignal) => Promise<T>): Promise<T> {
    if (disposal.signal.aborted) throw new GovcError('aborted', 'This instance was disposed of.');
    const both = new AbortController();
    const abort = (): void => both.abort();
    if (outer?.aborted === true) abort();
    const sources = [disposal.signal, outer];
    for (const source of sources) source?.addEventListener('abort', abort, { once: true });
    const work = use(both.signal);
    pending.add(work);
    try {
      return await work;
    } finally {
      pending.delete(work);
      for (const source of sources) source?.removeEventListener('abort', abort);
    }
  }

  return {
    limits,
    command(args, call = {}) {
      return withSignal(call.signal, (signal) => runCommand(args, call, signal));
    },
    async withFile(content, use) {
      if (disposal.signal.aborted) throw new GovcError('aborted', 'This instance was disposed of.');
      home ??= homeOrNone();
      const { root } = await home;
      fileNumber += 1;
      const path = join(root, `value-${String(fileNumber)}`);
      try {
        await inFolder(() => writeFile(path, content, { mode: 0o600 }));
        return await use(path);
      } finally {
        await rm(path, { force: true });
      }
    },
    async dispose() {
      disposal.abort();
      await Promise.allSettled(pending);
      await shared?.end();
      const made = await home?.catch(() => undefined);
      if (made !== undefined) await rm(made.root, { recursive: true, force: true });
    },
  };
}

/** Rejects when the signal aborts. */
function whenAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const refuse = (): void => reject(new GovcError('aborted', 'Stopped on request.'));
    if (signal.aborted) refuse();
    else signal.addEventListener('abort', refuse, { once: true });
  });
}

/** Runs `work` on the private folder; what the file system refuses becomes a `work-folder` error. */
async function inFolder<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new GovcError('work-folder', `The private folder cannot be used: ${reason}`, { cause });
  }
}

function pinOf(fingerprint: string | undefined): string | undefined {
  if (fingerprint === undefined) return undefined;
  const pin = normalizeFingerprint(fingerprint);
  if (pin === undefined) throw new GovcError('invalid-argument', 'The pin is no SHA-256 fingerprint.');
  return pin;
}

/** Everything that govc may know; this process's own environment is not part of it. */
function environment(
  options: GovcOptions,
  endpoint: { readonly host: string; readonly port: number },
): Readonly<Record<string, string>> {
  const further = options.env ?? {};
  const forbidden = Object.keys(further).find((name) => /^GOV(C|MOMI)_/i.test(name));
  if (forbidden !== undefined) throw new GovcError('invalid-argument', `The environment must not set ${forbidden}.`);
  if (options.username === '' || options.password === '') {
    throw new GovcError('invalid-argument', 'User name and password must not be empty.');
  }
  const inherited: Record<string, string> = {};
  // Without it Windows cannot load its network and cryptography libraries.
  const systemRoot = process.env['SystemRoot'];
  if (systemRoot !== undefined) inherited['SystemRoot'] = systemRoot;
  return {
    ...inherited,
    ...further,
    // User and password go in as part of the URL: a GOVC_PASSWORD that is the name of a file is read as that file,
    // and a password from a file loses the blanks at its ends.
    GOVC_URL: urlWithCredentials(options, endpoint),
    ...(options.shareSession === true
      ? { GOVC_PERSIST_SESSION: 'true', GOVC_SHARED_SESSION: '1' }
      : { GOVC_PERSIST_SESSION: 'false' }),
    GOVC_INDENT: 'false',
    ...(options.datacenter === undefined ? {} : { GOVC_DATACENTER: options.datacenter }),
  };
}

function urlWithCredentials(options: GovcOptions, endpoint: { readonly host: string; readonly port: number }): string {
  const host = endpoint.host.includes(':') ? `[${endpoint.host}]` : endpoint.host;
  try {
    const user = `${encodeURIComponent(options.username)}:${encodeURIComponent(options.password)}`;
    return `https://${user}@${host}:${String(endpoint.port)}/sdk`;
  } catch (cause) {
    throw new GovcError('invalid-argument', 'User name or password holds half a Unicode character.', { cause });
  }
}
