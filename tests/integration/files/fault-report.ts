/** Request and report of the worker of the disk fault test. */

export interface FaultPoint {
  /** Position of the failing call, as a share of all calls: 0 to below 1. */
  readonly share: number;
  /** The system's errno; 0: a write takes only half. */
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
  /** Files with neither the old nor the complete new content. */
  readonly torn: readonly string[];
  /** Temporary files and locks that were left. */
  readonly left: readonly string[];
}
