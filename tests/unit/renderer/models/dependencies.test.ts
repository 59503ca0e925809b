import { describe, expect, it } from 'vitest';
import {
  basisOf,
  dependencies,
  type Outcome,
  type Value,
  type Values,
} from '../../../../renderer/models/dependencies.ts';

const values: Values = {
  file: '/site.yaml',
  site: 1,
  plan: 'digest',
  url: 'https://esx1.example',
  username: 'root',
  fingerprint: 'SHA256:AA',
  password: 1,
  key: 1,
  secrets: 1,
  media: 'media',
  medium: 1,
  fqdn: 'edge.example',
  chain: 'chain.pem',
  deployment: 1,
  handover: '',
};
const others: Values = {
  file: '/other.yaml',
  site: 2,
  plan: undefined,
  url: 'https://esx2.example',
  username: 'admin',
  fingerprint: 'SHA256:BB',
  password: 2,
  key: 2,
  secrets: 2,
  media: 'other',
  medium: 2,
  fqdn: 'other.example',
  chain: 'other.pem',
  deployment: 2,
  handover: 'sha',
};
const names = Object.keys(values) as Value[];
const outcomes = Object.keys(dependencies) as Outcome[];

/** Results that count no longer when `changed` does. */
const invalidated = (changed: Value): Outcome[] =>
  outcomes.filter(
    (outcome) => basisOf(outcome, values) !== basisOf(outcome, { ...values, [changed]: others[changed] }),
  );

describe('the results that a changed value invalidates', () => {
  it.each<[Value, readonly Outcome[]]>([
    ['url', ['host-certificate', 'connection']],
    ['username', ['connection']],
    ['fingerprint', ['host-certificate', 'connection']],
    ['password', ['connection']],
    ['secrets', ['preflight', 'preview']],
    ['media', ['medium', 'preflight', 'preview']],
    ['medium', ['preflight', 'preview']],
    ['site', ['preflight', 'preview', 'papers', 'summary']],
    ['plan', ['summary']],
    ['fqdn', ['certificate-request', 'certificate-check']],
    ['chain', ['certificate-check']],
    ['key', ['certificate-check']],
    ['deployment', ['preflight', 'preview', 'summary']],
    ['handover', ['summary']],
    ['file', ['medium', 'preflight', 'preview', 'certificate-request', 'certificate-check', 'papers', 'summary']],
  ])('%s: %j', (value, expected) => {
    expect(invalidated(value)).toEqual(expected);
  });

  it('are listed for every value', () => {
    expect(names.filter((name) => invalidated(name).length === 0)).toEqual([]);
  });

  it('are none without a change', () => {
    for (const outcome of outcomes) expect(basisOf(outcome, values)).toBe(basisOf(outcome, { ...values }));
  });

  it('are distinct for each value', () => {
    const left = basisOf('certificate-check', { ...values, fqdn: 'a', chain: 'b' });
    expect(basisOf('certificate-check', { ...values, fqdn: 'b', chain: 'a' })).not.toBe(left);
  });
});
