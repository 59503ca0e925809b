import { describe, expect, it } from 'vitest';
import type { GatewayFile } from '../../../../core/gateway/file.ts';
import { fileState, readStamp, stamped } from '../../../../core/gateway/stamp.ts';

const file = (content: string): GatewayFile => ({ path: '/etc/x', mode: 0o644, secret: false, content });
const state = (planned: string, found: string): string => fileState(file(planned), readStamp('/etc/x', found));

describe('the stamp of a file', () => {
  const ours = stamped('a = 1\n', 'p1');

  it('is the first lines of a file, below a shebang line', () => {
    expect(ours).toMatch(/^# edge-plan p1\n# edge-content [0-9a-f]{64}\na = 1\n$/);
    expect(stamped('#!/bin/sh\nid\n', 'p1')).toMatch(
      /^#!\/bin\/sh\n# edge-plan p1\n# edge-content [0-9a-f]{64}\nid\n$/,
    );
  });

  it('tells whether the file is missing, same, outdated, changed or foreign', () => {
    expect(state(ours, ours)).toBe('same');
    expect(state(stamped('a = 1\n', 'p2'), ours)).toBe('stamp');
    expect(state(stamped('a = 2\n', 'p2'), ours)).toBe('outdated');
    expect(state(ours, `${ours}b = 2\n`)).toBe('changed');
    expect(state(stamped('a = 2\n', 'p2'), `${ours}b = 2\n`)).toBe('changed');
    expect(state(ours, 'a = 3\n')).toBe('foreign');
    expect(fileState(file(ours), undefined)).toBe('missing');
  });

  it('detects a changed file that keeps its stamp and contains the planned content and more', () => {
    expect(state(ours, ours.replace('a = 1\n', 'a = 1\n\n'))).toBe('changed');
  });
});
