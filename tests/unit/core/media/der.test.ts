import { describe, expect, it } from 'vitest';
import { readCertificateFacts } from '../../../../core/media/der.ts';

/** Certificates reduced to what is read of them, in DER and beside it. */

const item = (tag: string, ...parts: readonly string[]): string => {
  const content = parts.join('');
  const length = content.length / 2;
  const size = length < 0x80 ? length.toString(16).padStart(2, '0') : `81${length.toString(16)}`;
  return `${tag}${size}${content}`;
};
const oid = (hex: string): string => item('06', hex);
const constraints = oid('551d13');
const other = oid('2a030405');
const value = item('04', '3000');
const yes = item('01', 'ff');
const certificate = (...extensions: readonly string[]): string =>
  item('30', item('30', item('a3', item('30', ...extensions))), item('30', oid('2a0304')));
const read = (hex: string): ReturnType<typeof readCertificateFacts> => readCertificateFacts(Buffer.from(hex, 'hex'));

describe('the extensions of a certificate', () => {
  it('are read with what is critical', () => {
    expect(read(certificate(item('30', constraints, yes, value), item('30', other, value)))).toMatchObject({
      signature: '1.2.3.4',
      extensions: [
        { oid: '2.5.29.19', critical: true },
        { oid: '1.2.3.4.5', critical: false },
      ],
    });
  });

  const malformed: ReadonlyArray<readonly [string, string]> = [
    ['true as 01', certificate(item('30', constraints, item('01', '01'), value))],
    ['true in two bytes', certificate(item('30', constraints, item('01', 'ffff'), value))],
    ['true in no byte', certificate(item('30', constraints, item('01'), value))],
    ['false, which is left out', certificate(item('30', constraints, item('01', '00'), value))],
    ['a flag behind the value', certificate(item('30', constraints, value, yes))],
    ['two flags', certificate(item('30', constraints, yes, yes, value))],
    ['two values', certificate(item('30', constraints, value, value))],
    ['an extension twice', certificate(item('30', constraints, value), item('30', constraints, yes, value))],
    ['an identifier with a leading zero', certificate(item('30', oid('55801d13'), value))],
    ['an identifier cut short', certificate(item('30', oid('551d93'), value))],
    ['a length in two bytes that fits one', certificate(item('30', constraints, '0481023000'))],
    ['a length with a leading zero', certificate(item('30', constraints, '048200023000'))],
  ];
  it.each(malformed)('are malformed with %s', (_name, hex) => expect(read(hex)).toBeUndefined());
});
