import { describe, expect, it } from 'vitest';
import type { MediaFacts } from '../../../../core/media/facts.ts';
import type { PreflightFacts } from '../../../../core/preflight/facts.ts';
import { gatewayMediaRules } from '../../../../core/preflight/gateway-rules.ts';
import { applyRules } from '../../../../core/preflight/rule.ts';
import { findingInWords } from '../../../../core/base/text.ts';
import { nocPeer } from '../../../fixtures/gateway-samples.ts';
import { plainSite } from '../../../fixtures/sample-sites.ts';
import { english } from '../../../fixtures/words.ts';

const site = plainSite();

const judge = (...networks: readonly (readonly string[])[]) => {
  const peers = networks.map((allowedIps, index) => ({ ...nocPeer, name: `noc-${index}`, allowedIps }));
  const facts: PreflightFacts = { now: '2026-11-28T12:00:00Z', media: { facts: { peers } as unknown as MediaFacts } };
  return applyRules(gatewayMediaRules, { site, facts });
};

const shown = (...networks: readonly (readonly string[])[]): string =>
  judge(...networks)
    .map(({ status, variant }) => (variant === undefined ? status : `${status}:${variant}`))
    .join(' ');

describe('the networks of the NOC', () => {
  it('are pending without a medium', () => {
    expect(applyRules(gatewayMediaRules, { site }).map(({ status }) => status)).toEqual(['pending']);
  });

  it.each([
    ['pass', [['100.64.0.0/24']]],
    ['pass', [['100.64.0.0/24'], ['100.64.1.0/24', 'fd00::/64']]],
    ['warn:twice', [['100.64.0.0/24'], ['100.64.0.0/24']]],
    ['fail', [['100.64.0.0/24'], ['0.0.0.0/0']]],
    ['fail', [['100.64.0.0/24', '::/0']]],
    ['fail', [['10.20.0.128/25']]],
    ['fail', [['10.0.0.0/8']]],
    ['fail', [['203.0.113.0/24']]],
  ] as const)('are judged as %s: %j', (wanted, networks) => {
    expect(shown(...networks)).toBe(wanted);
  });

  it('are named with a remedy', () => {
    for (const finding of [...judge(['10.0.0.0/8']), ...judge(['100.64.0.0/24'], ['100.64.0.0/24'])]) {
      const { message, remedy } = findingInWords(english, finding);
      expect(message).toMatch(/10\.0\.0\.0\/8|100\.64\.0\.0\/24/);
      expect(remedy).not.toBe('');
    }
  });
});
