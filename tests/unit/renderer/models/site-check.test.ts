import { describe, expect, it } from 'vitest';
import { isBlocking } from '../../../../core/base/findings.ts';
import { exampleSite } from '../../../../core/site/example.ts';
import { checkSiteDraft, framed } from '../../../../renderer/models/site-check.ts';
import { draftOf, textOf } from '../../../../renderer/models/draft/site-text.ts';

const draftFrom = (text: string): Record<string, unknown> => {
  const read = draftOf(text);
  if ('unreadable' in read) throw new Error('the text should be readable');
  return read.draft;
};

describe('checking a draft', () => {
  it('names every missing field itself, not a section that no field shows', () => {
    const { findings } = checkSiteDraft({ apiVersion: 'edge-site/v1' });
    const paths = findings.filter(isBlocking).map(({ path }) => path);
    expect(paths).toContain('site.name');
    expect(paths).toContain('network.lan.cidr');
    expect(paths).toContain('network.wan.gateway');
    expect(paths).toContain('datacentres.0.vsphere.endpoints.0.url');
    expect(paths).not.toContain('network');
  });

  it('gives the plan of a complete draft', () => {
    const { site, plan } = checkSiteDraft(draftFrom(exampleSite));
    expect(site?.site.name).toBe('acme-paris');
    expect(plan?.vms).toHaveLength(9);
  });

  it('adds nothing to what is already complete', () => {
    const draft = draftFrom(exampleSite);
    expect(framed(draft)).toEqual(draft);
  });
});

describe('judging a draft that is not complete', () => {
  const begun = {
    apiVersion: 'edge-site/v1',
    site: { name: 'acme-paris', customer: 'ACME' },
    sizing: { registeredUsers: 4000, concurrentUsers: 800 },
    network: { lan: { cidr: '10.20.0.0/24' }, wan: { cidr: '203.0.113.0/28', gateway: '203.0.113.1' } },
  };

  it('shows servers and addresses as soon as users and networks are known', () => {
    const { plan, outline } = checkSiteDraft(begun);
    expect(plan).toBeUndefined();
    expect(outline?.vms.map(({ name }) => name)).toContain('acme-paris-edge-gw-1');
    expect(checkSiteDraft({ ...begun, network: {} }).outline).toBeUndefined();
  });

  it('says what is wrong with a value before the rest is there', () => {
    const { findings } = checkSiteDraft({ network: { lan: { cidr: '010.20.0.0/24' } } });
    const there = findings.filter((one) => isBlocking(one) && one.path === 'network.lan.cidr');
    expect(there.length).toBeGreaterThan(0);
  });

  it('does not scold a value for what only a stand-in contradicts', () => {
    const { findings } = checkSiteDraft({ network: { wan: { gateway: '203.0.113.1' } } });
    expect(findings.filter((one) => isBlocking(one) && one.path === 'network.wan.gateway')).toEqual([]);
  });
});

describe('a draft as text', () => {
  it('keeps comments and order when one field changes', () => {
    const text = exampleSite;
    const draft = draftFrom(text);
    (draft['site'] as Record<string, unknown>)['customer'] = 'Beta AG';
    const written = textOf(draft, text);
    expect(written).toContain('customer: Beta AG');
    const comments = (of: string): string[] => [...of.matchAll(/# (.*)$/gm)].map((match) => match[1] ?? '');
    expect(comments(written)).toEqual(comments(text));
  });

  it('says where a text is no site file instead of giving an empty draft', () => {
    const read = draftOf('site: [unclosed\n');
    expect('unreadable' in read && read.unreadable[0]?.line).toBeGreaterThan(0);
  });
});
