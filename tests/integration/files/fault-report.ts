/** What the test of disk faults asks of its worker, and what it hears. */

export interface FaultPoint {
  /** Which of the calls fails, as a share of all of them: 0 to below 1. */
  readonly share: number;
  /** The system's number; 0: a write takes only half. */
  readonly errno: number;
  /** Every call after it fails, too. */
  readonly lasts: boolean;
}

export interface FaultTask {
  readonly name: string;
  /** `each`: every call fails once in every way. `turns`: every call fails once, in one way after the other. */
  readonly points: readonly FaultPoint[] | 'each' | 'turns';
}

/** ENOSPC, EIO, EROFS and EDQUOT of Linux, and a write that takes only half; once, or from then on. */
export const faultWays: readonly Omit<FaultPoint, 'share'>[] = [
  { errno: 28, lasts: false },
  { errno: 5, lasts: false },
  { errno: 30, lasts: false },
  { errno: 122, lasts: false },
  { errno: 0, lasts: false },
  { errno: 28, lasts: true },
  { errno: 30, lasts: true },
  { errno: 0, lasts: true },
];

export interface FaultReport {
  readonly name: string;
  readonly nth: number;
  readonly of: number;
  readonly errno: number;
  readonly lasts: boolean;
  readonly fired: number;
  readonly code: number;
  /** Standard output: one JSON document. */
  readonly said: string;
  /** Files that are neither as they were nor whole. */
  readonly torn: readonly string[];
  /** Temporary files and locks that are still there. */
  readonly left: readonly string[];
}
