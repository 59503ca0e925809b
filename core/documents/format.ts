/** Formats amounts and times. */
import { bytesPerGb } from '../plan/model.ts';
import type { MessageParams } from '../base/errors.ts';
import type { Text } from '../base/text.ts';
import type { EndpointInventory } from '../platform/inventory.ts';
import type { RunRecord } from '../run/record.ts';
import type { Cell } from './model.ts';

/** The endpoints that could be read. */
export const inventoriesOf = ({ endpoints }: RunRecord): readonly EndpointInventory[] =>
  endpoints.flatMap(({ inventory }) => (inventory === undefined ? [] : [inventory]));

/** Most fonts lack the thin spaces of some languages. A no-break space replaces them. */
const plainSpaces = (words: string): string => words.replaceAll('\u202f', '\u00a0');

export const numberInWords = (text: Text, value: number, digits = 0): string =>
  plainSpaces(new Intl.NumberFormat(text.language, { maximumFractionDigits: digits }).format(value));

/** GB as hypervisors count them (2^30 bytes). */
export const gbInWords = (text: Text, gb: number): string => `${numberInWords(text, gb, 1)}\u00a0GB`;

export const bytesInGb = (bytes: number): number => bytes / bytesPerGb;

/** Bytes as GB, or as MB below one GB (binary units, as hypervisors name them). */
export function bytesInWords(text: Text, bytes: number): string {
  if (bytes === 0 || Math.abs(bytes) >= bytesPerGb) return gbInWords(text, bytesInGb(bytes));
  if (Math.abs(bytes) >= 1024 ** 2) return `${numberInWords(text, bytes / 1024 ** 2, 1)}\u00a0MB`;
  return `${numberInWords(text, bytes / 1024, 1)}\u00a0KB`;
}

/** `2026-11-20T10:00:00.000Z` as `2026-11-20 10:00:00 UTC`; anything else unchanged. */
export function timeInWords(iso: string): string {
  const match = /^(\d{4}-\d{2}-\d{2})T(\d{2}:\d{2}(?::\d{2})?)(?:\.\d+)?Z$/.exec(iso);
  return match ? `${match[1]} ${match[2]} UTC` : iso;
}

/** Seconds between two ISO times; 0 when either is missing, unreadable or the clock went back. */
export function secondsBetween(from: string | undefined, to: string | undefined): number {
  if (from === undefined || to === undefined) return 0;
  const seconds = Math.round((Date.parse(to) - Date.parse(from)) / 1000);
  return Number.isFinite(seconds) && seconds > 0 ? seconds : 0;
}

/** `1 h 02 min`, `2 min 03 s` or `4 s`. */
export function secondsInWords(seconds: number): string {
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor((seconds % 3600) / 60);
  const pad = (value: number): string => String(value).padStart(2, '0');
  if (hours > 0) return `${hours} h ${pad(minutes)} min`;
  return minutes > 0 ? `${minutes} min ${pad(seconds % 60)} s` : `${seconds} s`;
}

export const durationInWords = (from: string | undefined, to: string | undefined): string =>
  to === undefined ? '' : secondsInWords(secondsBetween(from, to));

export const cell = (text: string, more: Omit<Cell, 'text'> = {}): Cell => ({ text, ...more });

export const timeCell = (iso: string | undefined, missing = ''): Cell =>
  iso === undefined ? cell(missing, { value: null }) : cell(timeInWords(iso), { value: iso });

/** For tables whose column title says UTC. */
export const clockCell = (iso: string | undefined, missing = ''): Cell =>
  iso === undefined ? cell(missing, { value: null }) : cell(timeInWords(iso).replace(/ UTC$/, ''), { value: iso });

export const countCell = (text: Text, value: number): Cell => cell(numberInWords(text, value), { value });

export const gbCell = (text: Text, gb: number): Cell => cell(gbInWords(text, gb), { value: gb });

/** The message under `key` if it exists, else `name`. A new name may have no words yet. */
export const wordsOr = (text: Text, key: string, otherwise: string, params: MessageParams = {}): string =>
  text.has(key) ? text(key, params) : otherwise;

export const componentName = (text: Text, component: string): string =>
  wordsOr(text, `components.${component}`, component);

/** Lines of a list, equal neighbours counted: `3 × 1,024 GB`. */
export function countedLines(lines: readonly string[]): string {
  const groups: { line: string; count: number }[] = [];
  for (const line of lines) {
    const last = groups.at(-1);
    if (last?.line === line) last.count += 1;
    else groups.push({ line, count: 1 });
  }
  return groups.map(({ line, count }) => (count === 1 ? line : `${count} × ${line}`)).join('\n');
}
