/** Findings: the results of checks. Rules make them; wizard, command line and summary show them. */
import type { MessageParams } from './errors.ts';

/**
 * `pending`: cannot be checked yet (an input is missing). `skipped`: does not apply.
 * `error`: the check itself could not be done; its remedy says how to go on.
 */
export const findingStatuses = ['pass', 'warn', 'fail', 'pending', 'skipped', 'error'] as const;
export type FindingStatus = (typeof findingStatuses)[number];

/** The wizard's steps in their order. A finding names the step that fixes it. */
export const steps = [
  'site',
  'network',
  'domain',
  'mail',
  'infrastructure',
  'review',
  'deploy',
  'handover',
  'summary',
] as const;
export type Step = (typeof steps)[number];

/**
 * One finding. Its text stands in the locale files under `rules.<rule>.{title,<variant>,remedy}`;
 * `variant` picks the sentence (default: the status) and `params` are its parameters.
 */
export interface Finding {
  readonly rule: string;
  readonly status: FindingStatus;
  readonly step: Step;
  /**
   * Where in the site file: keys joined by dots, list indexes as numbers, e.g. `network.lan.cidr`. Empty: the whole.
   */
  readonly path: string;
  /** 1-based position in the site file's text, when it was read from text. */
  readonly line?: number;
  readonly column?: number;
  readonly variant?: string;
  readonly params: MessageParams;
}

/** One thing that a check noticed. Without a status it counts as the rule's severity. */
export interface Observation {
  readonly status?: FindingStatus;
  /** Path in the site file; default: the rule's own. */
  readonly path?: string;
  /** Which sentence of the rule's words; default: the status. */
  readonly variant?: string;
  readonly params?: MessageParams;
}

/** A finding in words: what the command line's `--json` gives. */
export interface FindingInWords {
  readonly rule: string;
  readonly status: FindingStatus;
  readonly step: Step;
  readonly path: string;
  readonly line: number | null;
  readonly column: number | null;
  readonly message: string;
  readonly remedy: string;
}

/** `fail` and `error` block what comes next; `warn` needs to be read, `pending` needs an input first. */
export const isBlocking = (finding: Finding): boolean => finding.status === 'fail' || finding.status === 'error';

/** Whether a finding asks for something: the others say that all is well, does not apply or waits for an input. */
export const asks = (finding: Finding): boolean => isBlocking(finding) || finding.status === 'warn';

export const blockingCount = (findings: readonly Finding[]): number => findings.filter(isBlocking).length;
