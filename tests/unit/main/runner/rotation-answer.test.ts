import { expect, it } from 'vitest';
import { ok } from '../../../../core/base/errors.ts';
import { refuseSealed } from '../../../../main/runner/rotation-answer.ts';

it('after the seal the keys are changed by ALE only', () => {
  expect(refuseSealed('acme-paris', undefined)).toEqual(ok(undefined));
  expect(refuseSealed('acme-paris', '2026-11-29')).toMatchObject({
    ok: false,
    failure: { kind: 'input', code: 'rotate.sealed', params: { site: 'acme-paris', date: '2026-11-29' } },
  });
});
