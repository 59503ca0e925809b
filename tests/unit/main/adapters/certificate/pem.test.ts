import { rootCertificates } from 'node:tls';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { certificatePem, readPem } from '../../../../../main/adapters/certificate/pem.ts';
import { readCertificates } from '../../../../../main/adapters/certificate/read-certificates.ts';
import { loadCertificate } from '../../../../../main/adapters/certificate/read-facts.ts';

describe('PEM', () => {
  it('is read back as it was written', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 500 }), fc.constantFrom('\n', '\r\n', '\r'), (der, end) => {
        const text = certificatePem(der).replaceAll('\n', end);
        expect(readPem(text)).toEqual({ blocks: [{ label: 'CERTIFICATE', line: 1, der, headers: [] }], damaged: [] });
      }),
    );
  });

  const der = new Uint8Array(Buffer.from(Array.from({ length: 200 }, (_, index) => index)));
  const pem = certificatePem(der);
  const read = (text: string) => readPem(text).blocks.map((block) => Buffer.from(block.der).equals(der));
  const unusual: readonly (readonly [string, string])[] = [
    ['joined without a line end', pem.trimEnd() + pem],
    ['on one line', (pem + pem).replaceAll('\n', ' ')],
    ['indented', (pem + pem).replace(/^/gm, '   \t')],
    ['quoted by mail', (pem + pem).replace(/^/gm, '> > ')],
    ['without padding', (pem + pem).replace(/=+$/gm, '')],
    ['blank lines between', (pem + pem).replaceAll('\n', '\r\n\r\n')],
    ['with line ends written out', JSON.stringify(pem + pem)],
    ['as lines of a program', (pem + pem).replace(/^(.+)$/gm, '"$1",')],
    [
      'as entities of a web page',
      (pem + pem).replaceAll('+', '&#43;').replaceAll('/', '&#x2F;').replaceAll('=', '&equals;'),
    ],
    ['with breaks of a web page', (pem + pem).replaceAll('\n', '<br>\n')],
    ['with non-breaking spaces', (pem + pem).replaceAll('\n', '\u00a0\n\u200b')],
    ['with an old label', (pem + pem).replaceAll('CERTIFICATE', 'X509 CERTIFICATE')],
  ];

  it.each(unusual)('is read if it was pasted %s', (_name, text) => {
    expect(readPem(text).damaged).toEqual([]);
    expect(read(text)).toEqual([true, true]);
  });

  const [first = '', second = '', ...rest] = pem.split('\n');
  const damaged: readonly (readonly [string, string, object])[] = [
    ['has no end', pem + pem.slice(0, -30), { fault: 'open', line: 8 }],
    ['has no beginning', pem.split('\n').slice(1).join('\n'), { fault: 'unopened', line: 6 }],
    ['is cut in front', `BEGIN CERTIFICATE-----\n${second}\n${rest.join('\n')}`, { fault: 'marker', line: 1 }],
    ['has dashes of a word processor', pem.replaceAll('-----', '\u2014\u2014-'), { fault: 'marker', line: 1 }],
    ['has four dashes', pem.replace(first, first.replaceAll('-----', '----')), { fault: 'marker', line: 1 }],
    ['ends as something else', pem.replace('END CERTIFICATE', 'END PKCS7'), { fault: 'label', line: 7 }],
    [
      'has a foreign character',
      pem.replace(second, `${second.slice(0, 9)}\u00e4${second.slice(10)}`),
      { fault: 'character', line: 2, character: '\u00e4' },
    ],
    [
      'has an ellipsis',
      pem.replace(second, `${second.slice(0, 9)}...`),
      { fault: 'character', line: 2, character: '.' },
    ],
    ['goes on behind its padding', pem.replace(rest[2] ?? '-', `AA==\n${rest[2]}`), { fault: 'cut', line: 6 }],
    ['is empty', `${first}\n${rest.at(-2)}\n`, { fault: 'cut', line: 1 }],
  ];

  it.each(damaged)('is refused with line and cause if it %s', (_name, text, expected) => {
    expect(readPem(text).damaged).toContainEqual(expect.objectContaining({ label: expect.any(String), ...expected }));
  });

  it('is read in time proportional to its size, also with a hundred thousand begin markers', () => {
    const text = '-----BEGIN CERTIFICATE-----\n'.repeat(35_000);
    // The processor's time: other tests run at the same time.
    const started = process.cpuUsage();
    expect(readPem(text).damaged).toHaveLength(35_000);
    expect(process.cpuUsage(started).user / 1000, 'ms').toBeLessThan(1000);
  });

  it('refuses random bytes with a code, and never throws', async () => {
    const sequence = fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.concat([Buffer.from([0x30]), bytes]));
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.uint8Array({ maxLength: 300 }), sequence), async (bytes) => {
        const read = await readCertificates({ bytes, name: 'a.pem', most: 50, password: 'x' });
        expect(read.ok ? '' : read.failure.code).toMatch(/^certificate\./);
      }),
      { numRuns: 3000 },
    );
  });

  it('does not crash if any byte of a certificate is changed', async () => {
    const pem = rootCertificates[0] ?? '';
    const [block] = readPem(pem).blocks;
    const der = Buffer.from(block?.der ?? []);
    const codes = new Set<string>();
    for (let at = 0; at < der.length; at++) {
      const damaged = Buffer.from(der);
      damaged[at] = (damaged[at] ?? 0) ^ 0x81;
      const read = await readCertificates({ bytes: damaged, name: 'a.pem', most: 50 });
      codes.add(read.ok ? 'read' : read.failure.code);
    }
    expect(codes).toContain('read');
    expect([...codes].every((code) => code === 'read' || code.startsWith('certificate.'))).toBe(true);
  }, 60_000);
});

describe('recognised roots', () => {
  it('can all be read, have strong keys and contain only supported extensions', () => {
    expect(rootCertificates.length).toBeGreaterThan(100);
    const odd = rootCertificates.flatMap((pem) => {
      const [block] = readPem(pem).blocks;
      const facts = block === undefined ? undefined : loadCertificate(block.der)?.facts;
      if (facts === undefined) return [pem];
      const sound = facts.key.strong && facts.constraints?.ca === true && facts.unknownCritical.length === 0;
      return sound ? [] : [`${facts.subject} ${facts.key.name} ${facts.unknownCritical.join()}`];
    });
    expect(odd).toEqual([]);
  });
});
