/** What is kept per site on this laptop: journals of runs, the newest media evidence, the newest handover. Evidence, not truth. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { failure, ok, type Result } from '../../core/errors.ts';
import type { MediaFacts } from '../../core/facts.ts';
import type { RunEvent, RunState } from '../../core/run.ts';
import { reduceRun } from '../../core/run.ts';
import type { HandoverRecord, OperationRecord } from '../../core/run-record.ts';
import { writeFileAtomic } from '../adapters/files/atomic.ts';
import { makeFolder, readInput } from '../adapters/files/inputs.ts';
import { appendLine, readLines } from '../adapters/files/lines.ts';
import { writeMediaProof } from './media-proof.ts';
import { isSiteLocked } from './site-lock.ts';

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

function parseEvents(lines: readonly string[]): RunEvent[] {
  return lines.flatMap((line) => {
    try {
      return [JSON.parse(line) as RunEvent];
    } catch {
      // A line that a crash tore in the middle is no evidence.
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

/**
 * Kept runs of a site, oldest first. A run without an end was cut off: it counts as failed at whatever it did last. Only the
 * newest one may still be running, in this process or in another one.
 */
export async function keptRuns(stateDir: string, site: string): Promise<Result<KeptRun[]>> {
  const folder = join(siteFolder(stateDir, site), 'runs');
  let names: string[];
  try {
    names = (await readdir(folder)).filter((name) => name.endsWith('.ndjson')).toSorted();
  } catch {
    return ok([]);
  }
  const runs: KeptRun[] = [];
  const running = (await isSiteLocked(stateDir, site)) ? names.at(-1) : undefined;
  for (const name of names.slice(-50)) {
    const lines = await readLines(join(folder, name));
    if (!lines.ok) return lines;
    const written = parseEvents(lines.value);
    const last = written.at(-1);
    const ended = last === undefined || last.kind === 'run-finished' || name === running;
    const events = ended ? written : [...written, cutOff(last)];
    const state = events.reduce<RunState | undefined>(reduceRun, undefined);
    if (state) runs.push({ state, operations: operationsOf(events) });
  }
  return ok(runs);
}

async function write(stateDir: string, site: string, name: string, value: unknown): Promise<Result<void>> {
  const folder = await folderOf(stateDir, site);
  return folder.ok
    ? writeFileAtomic(join(folder.value, name), `${JSON.stringify(value, undefined, 2)}\n`, { mode: 0o600 })
    : folder;
}

async function read<T>(stateDir: string, site: string, name: string): Promise<T | undefined> {
  const bytes = await readInput(join(siteFolder(stateDir, site), name), 'record');
  if (!bytes.ok) return undefined;
  try {
    return JSON.parse(bytes.value.toString('utf8')) as T;
  } catch {
    return undefined;
  }
}

/** Keeps the newest media evidence, also as files in the folder `media` that `minisign` and `sha256sum` can check. */
export async function keepMedia(stateDir: string, site: string, facts: MediaFacts): Promise<Result<void>> {
  const proof = await writeMediaProof(join(siteFolder(stateDir, site), 'media'), facts);
  return proof.ok ? write(stateDir, site, 'media.json', facts) : proof;
}

/** Undefined also for a record that another version kept in another shape: then the medium is verified again. */
export async function keptMedia(stateDir: string, site: string): Promise<MediaFacts | undefined> {
  const kept = await read<Partial<MediaFacts>>(stateDir, site, 'media.json');
  const sameShape = kept?.signed !== undefined && kept.images?.every(({ nics }) => Array.isArray(nics)) === true;
  return sameShape ? (kept as MediaFacts) : undefined;
}

export interface KeptHandover extends HandoverRecord {
  readonly textFile: string;
  readonly qrPayload: string;
}

export const keepHandover = (stateDir: string, site: string, handover: KeptHandover): Promise<Result<void>> =>
  write(stateDir, site, 'handover.json', handover);

export const keptHandover = (stateDir: string, site: string): Promise<KeptHandover | undefined> =>
  read(stateDir, site, 'handover.json');
