/** What is kept per site on this laptop: journals of runs, the newest media evidence, the newest handover. Evidence, not truth. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fail, failure, ok, type Result } from '../../core/base/errors.ts';
import type { MediaFacts } from '../../core/media/facts.ts';
import type { RunEvent, RunState } from '../../core/run/event.ts';
import { reduceRun } from '../../core/run/event.ts';
import type { HandoverRecord, OperationRecord } from '../../core/run/record.ts';
import { errnoOf, fileFailure } from '../system/files/file-failure.ts';
import { makeFolder } from '../system/files/inputs.ts';
import { appendLine, wholeLines } from '../system/files/lines.ts';
import { writeMediaProof } from './media-proof.ts';
import { isSiteLocked } from './site-lock.ts';
import { ignoredState, readState, readStateText, silent, type StateFile, type Warn, writeState } from './state-file.ts';
import { eventShape, handoverShape, mediaShape } from './state-shapes.ts';

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
  'run-finished',
]);

const siteFolder = (stateDir: string, site: string): string => join(stateDir, 'sites', site);

async function folderOf(stateDir: string, site: string, below = ''): Promise<Result<string>> {
  const folder = join(siteFolder(stateDir, site), below);
  const made = await makeFolder(folder, 0o700);
  return made.ok ? ok(folder) : made;
}

export interface Journal {
  /** Queues a line; lines are written in order. */
  write(this: void, event: RunEvent): void;
  /** When everything is on disk; the first failure that a line met, if any. */
  flush(): Promise<Result<void>>;
}

export async function openJournal(stateDir: string, site: string, run: string): Promise<Result<Journal>> {
  const folder = await folderOf(stateDir, site, 'runs');
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

/** The events in a journal. A line that a crash tore, or that another version wrote in another shape, is left out. */
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

/** The end that a run did not write itself, because its process was ended. */
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
 * Kept runs of a site, oldest first. A run without an end was cut off: it counts as failed at whatever it did last. Only the
 * newest one may still be running, in this process or in another one. A journal that cannot be read is left out with a
 * warning, and so is each line that is no event. Fails with `files.*` when the folder cannot be listed.
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

const mediaFile = (stateDir: string, site: string): StateFile<MediaFacts> => ({
  path: join(siteFolder(stateDir, site), 'media.json'),
  schema: mediaShape,
});

/** Keeps the newest media evidence, also as files in the folder `media` that `minisign` and `sha256sum` can check. */
export async function keepMedia(stateDir: string, site: string, facts: MediaFacts): Promise<Result<void>> {
  const folder = await folderOf(stateDir, site);
  if (!folder.ok) return folder;
  const proof = await writeMediaProof(join(folder.value, 'media'), facts);
  return proof.ok ? writeState(mediaFile(stateDir, site), facts) : proof;
}

/** Undefined also for a record in another shape: then the medium is verified again. */
export const keptMedia = (stateDir: string, site: string, warn: Warn = silent): Promise<MediaFacts | undefined> =>
  readState(mediaFile(stateDir, site), warn);

export interface KeptHandover extends HandoverRecord {
  readonly textFile: string;
  readonly qrPayload: string;
}

const handoverFile = (stateDir: string, site: string): StateFile<KeptHandover> => ({
  path: join(siteFolder(stateDir, site), 'handover.json'),
  schema: handoverShape,
});

export async function keepHandover(stateDir: string, site: string, handover: KeptHandover): Promise<Result<void>> {
  const folder = await folderOf(stateDir, site);
  return folder.ok ? writeState(handoverFile(stateDir, site), handover) : folder;
}

export const keptHandover = (stateDir: string, site: string, warn: Warn = silent): Promise<KeptHandover | undefined> =>
  readState(handoverFile(stateDir, site), warn);
