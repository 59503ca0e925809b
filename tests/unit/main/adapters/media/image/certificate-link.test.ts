import { describe, expect, it } from 'vitest';
import { readLink } from '../../../../../../main/adapters/media/image/certificate-chain.ts';
import { certificateWith, derItem as item } from '../../../../../fixtures/der.ts';

const oid = (hex: string): string => item('06', hex);
const constraints = oid('551d13');
const usage = oid('551d0f');
const purposes = oid('551d25');
const other = oid('2a030405');
const value = item('04', '3000');
const yes = item('01', 'ff');
const codeSigning = oid('2b06010505070303');

describe('the extensions of a certificate', () => {
  it('are read: usages, path length, and an unsupported critical extension', () => {
    const read = readLink(
      certificateWith(
        item('30', constraints, yes, item('04', item('30', yes, '020103'))),
        item('30', usage, yes, item('04', '03020284')),
        item('30', purposes, item('04', item('30', codeSigning))),
        item('30', other, yes, value),
      ),
    );
    expect(read).toMatchObject({
      signature: '1.2.840.10045.4.3.2',
      usage: [0, 5],
      extendedUsage: ['1.3.6.1.5.5.7.3.3'],
      pathLength: 3,
      beyond: '1.2.3.4.5',
    });
  });

  it('are accepted if an unsupported one is not critical', () => {
    const read = readLink(certificateWith(item('30', other, value)));
    expect(read).toMatchObject({ usage: undefined, extendedUsage: undefined, pathLength: undefined });
    expect(read?.beyond).toBeUndefined();
  });

  it('have no path length limit if the constraints contain none', () => {
    expect(readLink(certificateWith(item('30', constraints, yes, value)))?.pathLength).toBe(Number.POSITIVE_INFINITY);
  });

  const malformed: ReadonlyArray<readonly [string, readonly string[]]> = [
    ['true as 01', [item('30', constraints, item('01', '01'), value)]],
    ['true in two bytes', [item('30', constraints, item('01', 'ffff'), value)]],
    ['true in no byte', [item('30', constraints, item('01'), value)]],
    ['false, which is left out', [item('30', constraints, item('01', '00'), value)]],
    ['a flag behind the value', [item('30', constraints, value, yes)]],
    ['two flags', [item('30', constraints, yes, yes, value)]],
    ['two values', [item('30', constraints, value, value)]],
    ['an extension twice', [item('30', constraints, value), item('30', constraints, yes, value)]],
    ['an unknown extension twice', [item('30', other, value), item('30', other, value)]],
    ['an identifier with a leading zero', [item('30', oid('55801d13'), value)]],
    ['an identifier cut short', [item('30', oid('551d93'), value)]],
    ['a length in two bytes that fits one', [item('30', constraints, '0481023000')]],
    ['a length with a leading zero', [item('30', constraints, '048200023000')]],
    ['a CA flag as 01', [item('30', constraints, yes, item('04', item('30', item('01', '01'))))]],
    ['constraints with a long length', [item('30', constraints, yes, item('04', '3081030101ff'))]],
    ['constraints with bytes behind', [item('30', constraints, yes, item('04', '3000', '00'))]],
    ['constraints that are none', [item('30', constraints, yes, item('04', '0500'))]],
    ['a negative path length', [item('30', constraints, yes, item('04', item('30', yes, '0201ff')))]],
    ['a usage with a long length', [item('30', usage, yes, item('04', '0381020284'))]],
    ['a usage that is no bits', [item('30', usage, yes, item('04', '040101'))]],
    ['purposes that are no identifiers', [item('30', purposes, item('04', item('30', '020101')))]],
    ['a purpose with a leading zero', [item('30', purposes, item('04', item('30', '06032a8001')))]],
  ];
  it.each(malformed)('are malformed with %s', (_name, extensions) => {
    expect(readLink(certificateWith(...extensions))).toBeUndefined();
  });

  it('are accepted even if a time cannot be encoded again', () => {
    const text = certificateWith(item('30', other, value))
      .toString('latin1')
      .replace('260101', '500001');
    expect(readLink(Buffer.from(text, 'latin1'))).toBeUndefined();
  });
});
