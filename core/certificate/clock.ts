/** Checks the laptop's clock. Clocks of air-gapped laptops can be wrong by years. */

const dayMs = 24 * 3600 * 1000;

/** If an existing file is older than this, in ms, the clock counts as wrong. */
const longestUseMs = 10 * 365 * dayMs;

/** The date of this code. An earlier clock is wrong. */
export const writtenOn = '2026-11-01T00:00:00.000Z';

export type ClockFault = 'early' | 'late';

/** `early`: before the time of an existing file. `late`: more than ten years after it. Both times ISO 8601, UTC. */
export function clockFault(now: string, earliest: string): ClockFault | undefined {
  const [clock, bound] = [Date.parse(now), Date.parse(earliest)];
  // An invalid date (NaN) on either side must not count as a good clock.
  if (!(clock >= bound)) return 'early';
  return clock - bound > longestUseMs ? 'late' : undefined;
}

/** The time for validity checks: the clock, or the latest certain time if the clock is wrong. */
export const judgedAt = (now: string, earliest: string): string =>
  clockFault(now, earliest) === undefined ? now : earliest;

/** Formats a time for a message, to the minute. */
export const minuteInWords = (iso: string): string => `${iso.slice(0, 16).replace('T', ' ')} UTC`;

/** Whole days from `from` to `to`, rounded down; negative if `to` is earlier. */
export const daysBetween = (from: string, to: string): number =>
  Math.floor((Date.parse(to) - Date.parse(from)) / dayMs);
