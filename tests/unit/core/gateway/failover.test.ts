import { describe, expect, it } from 'vitest';
import { findingInWords } from '../../../../core/base/text.ts';
import { type Failover, judgeFailover } from '../../../../core/gateway/failover.ts';
import { english } from '../../../fixtures/words.ts';

const moved = { vip: 'edge-gw-vip', address: '10.20.0.1', from: 'gw-1', to: 'gw-2' };
const sound: Failover = { ...moved, seconds: 0.8234, tunnel: true, restored: true };
const rows = (failover: Failover) =>
  judgeFailover([failover], 30).map(({ status, variant }) => [status, variant].filter(Boolean).join(' '));

describe('a failover', () => {
  it.each<[string, Failover, string[]]>([
    ['passes', sound, ['pass']],
    ['is slow', { ...sound, seconds: 10.1 }, ['warn']],
    ['may take ten seconds', { ...sound, seconds: 10 }, ['pass']],
    ['does not happen', { ...sound, seconds: undefined, tunnel: false }, ['fail not-taken']],
    ['finds the other tunnel down', { ...sound, tunnel: false }, ['fail no-tunnel']],
    ['is not undone', { ...sound, restored: false }, ['pass', 'fail not-back']],
    ['is not tried without a holder', { vip: 'v', address: '10.20.0.1', notReady: 'holder' }, ['fail no-holder']],
    ['is not tried without another tunnel', { vip: 'v', address: '10.20.0.1', notReady: 'other' }, ['fail no-other']],
  ])('%s', (_, failover, expected) => {
    expect(rows(failover)).toEqual(expected);
    for (const finding of judgeFailover([failover], 30)) {
      const { message, remedy } = findingInWords(english, finding);
      expect(message).toContain('10.20.0.1');
      expect(/[{}]/.test(`${message}${remedy}`)).toBe(false);
      expect(remedy === '').toBe(finding.status === 'pass');
    }
  });

  it('says its seconds, with one digit', () => {
    const [finding] = judgeFailover([sound], 30);
    if (finding === undefined) throw new Error('There is no row.');
    expect(findingInWords(english, finding).message).toContain('in 0.8 seconds');
  });
});
