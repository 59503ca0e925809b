/** Sections 5 and 6: findings and operations. A failed run stays on record even if a later one succeeded. */
import { type Finding, isBlocking } from '../../base/findings.ts';
import type { OperationRecord, RunRecord } from '../../run/record.ts';
import { endedWell } from '../../run/event.ts';
import type { RunState } from '../../run/state.ts';
import { failureInWords, findingInWords, type Text } from '../../base/text.ts';
import { cell, clockCell, countCell, durationInWords, secondsBetween, secondsInWords } from '../format.ts';
import type { Block, Cell, TableBlock, Tone } from '../model.ts';

const toneOf: Readonly<Record<Finding['status'], Tone>> = {
  pass: 'good',
  warn: 'warn',
  fail: 'bad',
  error: 'bad',
  pending: 'info',
  skipped: 'neutral',
};

export function findingsBlocks({ findings }: RunRecord, text: Text): readonly Block[] {
  const passed = findings.filter(({ status }) => status === 'pass').length;
  const skipped = findings.filter(({ status }) => status === 'skipped').length;
  const accepted = findings.filter(({ status }) => status === 'warn');
  const open = findings.filter(({ status }) => status === 'fail' || status === 'error' || status === 'pending');
  const counts = { passed, skipped, accepted: accepted.length, open: open.length, total: findings.length };
  const note = findings.length === 0 ? text('summary.findings.none') : text('summary.findings.counts', counts);
  return [
    { kind: 'note', text: note, tone: open.some(isBlocking) ? 'bad' : open.length > 0 ? 'warn' : 'neutral' },
    findingTable('openFindings', open, text, 'open'),
    findingTable('acceptedFindings', accepted, text, 'accepted'),
  ];
}

function findingTable(id: string, findings: readonly Finding[], text: Text, which: 'open' | 'accepted'): TableBlock {
  const rows = findings.map((finding): readonly Cell[] => {
    const words = findingInWords(text, finding);
    const status = text(`summary.finding-status.${finding.status}`);
    return [
      cell(status, { value: finding.status, tone: toneOf[finding.status] }),
      cell(words.message),
      cell(words.remedy),
      cell([words.rule, words.path].filter((part) => part !== '').join('\n'), { value: [words.rule, words.path] }),
    ];
  });
  return {
    kind: 'table',
    id,
    caption: text(`summary.findings.${which}-caption`),
    columns: [
      { key: 'status', title: text('summary.column.status'), weight: 12 },
      { key: 'message', title: text('summary.column.finding'), weight: 42 },
      { key: 'remedy', title: text('summary.column.remedy'), weight: 38 },
      { key: 'rule', title: text('summary.column.rule'), weight: 24 },
    ],
    rows,
    empty: text(`summary.findings.${which}-empty`),
  };
}

const outcomeTone = (outcome: RunState['outcome']): Tone => {
  if (outcome === undefined || outcome === 'waiting') return 'info';
  return endedWell(outcome) ? 'good' : 'bad';
};

export function operationsBlocks(record: RunRecord, text: Text): readonly Block[] {
  const runs = [...(record.run ? [record.run] : []), ...record.earlierRuns].toSorted((a, b) =>
    a.startedAt < b.startedAt ? -1 : Number(a.startedAt > b.startedAt),
  );
  const failed = record.operations.filter(({ outcome }) => outcome === 'failed').length;
  const counts = { operations: record.operations.length, failed, runs: runs.length };
  const sentence =
    record.operations.length === 0 ? text('summary.operations.none') : text('summary.operations.counts', counts);
  return [
    { kind: 'note', text: sentence, tone: 'neutral' },
    runTable(runs, record, text),
    operationTable(record.operations, text),
    failureTable(record.operations, text),
  ];
}

function runTable(runs: readonly RunState[], record: RunRecord, text: Text): TableBlock {
  const rows = runs.map((run): readonly Cell[] => {
    const outcome = run.outcome ?? 'unfinished';
    const reason = run.failure ? failureInWords(text, run.failure) : undefined;
    const words = reason ? `${reason.title}\n${reason.detail}` : '';
    const last = run.run === record.run?.run;
    return [
      cell(last ? text('summary.operations.last', { run: run.run }) : run.run, { value: run.run }),
      clockCell(run.startedAt),
      clockCell(run.finishedAt, '–'),
      cell(durationInWords(run.startedAt, run.finishedAt)),
      cell(text(`summary.run-outcome.${outcome}`), { value: outcome, tone: outcomeTone(run.outcome) }),
      cell(words, { value: run.failure?.code ?? null }),
    ];
  });
  return {
    kind: 'table',
    id: 'runs',
    caption: text('summary.operations.runs-caption'),
    columns: [
      { key: 'run', title: text('summary.column.run'), weight: 22 },
      { key: 'startedAt', title: text('summary.column.started'), weight: 18 },
      { key: 'finishedAt', title: text('summary.column.finished'), weight: 18 },
      { key: 'duration', title: text('summary.column.duration'), weight: 13 },
      { key: 'outcome', title: text('summary.column.outcome'), weight: 16 },
      { key: 'failure', title: text('summary.column.failure'), weight: 34 },
    ],
    rows,
    empty: text('summary.operations.runs-empty'),
  };
}

/** All operations of one VM in one row, in the order in which VMs were first touched. */
function operationTable(operations: readonly OperationRecord[], text: Text): TableBlock {
  const byVm = new Map<string, OperationRecord[]>();
  for (const one of operations) byVm.set(one.vm, [...(byVm.get(one.vm) ?? []), one]);
  const rows = [...byVm].map(([vm, all]): readonly Cell[] => {
    const started = all.map(({ startedAt }) => startedAt).toSorted()[0];
    const finished = all
      .flatMap(({ finishedAt }) => finishedAt ?? [])
      .toSorted()
      .at(-1);
    const count = (outcome: OperationRecord['outcome']): number => all.filter((one) => one.outcome === outcome).length;
    const failed = count('failed');
    return [
      cell(vm),
      countCell(text, all.length),
      countCell(text, count('done')),
      cell(String(failed), { value: failed, tone: failed > 0 ? 'bad' : 'neutral' }),
      clockCell(started),
      clockCell(finished, '–'),
      cell(secondsInWords(all.reduce((sum, one) => sum + secondsBetween(one.startedAt, one.finishedAt), 0))),
    ];
  });
  return {
    kind: 'table',
    id: 'operations',
    caption: text('summary.operations.caption'),
    columns: [
      { key: 'vm', title: text('summary.column.vm'), weight: 30 },
      { key: 'operations', title: text('summary.column.operations'), weight: 13, align: 'end' },
      { key: 'done', title: text('summary.column.done'), weight: 8, align: 'end' },
      { key: 'failed', title: text('summary.column.failed'), weight: 8, align: 'end' },
      { key: 'startedAt', title: text('summary.column.started'), weight: 18 },
      { key: 'finishedAt', title: text('summary.column.finished'), weight: 18 },
      { key: 'duration', title: text('summary.column.duration'), weight: 13 },
    ],
    rows,
    empty: text('summary.operations.empty'),
  };
}

function failureTable(operations: readonly OperationRecord[], text: Text): TableBlock {
  const rows = operations
    .filter(({ outcome }) => outcome === 'failed' || outcome === 'cancelled')
    .map((one): readonly Cell[] => {
      const reason = one.failure ? failureInWords(text, one.failure) : undefined;
      const outcome = one.outcome ?? 'unfinished';
      return [
        cell(one.vm),
        cell(text(`summary.operation.${one.operation}`), { value: one.operation }),
        clockCell(one.finishedAt ?? one.startedAt),
        cell(text(`summary.run-outcome.${outcome}`), { value: outcome, tone: outcome === 'failed' ? 'bad' : 'warn' }),
        cell(reason ? `${reason.title}\n${reason.detail}` : '', { value: one.failure?.code ?? null }),
      ];
    });
  return {
    kind: 'table',
    id: 'failures',
    caption: text('summary.operations.failures-caption'),
    columns: [
      { key: 'vm', title: text('summary.column.vm'), weight: 26 },
      { key: 'operation', title: text('summary.column.operation'), weight: 20 },
      { key: 'at', title: text('summary.column.time'), weight: 18 },
      { key: 'outcome', title: text('summary.column.outcome'), weight: 13 },
      { key: 'failure', title: text('summary.column.failure'), weight: 40 },
    ],
    rows,
    empty: text('summary.operations.failures-empty'),
  };
}
