/** What findings mean for the steps of the wizard. */
import { type Finding, isBlocking, type Step } from '../base/findings.ts';

/** Steps in which the site is described; the later ones act. */
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

/** `open`: something could not be judged yet. */
type Gate = 'fail' | 'warn' | 'open' | 'done';

export function gateOf({ blocking, warnings, pending }: FindingCount): Gate {
  if (blocking > 0) return 'fail';
  if (warnings > 0) return 'warn';
  return pending > 0 ? 'open' : 'done';
}

export const findingsOfStep = (findings: readonly Finding[], step: Step): readonly Finding[] =>
  findings.filter((finding) => finding.step === step);

/**
 * One list of three sources. A rule that preflight answered is not told by the others, except what is wrong with the
 * medium: that stays so until somebody looks at the medium again.
 * @param local of the site file alone
 * @param known of the medium and of an earlier deployment
 * @param answers of preflight
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
