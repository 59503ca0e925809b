import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { failure } from '../../../../core/base/errors.ts';
import { storyOf } from '../../../../renderer/models/media-refusal.ts';

const words = (area: string): unknown =>
  JSON.parse(readFileSync(new URL(`../../../../core/locales/en/${area}.json`, import.meta.url), 'utf8'));

const { refusal } = words('wizard') as { refusal: { means: Record<string, string> } };
const { errors } = words('media') as { errors: Record<string, unknown> };

/** Failures of ALE's own side and of the place where the medium should be: nothing was refused. */
const noRefusal =
  /^(?:folder-|catalogue-missing|file-(?:missing|kind|unreadable|unwritable|shrunk)|issuer-|key-|create-|peers$|peer-)/;

describe('the meaning of a refused medium', () => {
  it.each(Object.keys(errors).filter((name) => !noRefusal.test(name)))('%s is told in plain words', (name) => {
    const story = storyOf(failure('input', `media.${name}`));
    expect(story).toBeDefined();
    expect(refusal.means[story ?? '']).toMatch(/[.]$/);
  });

  it('has no meaning for a missing disk or a broken call', () => {
    expect(storyOf(failure('input', 'media.folder-missing'))).toBeUndefined();
    expect(storyOf(failure('operation', 'wizard.call-broken'))).toBeUndefined();
  });

  it('has no unused words', () => {
    const told = Object.keys(errors).map((name) => storyOf(failure('trust', `media.${name}`)));
    expect(Object.keys(refusal.means).filter((name) => !told.some((story) => story === name))).toEqual([]);
  });
});
