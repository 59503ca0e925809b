import { describe, expect, it } from 'vitest';
import { blockingCount, type Finding, findingStatuses, isBlocking } from '../../../../core/base/findings.ts';

const finding = (status: Finding['status']): Finding => ({ rule: 'x.y', status, step: 'site', path: '', params: {} });

describe('findings', () => {
  it('block when they failed or could not be looked at, and not otherwise', () => {
    expect(findingStatuses.filter((status) => isBlocking(finding(status)))).toEqual(['fail', 'error']);
  });

  it('are counted by what blocks', () => {
    expect(blockingCount(findingStatuses.map(finding))).toBe(2);
    expect(blockingCount([])).toBe(0);
  });
});
