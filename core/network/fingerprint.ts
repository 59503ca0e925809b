/**
 * A SHA-256 fingerprint as people paste it. Canonical form: `SHA256:` and 32 bytes in upper-case hexadecimal with
 * colons.
 */
import { invisibleIn } from '../base/invisible.ts';

/** Marks of writing direction: Windows' certificate window copies one in front of the value. */
const direction = /[\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/g;

/** `sha256 Fingerprint=` (openssl), `SHA-256:`, `sha256/`. */
const label = /^sha-?256(?:\s*fingerprint)?\s*[:=]?\s*/i;

/** 32 bytes: bare, or with the same separator between all of them. */
const bytes = /^(?:[0-9a-f]{64}|[0-9a-f]{2}(?:([: -])[0-9a-f]{2})(?:\1[0-9a-f]{2}){30})$/i;

/** The canonical form; the text itself where it is no SHA-256 fingerprint. */
export function canonicalFingerprint(text: string): string {
  const value = text.replace(direction, '').trim().replace(label, '');
  if (!bytes.test(value)) return text;
  const digits = value.replace(/[:\s-]/g, '').toUpperCase();
  return `SHA256:${(digits.match(/../g) ?? []).join(':')}`;
}

export type FingerprintFault = 'fingerprint' | 'fingerprint-sha1' | 'fingerprint-md5' | 'fingerprint-invisible';

/** What is wrong with a fingerprint in {@link canonicalFingerprint}'s form; undefined: nothing. */
export function fingerprintFault(text: string): FingerprintFault | undefined {
  if (/^SHA256:[0-9A-F]{2}(?::[0-9A-F]{2}){31}$/.test(text)) return undefined;
  const plain = text.replace(direction, '').trim();
  if (invisibleIn(plain) !== undefined) return 'fingerprint-invisible';
  const digits = plain.replace(/^(?:sha-?1|md5)?(?:\s*fingerprint)?\s*[:=]?\s*/i, '').replace(/[:\s-]/g, '');
  if (/^[0-9a-f]{40}$/i.test(digits)) return 'fingerprint-sha1';
  return /^[0-9a-f]{32}$/i.test(digits) ? 'fingerprint-md5' : 'fingerprint';
}
