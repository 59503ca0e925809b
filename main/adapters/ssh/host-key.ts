/** Host keys as fingerprints, in the form that `ssh-keygen -l` prints. */
import { createHash } from 'node:crypto';

/** `SHA256:` and the digest in base64 without padding. `key`: the public key in wire format. */
export const hostKeyFingerprint = (key: Uint8Array): string =>
  `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`;

/** Of a line of `authorized_keys` or of a public key file without options: type, key, comment. */
export const publicKeyFingerprint = (line: string): string =>
  hostKeyFingerprint(Buffer.from(line.split(' ')[1] ?? '', 'base64'));

/**
 * `unknown`: no key of this host is known, so the user can confirm the fingerprint. `changed`: another key is known.
 */
export type HostKeyJudgement = 'known' | 'unknown' | 'changed';

/** Compares the fingerprint of a host with its known fingerprints. */
export function judgeHostKey(known: readonly string[], fingerprint: string): HostKeyJudgement {
  if (known.includes(fingerprint)) return 'known';
  return known.length === 0 ? 'unknown' : 'changed';
}
