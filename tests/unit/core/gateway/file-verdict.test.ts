import { expect, it } from 'vitest';
import { judgeFile, plannedState } from '../../../../core/gateway/file-verdict.ts';

const [a, b, c] = ['a', 'b', 'c'].map((digit) => plannedState(digit.repeat(64), 0o644));

it.each([
  ['as planned and ours', a, a, a, 'unchanged'],
  ['as planned, recorded as something else', a, a, b, 'adopted'],
  ['as planned, never ours', a, a, undefined, 'adopted'],
  ['not there yet', a, 'absent', undefined, 'write'],
  ["the image's own", a, b, undefined, 'write'],
  ['a link of the image', a, 'link', undefined, 'write'],
  ['of an earlier plan', a, b, b, 'write'],
  ['changed by somebody', a, c, b, 'drifted'],
  ['deleted by somebody', a, 'absent', b, 'drifted'],
  ['made a link by somebody', a, 'link', a, 'drifted'],
  ['replaced by a folder', a, 'other', a, 'drifted'],
  ['a folder from the start', a, 'other', undefined, 'obstructed'],
])('a file that is %s', (_case, planned = '', found = '', recorded, verdict) => {
  expect(judgeFile({ planned, found, recorded })).toBe(verdict);
});

it('counts the mode as part of the file', () => {
  expect(plannedState('a'.repeat(64), 0o600)).toBe(`file:${'a'.repeat(64)}:600`);
});
