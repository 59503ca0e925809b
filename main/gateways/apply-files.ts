/**
 * Brings the files of one gateway to what is planned. One connection looks and writes; a new one confirms. Without the
 * confirmation a timer on the gateway restores the old files. It can be run again at any time: what an interrupted run
 * left is settled first.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { type Failure, FailureSignal, type Result, capture, failure, unwrap } from '../../core/base/errors.ts';
import type { GatewayFile } from '../../core/gateway/file.ts';
import { type FileState, type FileVerdict, judgeFile } from '../../core/gateway/file-verdict.ts';
import type { SshSession } from '../adapters/ssh/connect.ts';
import { type FileToWrite, applyInput, checkFiles, recordText, sha256Of, stateOf } from './apply-program.ts';
import { applyScript } from './apply-script.ts';
import { type GatewayView, askGateway, readView } from './gateway-answer.ts';
import { confirmScript, lookScript, recordScript, rollbackScript } from './gateway-script.ts';

export interface ApplyOptions {
  /** Name of the VM, for messages. */
  readonly gateway: string;
  /** Makes a new connection at each call. */
  readonly connect: () => Promise<Result<SshSession>>;
  readonly files: readonly GatewayFile[];
  /** ms since 1970, by this laptop's clock. */
  readonly now: () => number;
  /** Seconds until the gateway restores the old files by itself. Default 90. */
  readonly window?: number;
  readonly signal?: AbortSignal | undefined;
  /**
   * States of files that somebody changed and that are replaced all the same, because the planned content builds on
   * them.
   */
  readonly basis?: ReadonlyMap<string, FileState>;
  /**
   * Takes the place of the new connection where the files end our own access: it is given the connection that wrote
   * them, still open. What it fails with undoes the files at once.
   */
  readonly prove?: (session: SshSession) => Promise<Result<void>>;
}

export interface ApplyOutcome {
  readonly gateway: string;
  /** Paths, as planned in order. */
  readonly written: readonly string[];
  readonly unchanged: readonly string[];
  /** Changed or deleted by somebody since we wrote them: left alone. */
  readonly drifted: readonly string[];
  /** Written by an earlier plan, in no plan now: left alone. */
  readonly obsolete: readonly string[];
  readonly restarted: readonly { readonly unit: string; readonly action: string }[];
  /** What became of an activation that an earlier run left unconfirmed. */
  readonly settled: 'confirmed' | 'rolled-back' | undefined;
  /** `configure.clock`. */
  readonly warnings: readonly Failure[];
}

/** ms. Parsers and restarts take their time on a small VM. */
const limits = { short: 90_000, apply: 300_000 } as const;
/** ms between two attempts to connect again. */
const between = 1000;
/** ms after the window in which a gateway that restored its files should answer again. */
const grace = 30_000;
/** s by which two clocks may differ. WireGuard refuses a peer whose clock went back. */
const clockTolerance = 300;
/** How often files may change under us before it is given up. */
const attempts = 3;

async function look(session: SshSession, { gateway, files }: ApplyOptions): Promise<GatewayView> {
  const programs = [...new Set(files.flatMap(({ check }) => check?.slice(0, 1) ?? []))];
  const values = [...programs, '--', ...files.map(({ path }) => path)];
  const view = readView(
    unwrap(await askGateway(session, gateway, [lookScript, ...values], { timeLimit: limits.short })),
  );
  if (!view.root) throw new FailureSignal(failure('operation', 'configure.not-root', { gateway }));
  if (view.missing.length > 0) {
    const programNames = [...new Set(view.missing)].join(', ');
    throw new FailureSignal(failure('operation', 'configure.program-missing', { gateway, programs: programNames }));
  }
  return view;
}

type Settled = ApplyOutcome['settled'];

/** Asks for the confirmation, or the rollback, of one activation. */
async function settle(session: SshSession, gateway: string, script: string, id: string): Promise<Result<Settled>> {
  const answer = await askGateway(session, gateway, [script, id], { timeLimit: limits.short });
  if (!answer.ok) return answer;
  const words = new Set(answer.value.map(([word]) => word));
  const settled = words.has('confirmed') ? 'confirmed' : words.has('rolled-back') ? 'rolled-back' : undefined;
  return { ok: true, value: settled };
}

/**
 * Looks, and settles an activation that an earlier run left: this connection is a new one, so all that was activated is
 * confirmed; half an activation is undone.
 */
async function lookAndSettle(session: SshSession, options: ApplyOptions): Promise<[GatewayView, Settled]> {
  const view = await look(session, options);
  if (view.pending === undefined) return [view, view.rolledBack ? 'rolled-back' : undefined];
  const { id, activated } = view.pending;
  const script = activated ? confirmScript : rollbackScript;
  const settled = unwrap(await settle(session, options.gateway, script, id));
  return [await look(session, options), settled];
}

/**
 * Confirms from a new connection, again and again until the gateway must have restored its old files, and asks it then
 * what it did. `undefined`: the gateway knows nothing of this activation.
 */
async function confirmAnew({ connect, gateway, window = 90, signal }: ApplyOptions, id: string): Promise<Settled> {
  const end = performance.now() + window * 1000 + grace;
  for (;;) {
    const made = await connect();
    let reason = made.ok ? undefined : made.failure;
    if (made.ok) {
      const settled = await settle(made.value, gateway, confirmScript, id);
      await made.value.close();
      if (settled.ok) return settled.value;
      reason = settled.failure;
    }
    if (reason?.kind === 'cancelled') throw new FailureSignal(reason);
    if (performance.now() >= end) {
      const params = { gateway, seconds: window, reason: reason?.code ?? '' };
      throw new FailureSignal(failure('operation', 'configure.locked-out', params));
    }
    await pause(between, undefined, signal === undefined ? {} : { signal });
  }
}

/** Confirms over the connection that wrote the files, after the proof; without the proof undoes them. */
async function confirmProven(
  session: SshSession,
  { gateway, prove, window = 90 }: ApplyOptions,
  id: string,
): Promise<void> {
  const proven = await prove?.(session);
  const undo = proven?.ok === false;
  const settled = unwrap(await settle(session, gateway, undo ? rollbackScript : confirmScript, id));
  if (undo) unwrap(proven);
  if (settled === 'confirmed') return;
  throw new FailureSignal(failure('operation', 'configure.rolled-back', { gateway, seconds: window }));
}

interface Judged {
  readonly file: GatewayFile;
  readonly found: string;
  readonly verdict: FileVerdict;
}

function judge({ files, basis }: ApplyOptions, view: GatewayView): Judged[] {
  return files.map((file, index) => {
    const found = view.found[index];
    // A bug of the program that we sent: it answers for each file.
    if (found === undefined) throw new Error('a gateway answered for fewer files than it was asked for');
    const states = { planned: stateOf(file), found, recorded: view.recorded.get(file.path) };
    const verdict = judgeFile(states);
    const builtOn = verdict === 'drifted' && basis?.get(file.path) === found;
    return { file, found, verdict: builtOn ? 'write' : verdict };
  });
}

/** Sends and activates. The value: the units that were restarted. */
async function send(
  session: SshSession,
  { gateway, window = 90 }: ApplyOptions,
  { files, record, id }: { files: readonly FileToWrite[]; record: ReadonlyMap<string, string>; id: string },
): Promise<Result<ApplyOutcome['restarted']>> {
  const { input, values } = applyInput(files, record, { id, window });
  const answer = await askGateway(session, gateway, [applyScript, ...values], { input, timeLimit: limits.apply });
  if (!answer.ok) return answer;
  const restarted = answer.value.filter(([word]) => word === 'restarted').map(([, rest]) => rest.split(' '));
  return { ok: true, value: restarted.map(([action = '', unit = '']) => ({ unit, action })) };
}

/** The connection ended under the apply program: whether it did its work is not known. */
const isUncertain = ({ code }: Failure): boolean =>
  ['ssh.cut', 'ssh.timeout', 'ssh.slow', 'configure.no-shell'].includes(code);

/**
 * Fails with `configure.*` (`disk-full`, `read-only`, `not-written`, `refused` by a parser, `service`,
 * `program-missing`, `no-shell`, `not-root`, `no-timer`, `busy`, `transfer`, `not-a-file`, `changed`, `rolled-back`,
 * `locked-out`) and as `connect` does. After every failure the gateway has its old files, or restores them when the
 * window is over.
 */
export function applyFiles(options: ApplyOptions): Promise<Result<ApplyOutcome>> {
  const { gateway, connect, files, now, signal } = options;
  checkFiles(files);
  return capture(async () => {
    const session = unwrap(await connect());
    try {
      let changed: Failure | undefined;
      let settledFirst: Settled;
      for (let attempt = 0; attempt < attempts; attempt += 1) {
        const [view, settled] = await lookAndSettle(session, options);
        settledFirst ??= settled;
        const judged = judge(options, view);
        const pathsOf = (wanted: FileVerdict): string[] =>
          judged.filter(({ verdict }) => verdict === wanted).map(({ file }) => file.path);
        const [obstructed] = pathsOf('obstructed');
        if (obstructed !== undefined) {
          throw new FailureSignal(failure('operation', 'configure.not-a-file', { gateway, path: obstructed }));
        }
        const toWrite = judged.filter(({ verdict }) => verdict === 'write');
        const recorded = judged.filter(({ verdict }) => verdict === 'write' || verdict === 'adopted');
        const record = new Map([
          ...view.recorded,
          ...recorded.map(({ file }): [string, string] => [file.path, stateOf(file)]),
        ]);
        const seconds = Math.round(view.time - now() / 1000);
        const clock = failure('operation', 'configure.clock', { gateway, seconds });
        const outcome: ApplyOutcome = {
          gateway,
          written: pathsOf('write'),
          unchanged: [...pathsOf('unchanged'), ...pathsOf('adopted')],
          drifted: pathsOf('drifted'),
          obsolete: [...view.recorded.keys()].filter((path) => !files.some((file) => file.path === path)),
          restarted: [],
          settled: settledFirst,
          warnings: Math.abs(seconds) > clockTolerance ? [clock] : [],
        };
        if (toWrite.length === 0) {
          if (recorded.length > 0) {
            const text = recordText(record);
            const asked = { input: text, timeLimit: limits.short };
            unwrap(await askGateway(session, gateway, [recordScript, sha256Of(text)], asked));
          }
          return outcome;
        }
        const id = randomUUID();
        const sent = await send(session, options, { files: toWrite, record, id });
        if (!sent.ok && sent.failure.code === 'configure.changed') {
          changed = sent.failure;
          continue;
        }
        if (!sent.ok && !isUncertain(sent.failure)) throw new FailureSignal(sent.failure);
        if (options.prove !== undefined) {
          const restarted = unwrap(sent);
          await confirmProven(session, options, id);
          return { ...outcome, restarted };
        }
        await session.close();
        const settledNow = await confirmAnew(options, id);
        if (settledNow === 'confirmed') return { ...outcome, restarted: sent.ok ? sent.value : [] };
        if (settledNow === undefined && !sent.ok) throw new FailureSignal(sent.failure);
        throw new FailureSignal(
          failure('operation', 'configure.rolled-back', { gateway, seconds: options.window ?? 90 }),
        );
      }
      throw new FailureSignal(changed ?? failure('operation', 'configure.changed', { gateway, path: '' }));
    } finally {
      await session.close();
    }
  }, signal);
}
