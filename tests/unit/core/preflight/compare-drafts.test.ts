import { describe, expect, it } from 'vitest';
import { compareDrafts } from '../../../../core/preflight/compare-drafts.ts';
import { readDraft } from '../../../../core/site/read.ts';
import { sampleText } from '../../../fixtures/sample-sites.ts';

type Draft = Readonly<Record<string, unknown>>;

const complete: Draft = readDraft(sampleText('small-demo')).draft;

describe('two versions of a site file', () => {
  it('have no differences when they are the same', () => {
    expect(compareDrafts(complete, complete)).toEqual([{ group: 'file', differences: [] }]);
  });

  it('differ in servers too when both are complete', () => {
    const text = sampleText('small-demo').replaceAll('10.20.0.', '10.77.0.');
    const groups = compareDrafts(complete, readDraft(text).draft);
    expect(groups[0]).toMatchObject({ group: 'file', differences: [{ params: { field: 'network.lan.cidr' } }] });
    expect(groups.slice(1).map(({ group }) => group)).toContain('servers');
  });

  it('differ in fields only when one is incomplete', () => {
    const { domain: _domain, ...incomplete } = complete;
    const [file, ...others] = compareDrafts(incomplete, complete);
    expect(file?.group).toBe('file');
    expect(file?.differences.length).toBeGreaterThan(0);
    expect(others).toEqual([]);
  });
});
