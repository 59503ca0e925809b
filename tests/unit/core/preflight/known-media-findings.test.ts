import { describe, expect, it } from 'vitest';
import { failure } from '../../../../core/base/errors.ts';
import type { ImageFacts, MediaFacts, MediaOverview } from '../../../../core/media/facts.ts';
import { type KnownMedium, knownMediaFindings } from '../../../../core/preflight/known-media-findings.ts';

const overview: MediaOverview = {
  folder: '/media',
  release: '1',
  created: '',
  expires: '',
  signer: 'ale',
  keyId: 'k',
  images: [
    { file: 'gw.ova', components: ['edge-gw'], sizeBytes: 1, present: true },
    { file: 'logs.ova', components: ['logs'], sizeBytes: 1, present: false },
  ],
};
const verified = (...components: string[]): MediaFacts =>
  ({ images: components.map((one) => ({ components: [one] }) as unknown as ImageFacts) }) as unknown as MediaFacts;
const said = (known: KnownMedium) =>
  knownMediaFindings(known).map(({ rule, status, variant }) => [rule.replace('infrastructure.', ''), status, variant]);

describe('the medium in the findings of its step', () => {
  it('is pending until it was verified', () => {
    expect(said({ needed: ['edge-gw'] })).toEqual([['media', 'pending', undefined]]);
    expect(said({ needed: ['edge-gw'], overview })).toEqual([['media', 'pending', undefined]]);
  });

  it('passes when every needed image was verified, and is pending again when the plan needs one more', () => {
    const facts = verified('edge-gw');
    expect(said({ needed: ['edge-gw'], overview, facts })).toEqual([['media', 'pass', undefined]]);
    const present = { ...overview, images: overview.images.map((one) => ({ ...one, present: true })) };
    expect(said({ needed: ['edge-gw', 'logs'], overview: present, facts })).toEqual([['media', 'pending', undefined]]);
  });

  it('fails when an image is not on it, or its file is not there whole', () => {
    expect(said({ needed: ['logs', 'core'], overview })).toEqual([
      ['media', 'pending', undefined],
      ['images', 'fail', 'absent'],
      ['images', 'fail', undefined],
    ]);
  });

  it('fails when it was refused, whatever was seen before', () => {
    const refused = failure('trust', 'media.hash', { file: 'gw.ova' });
    expect(said({ needed: ['edge-gw'], overview, facts: verified('edge-gw'), failure: refused })).toEqual([
      ['media', 'fail', undefined],
    ]);
    expect(knownMediaFindings({ needed: [], failure: refused })[0]?.params).toEqual({
      file: 'gw.ova',
      code: 'media.hash',
    });
  });
});
