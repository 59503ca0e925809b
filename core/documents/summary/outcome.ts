/** The outcome of the job in one sentence. It claims no more than the inventory that was read back. */
import { endedWell } from '../../run/event.ts';
import type { RunRecord } from '../../run/record.ts';
import { failureInWords, type Text } from '../../base/text.ts';
import type { Comparison } from '../../deploy/comparison.ts';
import { inventoriesOf } from '../format.ts';
import type { ReportModel, ReportStatus, Tone } from '../model.ts';

const toneOf: Readonly<Record<ReportStatus, Tone>> = {
  complete: 'good',
  waiting: 'info',
  'complete-with-differences': 'warn',
  unconfirmed: 'warn',
  running: 'info',
  partial: 'bad',
  blocked: 'bad',
  planned: 'info',
};

function statusOf(record: RunRecord, comparison: Comparison): ReportStatus {
  const { run } = record;
  const found = comparison.vms.filter((vm) => vm.found !== undefined && vm.status !== 'foreign').length;
  const whole = comparison.vms.every(({ status }) => status === 'as-planned');
  if (run === undefined) {
    if (found === 0) return 'planned';
    return whole && comparison.unplanned.length === 0 ? 'complete' : 'partial';
  }
  if (run.outcome === undefined) return 'running';
  if (run.outcome === 'blocked') return 'blocked';
  if (run.outcome === 'failed' || run.outcome === 'cancelled') return 'partial';
  if (whole && comparison.unplanned.length === 0) return run.outcome === 'waiting' ? 'waiting' : 'complete';
  if (whole) return 'complete-with-differences';
  if (comparison.vms.some(({ status }) => status === 'missing' || status === 'foreign')) return 'partial';
  if (inventoriesOf(record).length === 0 || comparison.vms.some(({ status }) => status === 'unknown')) {
    return 'unconfirmed';
  }
  return 'complete-with-differences';
}

/** The outcome as a title and a sentence. `partial` names the cause and the number of existing servers. */
export function outcomeOf(record: RunRecord, comparison: Comparison, text: Text): ReportModel['outcome'] {
  const status = statusOf(record, comparison);
  const asPlanned = comparison.vms.filter((vm) => vm.status === 'as-planned').length;
  const found = comparison.vms.filter((vm) => vm.found !== undefined && vm.status !== 'foreign').length;
  const counts = { total: comparison.vms.length, asPlanned, found };
  const sentences = [text(`summary.outcome.${status}.text`, counts)];
  const outcome = record.run?.outcome;
  const reason = record.run?.failure;
  if (status === 'partial' && outcome === 'cancelled') sentences.unshift(text('summary.outcome.because.cancelled'));
  if (status === 'partial' && outcome === 'failed') {
    const { title, detail } = reason ? failureInWords(text, reason) : { title: '', detail: '' };
    sentences.unshift(
      reason ? text('summary.outcome.because.failed-with', { title, detail }) : text('summary.outcome.because.failed'),
    );
  }
  const waitingFor = record.run?.waitingFor;
  if (waitingFor !== undefined) sentences.push(text(`deploy.waiting-for.${waitingFor}`));
  const earlier = record.earlierRuns.filter(({ outcome: end }) => !endedWell(end)).length;
  if (status !== 'planned' && earlier > 0) sentences.push(text('summary.outcome.earlier', { count: earlier }));
  return {
    status,
    tone: toneOf[status],
    title: text(`summary.outcome.${status}.title`, counts),
    text: sentences.join(' '),
  };
}
