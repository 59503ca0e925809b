import { describe, expect, it } from 'vitest';
import { exampleSite } from '../../../../../core/site/example.ts';
import { draftOf, textOf } from '../../../../../renderer/models/draft/site-text.ts';

describe('a draft as text', () => {
  it('keeps comments and order when one field changes', () => {
    const read = draftOf(exampleSite);
    if ('unreadable' in read) throw new Error('the text should be readable');
    (read.draft['site'] as Record<string, unknown>)['customer'] = 'Beta AG';
    const written = textOf(read.draft, exampleSite);
    expect(written).toContain('customer: Beta AG');
    const comments = (of: string): string[] => [...of.matchAll(/# (.*)$/gm)].map((match) => match[1] ?? '');
    expect(comments(written)).toEqual(comments(exampleSite));
  });

  it('names the line where a text is no site file', () => {
    const read = draftOf('site: [unclosed\n');
    expect('unreadable' in read && read.unreadable[0]?.line).toBeGreaterThan(0);
  });
});
