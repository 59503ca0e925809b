/** Derives the state of the wizard's steps from findings. */
import { type Finding, isBlocking, type Step } from '../base/findings.ts';

/** Steps that describe the site; the later steps act. */
export const planningSteps = ['site', 'network', 'domain', 'mail', 'infrastructure'] as const satisfies readonly Step[];

export interface FindingCount {
  readonly blocking: number;
  readonly warnings: number;
  readonly pending: number;
}

export const countFindings = (findings: readonly Finding[]): FindingCount => ({
  blocking: findings.filter(isBlocking).length,
  warnings: findings.filter(({ status }) => status === 'warn').length,
  pending: findings.filter(({ status }) => status === 'pending').length,
});

/** `open`: a rule is still pending. */
type Gate = 'fail' | 'warn' | 'open' | 'done';

export function gateOf({ blocking, warnings, pending }: FindingCount): Gate {
  if (blocking > 0) return 'fail';
  if (warnings > 0) return 'warn';
  return pending > 0 ? 'open' : 'done';
}

export const findingsOfStep = (findings: readonly Finding[], step: Step): readonly Finding[] =>
  findings.filter((finding) => finding.step === step);

/**
 * Merges the findings of three sources. Preflight's answer to a rule replaces the others, except for faults of the
 * medium, which stay until the medium is read again.
 * @param local from the site file alone
 * @param known from the medium and an earlier deployment
 * @param answers from preflight
 */
export function mergedFindings(
  local: readonly Finding[],
  known: readonly Finding[],
  answers: readonly Finding[],
): readonly Finding[] {
  const answered = new Set(answers.map(({ rule }) => rule));
  const wrong = new Set(known.filter((one) => one.path === 'media' && isBlocking(one)).map(({ rule }) => rule));
  return [
    ...local.filter(({ rule }) => !answered.has(rule)),
    ...known.filter(({ rule }) => !answered.has(rule) || wrong.has(rule)),
    ...answers.filter(({ rule }) => !wrong.has(rule)),
  ];
}
