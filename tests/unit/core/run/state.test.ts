import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { failure } from '../../../../core/base/errors.ts';
import type { RunEvent, RunEventBody } from '../../../../core/run/event.ts';
import { deployShare, reduceRun, type RunState } from '../../../../core/run/state.ts';

const events = (bodies: readonly RunEventBody[], run = 'r1'): RunEvent[] =>
  bodies.map((body, index) => ({ ...body, run, sequence: index + 1, at: `2026-11-22T10:00:0${index % 10}.000Z` }));

const fold = (all: readonly RunEvent[]): RunState => {
  const state = all.reduce<RunState | undefined>(reduceRun, undefined);
  if (state === undefined) throw new Error('no event');
  return state;
};

const operation = { vm: 'a-logs-1', operation: 'create-machine', id: 'a-logs-1/create-machine' } as const;
const planned = {
  kind: 'work-planned',
  drift: [],
  work: [
    { vm: 'a-logs-1', component: 'logs', phase: 'base', operations: 2 },
    { vm: 'a-api-1', component: 'api', phase: 'services', operations: 0 },
  ],
} as const;
const start = [
  { kind: 'run-started', site: 'a', stages: ['check', 'deploy'] },
  { kind: 'stage-started', stage: 'deploy' },
  planned,
] as const;

describe('reduceRun', () => {
  it('adds up to stages and VMs', () => {
    const state = fold(
      events([
        ...start,
        { kind: 'operation-started', ...operation },
        { kind: 'operation-progress', ...operation, amount: { bytes: 5, total: 10 } },
      ]),
    );
    expect(state.stages).toMatchObject([
      { stage: 'check', status: 'not-started' },
      { stage: 'deploy', status: 'working' },
    ]);
    expect(state.vms).toMatchObject([
      { vm: 'a-logs-1', status: 'working', current: 'create-machine', amount: { bytes: 5, total: 10 }, finished: 0 },
      { vm: 'a-api-1', status: 'done' },
    ]);
    expect(state.sequence).toBe(5);
  });

  it('is done with a VM after its last operation', () => {
    const finish = { kind: 'operation-finished', ...operation, outcome: 'done' } as const;
    expect(fold(events([...start, finish])).vms[0]).toMatchObject({ status: 'working', finished: 1 });
    expect(fold(events([...start, finish, finish])).vms[0]).toMatchObject({ status: 'done', finished: 2 });
  });

  it('says that a VM waits for its host until the operation ends or begins again', () => {
    const discard = { vm: 'a-logs-1', operation: 'discard-partial', id: 'a-logs-1/discard-partial' } as const;
    const waiting = [
      ...start,
      { kind: 'operation-started', ...discard },
      { kind: 'operation-waiting', ...discard },
    ] as const;
    expect(fold(events(waiting)).vms[0]).toMatchObject({ status: 'working', current: 'discard-partial', busy: true });
    const ends = [
      { kind: 'operation-finished', ...discard, outcome: 'done' },
      { kind: 'operation-started', ...operation },
    ] as const;
    for (const end of ends) expect(fold(events([...waiting, end])).vms[0]).not.toHaveProperty('busy');
  });

  it('keeps a failure of a VM until it is worked on again', () => {
    const reason = failure('operation', 'vsphere.fault');
    const failed = { kind: 'operation-finished', ...operation, outcome: 'failed', failure: reason } as const;
    expect(fold(events([...start, failed])).vms[0]).toMatchObject({ status: 'failed', failure: reason });
    const again = fold(events([...start, failed, { kind: 'operation-started', ...operation }]));
    expect(again.vms[0]).not.toHaveProperty('failure');
  });

  it.each([
    ['cancelled', 'cancelled'],
    ['failed', 'failed'],
  ] as const)('leaves nothing working behind a run that ended %s', (outcome, status) => {
    const state = fold(
      events([...start, { kind: 'operation-started', ...operation }, { kind: 'run-finished', outcome }]),
    );
    expect(state.outcome).toBe(outcome);
    expect(state.vms.map((vm) => vm.status)).toEqual([status, 'done']);
    expect(state.stages[1]).toMatchObject({ status });
  });

  it('says what a run waits for, and which stages it left', () => {
    const waiting = { outcome: 'waiting', waitingFor: 'ale-answer' } as const;
    const state = fold(
      events([
        { kind: 'run-started', site: 'a', stages: ['handover', 'keys'] },
        { kind: 'stage-started', stage: 'handover' },
        { kind: 'stage-finished', stage: 'handover', ...waiting },
        { kind: 'run-finished', ...waiting },
      ]),
    );
    expect(state).toMatchObject(waiting);
    expect(state.stages).toMatchObject([
      { stage: 'handover', status: 'waiting', waitingFor: 'ale-answer' },
      { stage: 'keys', status: 'not-started' },
    ]);
  });

  it('starts a stage that reports progress early', () => {
    const started: readonly RunEventBody[] = [{ kind: 'run-started', site: 'a', stages: ['deploy', 'images'] }];
    const progress = { kind: 'stage-progress', stage: 'images', item: 'a.ova', amount: { bytes: 1 } } as const;
    const state = fold(events([...started, progress, { kind: 'stage-started', stage: 'images' }]));
    const [first, second] = [fold(events(started)).stages[1], state.stages[1]];
    expect(first?.status).toBe('not-started');
    expect(second).toMatchObject({ status: 'working', item: 'a.ova', startedAt: expect.any(String) });
    const ended = fold(events([...started, progress, { kind: 'run-finished', outcome: 'failed' }]));
    expect(ended.stages[1]?.status).toBe('failed');
  });

  it('collects findings, files and the confirmation code', () => {
    const finding = { rule: 'x', status: 'warn', step: 'site', path: '', params: {} } as const;
    const state = fold(
      events([
        ...start,
        { kind: 'findings', stage: 'check', findings: [finding] },
        { kind: 'findings', stage: 'preflight', findings: [{ ...finding, rule: 'y' }] },
        { kind: 'files-written', stage: 'handover', files: ['a.age'], code: '1234' },
        { kind: 'files-written', stage: 'summary', files: ['a.pdf'] },
      ]),
    );
    expect(state.findings).toHaveLength(2);
    expect(state.files).toEqual(['a.age', 'a.pdf']);
    expect(state.confirmationCode).toBe('1234');
  });

  it('knows whose image is proven', () => {
    const image = {
      file: 'a.ova',
      sizeBytes: 1,
      sha256: '',
      networks: [],
      nics: [],
      diskCapacityBytes: [],
      properties: [],
    };
    const verified = (...components: readonly string[]) =>
      ({ kind: 'image-verified', image: { ...image, components } }) as const;
    expect(fold(events([...start, verified('logs'), verified('core', 'api')])).proven).toEqual(['logs', 'core', 'api']);
    expect(fold(events(start)).proven).toEqual([]);
  });

  it('settles a finding that was left open when its rule is checked again', () => {
    const open = { rule: 'x', status: 'pending', step: 'site', path: '', params: {} } as const;
    const closed = { ...open, status: 'pass' } as const;
    const other = { ...open, rule: 'y' };
    const state = fold(
      events([
        ...start,
        { kind: 'findings', stage: 'preflight', findings: [open, other] },
        { kind: 'findings', stage: 'media', findings: [closed] },
      ]),
    );
    expect(state.findings).toEqual([other, closed]);
  });

  it('resets with the first event of another run', () => {
    const first = fold(events(start));
    const next = reduceRun(first, {
      kind: 'run-started',
      site: 'a',
      stages: ['check'],
      run: 'r2',
      sequence: 1,
      at: 'later',
    });
    expect(next).toMatchObject({ run: 'r2', sequence: 1, vms: [], startedAt: 'later' });
  });

  it('ignores repeated events in any order', () => {
    const all = events([
      ...start,
      { kind: 'operation-started', ...operation },
      { kind: 'operation-finished', ...operation, outcome: 'done' },
      { kind: 'findings', stage: 'deploy', findings: [] },
      { kind: 'run-finished', outcome: 'done' },
    ]);
    const straight = fold(all);
    fc.assert(
      fc.property(fc.array(fc.nat({ max: all.length - 1 }), { maxLength: 30 }), (again) => {
        const stutter = all.flatMap((event, index) => [
          event,
          ...again.filter((at) => at <= index).flatMap((at) => all.slice(at, at + 1)),
        ]);
        expect(fold(stutter)).toEqual(straight);
      }),
    );
  });
});

describe('deployShare', () => {
  it('is 0 while nothing is planned and 1 when there is nothing to do', () => {
    expect(deployShare(fold(events(start.slice(0, 2))))).toBe(0);
    const nothing = { ...planned, work: planned.work.map((work) => ({ ...work, operations: 0 })) };
    expect(deployShare(fold(events([...start.slice(0, 2), nothing])))).toBe(1);
  });

  it('counts each operation alike and an upload by its bytes', () => {
    const half = fold(
      events([
        ...start,
        { kind: 'operation-started', ...operation },
        { kind: 'operation-progress', ...operation, amount: { bytes: 5, total: 10 } },
      ]),
    );
    expect(deployShare(half)).toBeCloseTo(0.25);
  });

  it('grows from 0 to 1 over a run', () => {
    const all = events([
      ...start,
      { kind: 'operation-started', ...operation },
      { kind: 'operation-progress', ...operation, amount: { bytes: 9, total: 9 } },
      { kind: 'operation-finished', ...operation, outcome: 'done' },
      { kind: 'operation-finished', ...operation, outcome: 'done' },
    ]);
    const shares = all.map((_event, index) => deployShare(fold(all.slice(0, index + 1))));
    expect(shares).toEqual(shares.toSorted((a, b) => a - b));
    expect(shares.at(-1)).toBe(1);
  });
});
