import { rootCertificates } from 'node:tls';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { certificatePem, readPem } from '../../../../main/adapters/certificate/pem.ts';
import { readCertificates } from '../../../../main/adapters/certificate/read-certificates.ts';
import { loadCertificate } from '../../../../main/adapters/certificate/read-facts.ts';

describe('PEM', () => {
  it('gives back what it wrote', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 500 }), fc.constantFrom('\n', '\r\n', '\r'), (der, end) => {
        const text = certificatePem(der).replaceAll('\n', end);
        expect(readPem(text)).toEqual({ blocks: [{ label: 'CERTIFICATE', line: 1, der, headers: [] }], damaged: [] });
      }),
    );
  });

  it('takes time in proportion to the size, even with a hundred thousand beginnings', () => {
    const text = '-----BEGIN CERTIFICATE-----\n'.repeat(35_000);
    const started = performance.now();
    expect(readPem(text).damaged).toHaveLength(35_000);
    expect(performance.now() - started).toBeLessThan(1000);
  });

  it('refuses any bytes with a code, and never throws', async () => {
    const sequence = fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.concat([Buffer.from([0x30]), bytes]));
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.uint8Array({ maxLength: 300 }), sequence), async (bytes) => {
        const read = await readCertificates({ bytes, name: 'a.pem', most: 50, password: 'x' });
        expect(read.ok ? '' : read.failure.code).toMatch(/^certificate\./);
      }),
      { numRuns: 3000 },
    );
  });

  it('survives a certificate of which any byte was changed', async () => {
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
  });
});

describe('recognised roots', () => {
  it('can all be read, have strong keys and hold nothing that is not understood', () => {
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
