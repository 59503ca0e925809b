/** Texts about images that several commands print. */
import type { Text } from '../../core/base/text.ts';
import type { CertificateSigner } from '../adapters/media/image/certificate.ts';
import { paint, say } from './context.ts';

export const good = (): string => paint('green', '✓');

export const warn = (words: string): void => say(`${paint('yellow', '!')} ${words}`);

/** `2026-11-28T22:00:00Z` */
export const wholeSeconds = (time: Date): string => time.toISOString().replace(/\.\d+Z$/, 'Z');

export const signerInWords = (
  text: Text,
  { subject, fingerprint, trusted }: Pick<CertificateSigner, 'subject' | 'fingerprint' | 'trusted'>,
): string => text(trusted ? 'cli.image-signed' : 'cli.image-signed-unknown', { subject, fingerprint });
