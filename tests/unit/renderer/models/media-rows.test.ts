import { describe, expect, it } from 'vitest';
import type { ImageFacts, MediaFacts } from '../../../../core/media/facts.ts';
import {
  imageSigners,
  mediaRows,
  readingOf,
  shortFingerprint,
  unneededComponents,
  type VerificationProgress,
} from '../../../../renderer/models/media-rows.ts';

const image = (file: string, components: readonly string[], present = true) => ({
  file,
  components,
  sizeBytes: 1000,
  present,
});
const images = [
  image('gw.ova', ['edge-gw']),
  image('both.ova', ['logs', 'backup']),
  image('core.ova', ['core'], false),
];

const untouched: VerificationProgress = { working: [], read: new Set(), broken: false, refused: [] };
const statuses = (
  seen: VerificationProgress,
  needed: readonly string[] = ['edge-gw', 'logs', 'core', 'api'],
): string[] => mediaRows(needed, images, seen).map(({ status }) => status);

const proven = (file: string, more: Partial<ImageFacts> = {}): ImageFacts => ({
  components: [],
  file,
  sizeBytes: 1000,
  sha256: '',
  networks: [],
  nics: [],
  diskCapacityBytes: [],
  properties: [],
  verifiedAt: '2026-05-04T10:00:00Z',
  reused: false,
  ...more,
});
const factsOf = (...found: ImageFacts[]): MediaFacts => ({ images: found }) as unknown as MediaFacts;

describe('the images of a medium beside the plan', () => {
  it('tells an image that is not listed from a file that is not there', () => {
    expect(statuses(untouched)).toEqual(['present', 'present', 'absent', 'unlisted']);
  });

  it('has a row for each image while there is no plan', () => {
    expect(mediaRows([], images, untouched).map(({ components }) => components)).toEqual([
      ['edge-gw'],
      ['logs', 'backup'],
      ['core'],
    ]);
    expect(unneededComponents([], images)).toEqual([]);
  });

  it('says which are read now and which were', () => {
    expect(statuses({ working: ['both.ova'], read: new Set(['gw.ova']), broken: false, refused: [] })).toEqual([
      'read',
      'reading',
      'absent',
      'unlisted',
    ]);
  });

  it('claims no proof after a verification that did not come to its end', () => {
    const broken = { working: [], read: new Set(['gw.ova']), broken: true, refused: ['both.ova'] };
    expect(statuses(broken)).toEqual(['unfinished', 'refused', 'absent', 'unlisted']);
  });

  it('tells a reading from an earlier proof, and keeps its time', () => {
    const facts = factsOf(proven('gw.ova'), proven('both.ova', { reused: true }), {
      ...proven('core.ova'),
      verifiedAt: undefined as never,
    });
    const rows = mediaRows(['edge-gw', 'backup'], images, { ...untouched, facts });
    expect(rows.map(({ status, verifiedAt }) => [status, verifiedAt])).toEqual([
      ['verified', '2026-05-04T10:00:00Z'],
      ['reused', '2026-05-04T10:00:00Z'],
    ]);
  });

  it('says of an image that was not read to its end that it is not proven', () => {
    const { verifiedAt: _, ...unread } = proven('gw.ova');
    expect(statuses({ ...untouched, facts: factsOf(unread) }, ['edge-gw'])).toEqual(['unfinished']);
  });

  it('names what the plan does not need', () => {
    expect(unneededComponents(['edge-gw', 'logs'], images)).toEqual(['core']);
  });
});

describe('the evidence of a medium', () => {
  it('counts what was read and what was not read again', () => {
    const facts = factsOf(proven('a'), proven('b', { reused: true }), proven('c', { reused: true }));
    expect(readingOf(facts)).toEqual({ read: 1, reused: 2 });
  });

  it('names each signer of images once, with a fingerprint that can be read out', () => {
    const certificate = { subject: 'CN=a', issuer: 'CN=b', fingerprint: '01:02:03:04:05:06:07:08:09', trusted: false };
    const signers = imageSigners([proven('a', { certificate }), proven('b'), proven('c', { certificate })]);
    expect(signers).toEqual([{ ...certificate, files: ['a', 'c'] }]);
    expect(shortFingerprint(certificate.fingerprint)).toBe('01:02:03:04:05:06:07:08');
  });
});
