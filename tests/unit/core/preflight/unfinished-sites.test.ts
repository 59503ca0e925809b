/**
 * Checks unfinished site files: findings are unique, stay true of the finished file, and are the same for both callers.
 */
import { isDeep } from '../../../fixtures/depth.ts';
import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { asks, type Finding, isBlocking } from '../../../../core/base/findings.ts';
import { findingInWords } from '../../../../core/base/text.ts';
import { checkDraft, checkSite } from '../../../../core/preflight/check-site.ts';
import { siteRules } from '../../../../core/preflight/site-rules.ts';
import { valueAtKeys } from '../../../../core/site/draft/path.ts';
import { checkShape } from '../../../../core/site/read.ts';
import { exampleSite } from '../../../../core/site/example.ts';
import { createEditing } from '../../../../renderer/models/draft/editing.ts';
import { draftOf } from '../../../../renderer/models/draft/site-text.ts';
import {
  type Fields,
  type Keys,
  pathsOf,
  pick,
  setAt,
  wholeSites,
  withoutSome,
  withStrange,
} from '../../../fixtures/altered-sites.ts';
import { fixedSeed, randomNumbers } from '../../../fixtures/random-numbers.ts';
import { english } from '../../../fixtures/words.ts';

const withoutPosition = ({ line: _line, column: _column, ...rest }: Finding): Finding => rest;
const keyOf = (finding: Finding): string => JSON.stringify(withoutPosition(finding));
const isShape = ({ rule }: Finding): boolean => rule.startsWith('site.schema.');

/** The wizard's findings on a text. */
function inWizard(text: string): readonly Finding[] {
  const read = draftOf(text);
  if ('unreadable' in read) return read.unreadable;
  const editing = createEditing(() => undefined);
  editing.fill(read.draft);
  return checkDraft(editing.plain()).findings;
}

function expectOneAnswer(text: string): void {
  const { findings } = checkSite(text);
  const plain = findings.map(withoutPosition);
  expect(inWizard(text).map(withoutPosition), text).toEqual(plain);
  const keys = plain.map((finding) => JSON.stringify(finding));
  expect(
    keys.filter((key, index) => keys.indexOf(key) < index),
    text,
  ).toEqual([]);
  const judged = new Set(findings.map(({ rule }) => rule));
  if (!judged.has('site.yaml'))
    expect(
      siteRules.filter(({ id }) => !judged.has(id)),
      text,
    ).toEqual([]);
  for (const finding of findings.filter(asks)) {
    expect(finding.line, keyOf(finding)).toBeGreaterThan(0);
    const { message, remedy } = findingInWords(english, finding);
    expect(`${message} ${remedy}`, keyOf(finding)).not.toMatch(/rules\.|common\.|undefined|#\.invalid/);
  }
}

/** Fields that a site must have: without one, that field is missing. */
function neededFields(whole: Fields): readonly Keys[] {
  return pathsOf(whole).filter((path) => {
    if (typeof path.at(-1) !== 'string' || typeof valueAtKeys(whole, path) === 'object') return false;
    const part = structuredClone(whole);
    setAt(part, path, undefined);
    return checkShape(part).findings.some(
      ({ finding }) => finding.rule === 'site.schema.missing' && finding.path === path.join('.'),
    );
  });
}

/** A site, and the same site without some required fields: findings on the second are true of the first. */
function expectNothingTakenBack(whole: Fields, part: Fields): void {
  const later = new Set(checkDraft(whole).findings.map(keyOf));
  const early = checkDraft(part).findings.filter((finding) => asks(finding) && !isShape(finding));
  expect(
    early.map(keyOf).filter((key) => !later.has(key)),
    stringify(part),
  ).toEqual([]);
}

const sites = wholeSites();

describe('an unfinished site file', () => {
  it('gives wizard and command line the same findings, each once, with any single field taken out', () => {
    expect(sites).toHaveLength(5);
    for (const site of sites) {
      for (const path of pathsOf(site)) {
        // The wizard writes the version of the format itself.
        if (path[0] === 'apiVersion') continue;
        const part = structuredClone(site);
        setAt(part, path, undefined);
        expectOneAnswer(stringify(part));
      }
    }
  }, 120_000);

  it('gives wizard and command line the same findings, each once, after random alterations', () => {
    expect(sites).toHaveLength(5);
    const random = randomNumbers(fixedSeed);
    for (let count = 0; count < (isDeep ? 1000 : 250); count += 1) {
      const site = sites[count % sites.length] ?? {};
      const part = withoutSome(site, Math.floor(random() * 4), random);
      expectOneAnswer(stringify(withStrange(part, Math.floor(random() * 3), random)));
    }
  }, 240_000);

  it('has no finding that the finished file contradicts', () => {
    expect(sites).toHaveLength(5);
    const random = randomNumbers(fixedSeed + 1);
    for (let count = 0; count < (isDeep ? 500 : 120); count += 1) {
      const whole = withStrange(sites[count % sites.length] ?? {}, Math.floor(random() * 3), random);
      const needed = neededFields(whole);
      const part = structuredClone(whole);
      for (let times = 0; times < 1 + random() * 4 && needed.length > 0; times += 1) {
        setAt(part, pick(random, needed), undefined);
      }
      expectNothingTakenBack(whole, part);
    }
  }, 240_000);

  it('without a gateway on the WAN lacks one field, and the rules that need it are pending', () => {
    const text = exampleSite.replace(', gateway: 203.0.113.1', '');
    const { site, plan, outline, findings } = checkSite(text);
    expect(findings.filter(isBlocking).map(({ rule, path }) => `${rule} ${path}`)).toEqual([
      'site.schema.missing network.wan.gateway',
    ]);
    expect(findings.filter(({ rule }) => rule === 'network.gateway').map(({ status }) => status)).toEqual(['pending']);
    expect([site, plan, outline]).toEqual([undefined, undefined, undefined]);
    // The rest is judged as if it were complete.
    const warnings = (of: string): string[] =>
      checkSite(of)
        .findings.filter(asks)
        .map(({ rule }) => rule);
    expect(warnings(text).slice(1)).toEqual(warnings(exampleSite));
  });

  it.each([
    ['a contact without a name', (site: Fields) => setAt(site, ['site', 'contacts', 0, 'name'], undefined)],
    ['a wrong media path', (site: Fields) => setAt(site, ['media'], 7)],
    ['no path for the backup', (site: Fields) => setAt(site, ['backup', 'path'], undefined)],
    ['an unknown field', (site: Fields) => setAt(site, ['sizing', 'colour'], 'red')],
    ['a wrong recipient', (site: Fields) => setAt(site, ['handover'], { recipients: [5] })],
    ['no customer', (site: Fields) => setAt(site, ['site', 'customer'], undefined)],
  ])('with %s has the plan of the right one', (_, alter) => {
    for (const site of sites.slice(0, 4)) {
      const altered = structuredClone(site);
      setAt(altered, ['site', 'contacts'], [{ role: 'network', name: 'A. N.' }]);
      const right = checkDraft(altered);
      alter(altered);
      const checked = checkDraft(altered);
      expect(checked.site).toBeUndefined();
      expect(checked.findings.some(isBlocking)).toBe(true);
      expect(checked.plan).toEqual(right.plan);
      expect(checked.plan?.vms.length).toBeGreaterThan(8);
    }
  });

  it('shows servers and addresses as soon as users and networks are known', () => {
    const begun = {
      apiVersion: 'edge-site/v1',
      site: { name: 'acme-paris', customer: 'ACME' },
      sizing: { registeredUsers: 4000, concurrentUsers: 800 },
      network: { lan: { cidr: '10.20.0.0/24' }, wan: { cidr: '203.0.113.0/28', gateway: '203.0.113.1' } },
    };
    const { plan, outline, sized } = checkDraft(begun);
    expect(plan).toBeUndefined();
    expect(outline?.vms.map(({ name }) => name)).toContain('acme-paris-edge-gw-1');
    expect(sized?.sizing.registeredUsers).toBe(4000);
    const withoutNetworks = checkDraft({ ...begun, network: {} });
    expect(withoutNetworks.outline).toBeUndefined();
    expect(withoutNetworks.sized?.sizing).toEqual(sized?.sizing);
    expect(checkDraft({ ...begun, sizing: { registeredUsers: 'many' } }).sized).toBeUndefined();
  });

  it('keeps the addresses while a pin allows no plan', () => {
    const text = exampleSite.replace('  # addresses: #', '  addresses: { edge-gw-1: 10.99.0.1 }\n  # addresses: #');
    const { plan, outline } = checkSite(text);
    expect(plan).toBeUndefined();
    expect(outline?.vms).toEqual(checkSite(exampleSite).plan?.vms);
  });

  it('names every missing field, not a section that no field shows', () => {
    for (const draft of [{}, { network: null, datacentres: [] as unknown[] }]) {
      const paths = checkDraft(draft)
        .findings.filter(isBlocking)
        .map(({ path }) => path);
      for (const path of ['site.name', 'network.lan.cidr', 'network.wan.gateway', 'mail.mode', 'backup.host']) {
        expect(paths).toContain(path);
      }
      expect(paths).not.toContain('network');
    }
    expect(checkDraft({}).findings.map(({ path }) => path)).toContain('datacentres.0.vsphere.endpoints.0.url');
    expect(checkDraft({ network: 5 }).findings.map(({ rule, path }) => `${rule} ${path}`)).toContain(
      'site.schema.type network',
    );
  });

  it('reports a wrong value of an unfinished file, and ignores conflicts with placeholders', () => {
    const wrong = checkDraft({ network: { lan: { cidr: '010.20.0.0/24' } } }).findings.filter(isBlocking);
    expect(wrong.filter(({ path }) => path === 'network.lan.cidr').length).toBeGreaterThan(0);
    const gateway = checkDraft({ network: { wan: { gateway: '203.0.113.1' } } }).findings.filter(isBlocking);
    expect(gateway.filter(({ path }) => path === 'network.wan.gateway')).toEqual([]);
  });
});
