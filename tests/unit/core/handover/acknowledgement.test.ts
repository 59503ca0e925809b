import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import {
  type ExpectedAnswer,
  acknowledge,
  answerCode,
  checkAcknowledgement,
  checkAnswerCode,
  serialiseAcknowledgement,
} from '../../../../core/handover/acknowledgement.ts';
import { buildHandoverBundle, parseHandoverBundle } from '../../../../core/handover/bundle.ts';
import { confirmationCode } from '../../../../core/handover/confirmation-code.ts';
import { unwrap } from '../../../../core/base/errors.ts';
import { sampleInput } from './sample.ts';

const acknowledgementSecret = Buffer.alloc(32, 7).toString('base64');
const bundleSha256 = 'c0'.repeat(32);
const bundle = unwrap(buildHandoverBundle({ ...sampleInput, acknowledgementSecret }));
const expected: ExpectedAnswer = {
  site: 'acme-paris',
  bundleSha256,
  gateways: sampleInput.gateways.map(({ vm, publicKey }) => ({ vm, publicKey })),
};
const answer = acknowledge(bundle, bundleSha256, '2026-11-28T10:00:00Z');

const outcome = (document: unknown) => {
  const checked = checkAcknowledgement(document, expected);
  return checked.ok ? 'accepted' : [checked.failure.code, checked.failure.kind];
};

describe("ALE's answer", () => {
  it('has the fields of the contract, and is accepted for its handover', () => {
    expect(JSON.parse(serialiseAcknowledgement(answer))).toEqual({
      format: 'edge-ack/v1',
      site: 'acme-paris',
      bundleSha256,
      gateways: expected.gateways,
      created: '2026-11-28T10:00:00Z',
    });
    expect(outcome(JSON.parse(serialiseAcknowledgement(answer)))).toBe('accepted');
    expect(outcome({ ...answer, gateways: answer.gateways.toReversed(), later: 'field' })).toBe('accepted');
  });

  it('is refused for another handover, with a failure per difference', () => {
    const [first, second] = answer.gateways;
    const key = Buffer.alloc(32, 99).toString('base64');
    const rows: readonly (readonly [document: unknown, code: string, kind: string])[] = [
      [{ ...answer, site: 'acme-lyon' }, 'handover.answer-site', 'trust'],
      [{ ...answer, bundleSha256: 'c1'.repeat(32) }, 'handover.answer-bundle', 'trust'],
      [{ ...answer, gateways: [first, { ...second, publicKey: key }] }, 'handover.answer-gateway', 'trust'],
      [{ ...answer, gateways: [first] }, 'handover.answer-gateway', 'trust'],
      [{ ...answer, gateways: [first, second, { vm: 'other', publicKey: key }] }, 'handover.answer-gateway', 'trust'],
      [{ ...answer, gateways: [first, second, first] }, 'handover.answer-gateway', 'trust'],
      [{ ...answer, format: 'edge-ack/v2' }, 'handover.not-an-answer', 'input'],
      [{ ...answer, gateways: [] }, 'handover.not-an-answer', 'input'],
      [{ ...answer, created: 'yesterday' }, 'handover.not-an-answer', 'input'],
      [undefined, 'handover.not-an-answer', 'input'],
      ['text', 'handover.not-an-answer', 'input'],
    ];
    for (const [document, code, kind] of rows)
      expect(outcome(document), JSON.stringify(document)).toEqual([code, kind]);
  });
});

describe('the answer code', () => {
  const node = (): string => {
    const parts = [
      Buffer.from('edge-ack'),
      Buffer.from(acknowledgementSecret, 'base64'),
      Buffer.from(bundleSha256, 'hex'),
    ];
    const digest = createHash('sha256').update(Buffer.concat(parts)).digest();
    return (digest.readBigUInt64BE(0) % 10n ** 12n).toString().padStart(12, '0');
  };

  it('follows the contract, in groups of four digits', () => {
    const code = answerCode(acknowledgementSecret, bundleSha256);
    expect(code).toMatch(/^\d{4}-\d{4}-\d{4}$/);
    expect(code.replaceAll('-', '')).toBe(node());
    expect(code).not.toBe(answerCode(acknowledgementSecret, 'c1'.repeat(32)));
    expect(code).not.toBe(answerCode(Buffer.alloc(32, 8).toString('base64'), bundleSha256));
  });

  it('is accepted with any spacing, and each kind of wrong code has its failure', () => {
    const check = (typed: string) => {
      const fault = checkAnswerCode(typed, { acknowledgementSecret, bundleSha256 });
      return fault === undefined ? 'accepted' : [fault.code, fault.kind];
    };
    const code = answerCode(acknowledgementSecret, bundleSha256);
    for (const typed of [code, code.replaceAll('-', ''), ` ${code.replaceAll('-', ' ')} `, code.replaceAll('-', '.')]) {
      expect(check(typed), typed).toBe('accepted');
    }
    const wrong = code.replace(/\d$/, (digit) => `${(Number(digit) + 1) % 10}`);
    expect(check(wrong)).toEqual(['handover.answer-code-wrong', 'trust']);
    expect(check(confirmationCode(bundleSha256))).toEqual(['handover.answer-code-own', 'trust']);
    for (const typed of ['', '1234', `${code}1`, code.replace('-', 'x')]) {
      expect(check(typed), typed).toEqual(['handover.answer-code-form', 'input']);
    }
  });
});

describe('the bundle', () => {
  it('carries the acknowledgement secret and the recovery passphrases, and is read without them', () => {
    const vms = sampleInput.vms.map((vm) => ({ ...vm, diskRecovery: 'four random words here' }));
    const built = unwrap(buildHandoverBundle({ ...sampleInput, vms, acknowledgementSecret }));
    expect(built.acknowledgementSecret).toBe(acknowledgementSecret);
    expect(built.vms[0]?.diskRecovery).toBe('four random words here');
    const { acknowledgementSecret: _secret, ...older } = built;
    expect(parseHandoverBundle(older).ok).toBe(true);
    for (const bad of ['', 'short', Buffer.alloc(31).toString('base64'), 7]) {
      expect(parseHandoverBundle({ ...built, acknowledgementSecret: bad }), String(bad)).toMatchObject({
        ok: false,
        failure: { params: { field: 'acknowledgementSecret' } },
      });
    }
  });
});
