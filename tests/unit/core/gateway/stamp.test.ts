import { describe, expect, it } from 'vitest';
import type { GatewayFile } from '../../../../core/gateway/file.ts';
import { fileState, readStamp, stamped } from '../../../../core/gateway/stamp.ts';

const file = (content: string): GatewayFile => ({ path: '/etc/x', mode: 0o644, secret: false, content });
const state = (planned: string, found: string): string => fileState(file(planned), readStamp('/etc/x', found));

describe('the stamp of a file', () => {
  const ours = stamped('a = 1\n', 'p1');

  it('stands on top, below the line that names an interpreter', () => {
    expect(ours).toMatch(/^# edge-plan p1\n# edge-content [0-9a-f]{64}\na = 1\n$/);
    expect(stamped('#!/bin/sh\nid\n', 'p1')).toMatch(
      /^#!\/bin\/sh\n# edge-plan p1\n# edge-content [0-9a-f]{64}\nid\n$/,
    );
  });

  it('tells what became of the file', () => {
    expect(state(ours, ours)).toBe('same');
    expect(state(stamped('a = 1\n', 'p2'), ours)).toBe('stamp');
    expect(state(stamped('a = 2\n', 'p2'), ours)).toBe('outdated');
    expect(state(ours, `${ours}b = 2\n`)).toBe('changed');
    expect(state(stamped('a = 2\n', 'p2'), `${ours}b = 2\n`)).toBe('changed');
    expect(state(ours, 'a = 3\n')).toBe('foreign');
    expect(fileState(file(ours), undefined)).toBe('missing');
  });

  it('does not take a file for its own whose stamp was kept and whose content was changed to the planned one and more', () => {
    expect(state(ours, ours.replace('a = 1\n', 'a = 1\n\n'))).toBe('changed');
  });
});
