/** Formats amounts for readers. */
import { type Amount, timeLeft } from '../../core/run/event.ts';
import type { Text } from '../../core/base/text.ts';

const binary = ['B', 'KiB', 'MiB', 'GiB', 'TiB'] as const;

/** `1.5 MiB` */
export function bytesInWords(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < binary.length - 1) {
    value /= 1024;
    unit += 1;
  }
  const digits = unit === 0 || value >= 100 ? 0 : 1;
  return `${value.toFixed(digits)} ${binary[unit] ?? 'B'}`;
}

/** `3.2 s`, `2 min 5 s` */
export function durationInWords(ms: number): string {
  const seconds = ms / 1000;
  if (seconds < 60) return `${seconds.toFixed(seconds < 10 ? 1 : 0)} s`;
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)} min ${whole % 60} s`;
}

/** `34 %  120.0 MiB/s  about 12 s left` */
export function amountInWords(text: Text, amount: Amount): string {
  const { bytes, total, bytesPerSecond } = amount;
  const left = timeLeft(amount);
  return [
    total ? `${Math.floor((100 * bytes) / total)} %` : bytesInWords(bytes),
    bytesPerSecond ? `${bytesInWords(bytesPerSecond)}/s` : '',
    left === undefined ? '' : text('cli.left', { duration: durationInWords(left) }),
  ]
    .filter((part) => part !== '')
    .join('  ');
}

/** A bar of text; `share` is 0 to 1. */
export function bar(share: number, width = 24): string {
  const full = Math.round(share * width);
  return `${'█'.repeat(full)}${'░'.repeat(width - full)}`;
}
