import { describe, expect, it } from 'vitest';
import { canonicalFingerprint, fingerprintFault } from '../../../../core/network/fingerprint.ts';

const pairs = Array.from({ length: 32 }, (_, index) => (index * 7).toString(16).padStart(2, '0').slice(-2));
const canonical = `SHA256:${pairs.join(':').toUpperCase()}`;

describe('a fingerprint', () => {
  it.each([
    canonical,
    canonical.toLowerCase(),
    `sha256 Fingerprint=${pairs.join(':')}`,
    `SHA256 Fingerprint=${pairs.join(':').toUpperCase()}`,
    pairs.join(''),
    pairs.join(' '),
    pairs.join('-'),
    ` ${pairs.join(':')}\n`,
    `\u200e${pairs.join('')}`,
    `SHA-256: ${pairs.join(':')}`,
  ])('is taken as %j', (text) => {
    expect(canonicalFingerprint(text)).toBe(canonical);
    expect(fingerprintFault(canonicalFingerprint(text))).toBeUndefined();
  });

  it.each([
    ['', 'fingerprint'],
    ['SHA256:AB', 'fingerprint'],
    [`${pairs.slice(0, 16).join(':')} ${pairs.slice(16).join(':')}`, 'fingerprint'],
    [`x${pairs.join('')}`, 'fingerprint'],
    [pairs.slice(0, 20).join(':'), 'fingerprint-sha1'],
    [`SHA1 Fingerprint=${pairs.slice(0, 20).join(':')}`, 'fingerprint-sha1'],
    [pairs.slice(0, 16).join(''), 'fingerprint-md5'],
    [`${pairs.slice(0, 16).join('')}\u200b${pairs.slice(16).join('')}`, 'fingerprint-invisible'],
    [`${pairs.slice(0, 16).join('\u00a0')}\u00a0${pairs.slice(16).join('\u00a0')}`, 'fingerprint-invisible'],
  ])('is refused as %j: %s', (text, fault) => {
    expect(fingerprintFault(canonicalFingerprint(text))).toBe(fault);
  });
});
