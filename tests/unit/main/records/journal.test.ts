import { appendFile, mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { failure, type Result } from '../../../../core/base/errors.ts';
import type { RunEvent, RunEventBody } from '../../../../core/run/event.ts';
import { keptRuns, openJournal, operationsOf } from '../../../../main/records/journal.ts';
import { lockSite } from '../../../../main/records/site-lock.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'edge-records-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const value = <T>(result: Result<T>): T => {
  if (!result.ok) throw new Error(result.failure.code);
  return result.value;
};

let sites = 0;
const freshSite = (): string => `site-${(sites += 1)}`;

async function journal(site: string, run: string, bodies: readonly RunEventBody[]): Promise<string> {
  const open = value(await openJournal(folder, site, run));
  bodies.forEach((body, index) =>
    open.write({ ...body, run, sequence: index + 1, at: `2026-11-22T10:00:0${index}.000Z` }),
  );
  value(await open.flush());
  return join(folder, 'sites', site, 'runs', `${run}.ndjson`);
}

const operation = { vm: 'a-logs-1', operation: 'create-machine', id: 'a-logs-1/create-machine' } as const;
const begin: readonly RunEventBody[] = [
  { kind: 'run-started', site: 'a', stages: ['deploy'] },
  { kind: 'stage-started', stage: 'deploy' },
  {
    kind: 'work-planned',
    drift: [],
    work: [{ vm: 'a-logs-1', component: 'logs', phase: 'base', operations: 2 }],
  },
  { kind: 'operation-started', ...operation },
];

describe('journals', () => {
  it('keep events in order, without progress, for their owner only', async () => {
    const site = freshSite();
    const path = await journal(site, 'r1', [
      ...begin,
      { kind: 'operation-progress', ...operation, amount: { bytes: 1 } },
      { kind: 'operation-finished', ...operation, outcome: 'done' },
      { kind: 'run-finished', outcome: 'done' },
    ]);
    const lines = (await readFile(path, 'utf8')).trim().split('\n');
    expect(lines.map((line) => (JSON.parse(line) as RunEvent).kind)).toEqual([
      'run-started',
      'stage-started',
      'work-planned',
      'operation-started',
      'operation-finished',
      'run-finished',
    ]);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    const [run] = value(await keptRuns(folder, site));
    expect(run?.state).toMatchObject({ run: 'r1', outcome: 'done', vms: [{ vm: 'a-logs-1', finished: 1 }] });
  });

  it('return the runs of a site oldest first, and none for a site without runs', async () => {
    const site = freshSite();
    await journal(site, '2026-11-22T11-00', [...begin, { kind: 'run-finished', outcome: 'done' }]);
    await journal(site, '2026-11-22T09-00', [...begin, { kind: 'run-finished', outcome: 'cancelled' }]);
    expect(value(await keptRuns(folder, site)).map(({ state }) => state.outcome)).toEqual(['cancelled', 'done']);
    expect(value(await keptRuns(folder, freshSite()))).toEqual([]);
  });

  it('leave out a torn line, and count a run without an end as cut off', async () => {
    const site = freshSite();
    const path = await journal(site, 'r1', begin);
    await appendFile(path, '{"kind":"run-finished","outco');
    const [run] = value(await keptRuns(folder, site));
    expect(run?.state).toMatchObject({
      outcome: 'failed',
      failure: failure('operation', 'deploy.cut-off'),
      finishedAt: '2026-11-22T10:00:03.000Z',
      vms: [{ status: 'failed' }],
      stages: [{ stage: 'deploy', status: 'failed' }],
    });
    expect(run?.operations).toEqual([
      { run: 'r1', vm: 'a-logs-1', operation: 'create-machine', startedAt: '2026-11-22T10:00:03.000Z' },
    ]);
  });

  it('are read past an invalid line in the middle', async () => {
    const site = freshSite();
    const path = await journal(site, 'r1', begin);
    await appendFile(path, '\0\0\0\n');
    await journal(site, 'r1', []);
    await appendFile(
      path,
      `${JSON.stringify({ kind: 'run-finished', outcome: 'done', run: 'r1', sequence: 9, at: '2026-11-22T10:01:00.000Z' })}\n`,
    );
    expect(value(await keptRuns(folder, site))[0]?.state.outcome).toBe('done');
  });

  it('do not count the newest run as cut off while a process holds the site', async () => {
    const site = freshSite();
    await journal(site, 'r1', begin);
    await journal(site, 'r2', begin);
    const unlock = value(await lockSite(folder, site));
    expect(value(await keptRuns(folder, site)).map(({ state }) => state.outcome)).toEqual(['failed', undefined]);
    await unlock();
    expect(value(await keptRuns(folder, site)).map(({ state }) => state.outcome)).toEqual(['failed', 'failed']);
  });
});

describe('operations of a journal', () => {
  it('have start, end, outcome and reason', () => {
    const reason = failure('operation', 'vsphere.fault');
    const events: RunEvent[] = [
      { kind: 'operation-started', ...operation, run: 'r', sequence: 1, at: 't1' },
      { kind: 'operation-finished', ...operation, outcome: 'failed', failure: reason, run: 'r', sequence: 2, at: 't2' },
      {
        kind: 'operation-finished',
        ...operation,
        id: 'never-started',
        outcome: 'done',
        run: 'r',
        sequence: 3,
        at: 't3',
      },
    ];
    expect(operationsOf(events)).toEqual([
      {
        run: 'r',
        vm: 'a-logs-1',
        operation: 'create-machine',
        startedAt: 't1',
        finishedAt: 't2',
        outcome: 'failed',
        failure: reason,
      },
    ]);
  });
});
