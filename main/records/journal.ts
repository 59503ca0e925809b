/** The journals of a site's runs: one file of events per run. Evidence, not truth. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fail, failure, ok, type Result } from '../../core/base/errors.ts';
import type { RunEvent } from '../../core/run/event.ts';
import { reduceRun, type RunState } from '../../core/run/state.ts';
import type { OperationRecord } from '../../core/run/record.ts';
import { errnoOf, fileFailure } from '../system/files/file-failure.ts';
import { appendLine, wholeLines } from '../system/files/lines.ts';
import { makeSiteFolder, siteFolder } from './site-folder.ts';
import { isSiteLocked } from './site-lock.ts';
import { ignoredState, readStateText, silent, type Warn } from './state-file.ts';
import { eventShape } from './state-shapes.ts';

export interface KeptRun {
  readonly state: RunState;
  readonly operations: readonly OperationRecord[];
}

const kindsKept: ReadonlySet<RunEvent['kind']> = new Set([
  'run-started',
  'stage-started',
  'stage-finished',
  'findings',
  'work-planned',
  'operation-started',
  'operation-finished',
  'image-verified',
  'media-verified',
  'files-written',
  'tunnel-confirmed',
  'vm-sealed',
  'site-sealed',
  'secrets-deleted',
  'run-finished',
]);

export interface Journal {
  /** Queues a line; lines are written in order. */
  write(this: void, event: RunEvent): void;
  /** Settles when every line is on disk, with the first write failure, if any. */
  flush(): Promise<Result<void>>;
}

/** Opens the journal of a run. Fails with `files.*` if its folder cannot be made. */
export async function openJournal(stateDir: string, site: string, run: string): Promise<Result<Journal>> {
  const folder = await makeSiteFolder(stateDir, site, 'runs');
  if (!folder.ok) return folder;
  const path = join(folder.value, `${run}.ndjson`);
  let queue: Promise<Result<void>> = Promise.resolve(ok(undefined));
  return ok({
    write: (event) => {
      if (!kindsKept.has(event.kind)) return;
      queue = queue.then(async (before) => {
        const written = await appendLine(path, JSON.stringify(event), { fsync: event.kind === 'run-finished' });
        return before.ok ? written : before;
      });
    },
    flush: () => queue,
  });
}

/** Operations of one run, from its events. */
export function operationsOf(events: readonly RunEvent[]): OperationRecord[] {
  const operations = new Map<string, OperationRecord>();
  for (const event of events) {
    if (event.kind === 'operation-started') {
      const { run, vm, operation, at } = event;
      operations.set(event.id, { run, vm, operation, startedAt: at });
    } else if (event.kind === 'operation-finished') {
      const started = operations.get(event.id);
      if (started) {
        const { outcome, failure, at } = event;
        operations.set(event.id, { ...started, finishedAt: at, outcome, ...(failure ? { failure } : {}) });
      }
    }
  }
  return [...operations.values()];
}

/** The events in a journal. A torn line, or a line in another version's format, is left out. */
function parseEvents(lines: readonly string[]): RunEvent[] {
  return lines.flatMap((line) => {
    try {
      const parsed = eventShape.safeParse(JSON.parse(line));
      return parsed.success ? [parsed.data as unknown as RunEvent] : [];
    } catch {
      return [];
    }
  });
}

/** The end event for a run whose process was killed before it wrote one. */
const cutOff = (last: RunEvent): RunEvent => ({
  kind: 'run-finished',
  run: last.run,
  sequence: last.sequence + 1,
  at: last.at,
  outcome: 'failed',
  failure: failure('operation', 'deploy.cut-off'),
});

/** Names of the newest journals of a site, oldest first. */
async function journalsIn(folder: string, warn: Warn): Promise<Result<string[]>> {
  try {
    return ok((await readdir(folder)).filter((name) => name.endsWith('.ndjson')).toSorted());
  } catch (error) {
    const reason = errnoOf(error);
    if (reason === 'ENOENT') return ok([]);
    if (reason === undefined || !['ENOTDIR', 'EACCES', 'EPERM'].includes(reason))
      return fail(fileFailure(folder, error));
    warn(ignoredState(folder, reason));
    return ok([]);
  }
}

/**
 * Kept runs of a site, oldest first. A run without an end was cut off: it counts as failed at its last stage. Only the
 * newest run may still be active, in this process or another. An unreadable journal is left out with a
 * warning, and so is an invalid line. Fails with `files.*` if the folder cannot be listed.
 */
export async function keptRuns(stateDir: string, site: string, warn: Warn = silent): Promise<Result<KeptRun[]>> {
  const folder = join(siteFolder(stateDir, site), 'runs');
  const listed = await journalsIn(folder, warn);
  if (!listed.ok) return listed;
  const names = listed.value;
  const runs: KeptRun[] = [];
  const running = (await isSiteLocked(stateDir, site)) ? names.at(-1) : undefined;
  for (const name of names.slice(-50)) {
    const path = join(folder, name);
    const text = await readStateText(path, warn);
    if (text === undefined) continue;
    const lines = wholeLines(text);
    const written = parseEvents(lines);
    if (written.length < lines.length) warn(ignoredState(path));
    const last = written.at(-1);
    const ended = last === undefined || last.kind === 'run-finished' || name === running;
    const events = ended ? written : [...written, cutOff(last)];
    const state = events.reduce<RunState | undefined>(reduceRun, undefined);
    if (state) runs.push({ state, operations: operationsOf(events) });
  }
  return ok(runs);
}

/** The newest kept run of a site. Undefined if there is none or the journals cannot be listed. */
export async function newestRun(stateDir: string, site: string, warn: Warn = silent): Promise<RunState | undefined> {
  const kept = await keptRuns(stateDir, site, warn);
  return kept.ok ? kept.value.at(-1)?.state : undefined;
}
