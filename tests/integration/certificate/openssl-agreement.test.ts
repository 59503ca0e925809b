/**
 * Agreement with OpenSSL: nothing is accepted that `openssl verify` refuses in its strict mode, for both names of the
 * edge.
 */
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { X509Certificate } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CertificateReport } from '../../../core/certificate/report.ts';
import { areas } from '../../../core/locales/en.ts';
import { createText, findingInWords } from '../../../core/base/text.ts';
import type { Result } from '../../../core/base/errors.ts';
import { checkCertificate } from '../../../main/adapters/certificate/check.ts';
import { readKeyFile } from '../../../main/adapters/certificate/key-file.ts';
import { readCertificates } from '../../../main/adapters/certificate/read-certificates.ts';
import { type CorpusCase, corpusFqdn, corpusNow } from '../../fixtures/certificate-corpus.kit.ts';
import { makeCorpus } from '../../fixtures/certificate-corpus.ts';
import { makeProfileCorpus } from '../../fixtures/certificate-corpus.profile.ts';
import { randomCases } from '../../fixtures/certificate-corpus.random.ts';

const words = createText('en', areas, areas);
const run = promisify(execFile);
let folder = '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'edge-certificate-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const pem = (raw: Uint8Array): string => new X509Certificate(raw).toString();

const mostCertificates = 50;

async function checkCase(one: CorpusCase): Promise<Result<CertificateReport>> {
  const key = one.key === undefined ? undefined : await readKeyFile(Buffer.from(one.key));
  return checkCertificate({
    bytes: one.file,
    name: 'chain.pem',
    fqdn: one.fqdn ?? corpusFqdn,
    visibility: 'internet',
    nowIso: one.now ?? corpusNow,
    roots: (one.roots ?? []).map((root) => root.pem),
    ...(one.trust === undefined
      ? {}
      : { trust: { bytes: Buffer.from(one.trust.map((root) => root.pem).join('')), name: 'root.pem' } }),
    ...(key === undefined ? {} : { key: { file: key, source: 'given' as const, name: 'key.pem' } }),
    ...(one.password === undefined ? {} : { password: one.password }),
  });
}

/** Whether OpenSSL accepts the leaf for the edge and for a name below it. Level 2: 112 bits, no SHA-1. */
async function opensslAccepts(one: CorpusCase, leaf: string, index: number): Promise<boolean> {
  const read = await readCertificates({
    bytes: one.file,
    name: 'chain.pem',
    most: mostCertificates,
    ...(one.password === undefined ? {} : { password: one.password }),
  });
  if (!read.ok) return false;
  const path = (name: string): string => join(folder, `${index}-${name}.pem`);
  const roots = [...(one.roots ?? []), ...(one.trust ?? [])];
  const all = read.value.certificates;
  const first = all.find(({ facts }) => facts.fingerprint === leaf);
  await Promise.all([
    writeFile(path('roots'), roots.map((root) => root.pem).join('')),
    writeFile(path('rest'), all.map(({ der }) => pem(der)).join('')),
    writeFile(path('leaf'), first === undefined ? '' : pem(first.der)),
  ]);
  const fqdn = one.fqdn ?? corpusFqdn;
  const verify = async (host: string): Promise<boolean> => {
    const time = `${Date.parse(one.now ?? corpusNow) / 1000}`;
    const options = [
      '-x509_strict',
      '-purpose',
      'sslserver',
      '-auth_level',
      '2',
      '-attime',
      time,
      '-verify_hostname',
      host,
    ];
    const files = ['-no-CApath', '-no-CAstore', '-CAfile', path('roots'), '-untrusted', path('rest'), path('leaf')];
    try {
      await run('openssl', ['verify', ...options, ...files]);
      return true;
    } catch {
      return false;
    }
  };
  return (await verify(fqdn)) && (await verify(`www.${fqdn}`));
}

describe('certificate check and OpenSSL', () => {
  const corpus = [...makeCorpus(), ...makeProfileCorpus()];

  it('has a corpus of the expected size, with unique case names', () => {
    expect(new Set(corpus.map(({ name }) => name)).size).toBe(corpus.length);
    expect(corpus.length).toBeGreaterThanOrEqual(270);
  });

  it.each(corpus.map((one, index) => [one.name, one, index] as const))('%s', async (_name, one, index) => {
    const started = performance.now();
    const checked = await checkCase(one);
    expect(performance.now() - started, 'ms').toBeLessThan(5000);
    if (typeof one.expect === 'object') {
      expect(checked.ok ? 'read' : checked.failure.code).toBe(one.expect.error);
      return;
    }
    expect(checked.ok ? '' : checked.failure.code).toBe('');
    if (!checked.ok) return;
    const { findings, blocking, leaf } = checked.value;
    for (const finding of findings) {
      const { message, remedy, status } = findingInWords(words, finding);
      expect(message, finding.rule).toMatch(/^[^{}]{10,}$/);
      expect(message).not.toBe(words(`common.status.${status}`));
      expect(remedy, `${finding.rule} ${finding.variant ?? status}`).toMatch(
        ['pass', 'skipped'].includes(status) ? /^$/ : /^[^{}]{10,}$/,
      );
    }
    const failed = new Set(findings.filter(({ status }) => status === 'fail').map(({ rule }) => rule));
    const warned = findings.filter(({ status }) => status === 'warn').map(({ rule }) => rule);
    const accepted = blocking === 0;
    const openssl = await opensslAccepts(one, leaf.fingerprint, index);
    expect({ accepted, failed: [...failed] }).toEqual(
      one.expect === 'accept'
        ? { accepted: true, failed: [] }
        : { accepted: false, failed: expect.arrayContaining([one.expect]) },
    );
    expect(warned).toEqual(one.warns === undefined ? (accepted ? [] : expect.anything()) : [one.warns]);
    expect({ openssl }).toEqual({ openssl: accepted || one.stricter !== undefined });
  });

  it('names the address of a missing intermediate', async () => {
    const one = corpus.find(({ name }) => name === 'missing intermediate with its address');
    const checked = one === undefined ? undefined : await checkCase(one);
    const found =
      checked?.ok === true ? checked.value.findings.find(({ rule }) => rule === 'certificate.path') : undefined;
    expect(found).toMatchObject({ variant: 'missing-url', params: { url: 'http://ca.example/ca.crt' } });
  });

  it('accepts no random chain that OpenSSL refuses', async () => {
    const chance = randomCases(20_261_122, 150);
    const verdicts = { both: 0, neither: 0, stricter: 0 };
    for (const [index, one] of chance.entries()) {
      const checked = await checkCase(one);
      if (!checked.ok) throw new Error(`${one.name}: ${checked.failure.code}`);
      const accepted = checked.value.blocking === 0;
      const openssl = await opensslAccepts(one, checked.value.leaf.fingerprint, 1000 + index);
      expect(accepted && !openssl, one.name).toBe(false);
      verdicts[accepted ? 'both' : openssl ? 'stricter' : 'neither'] += 1;
    }
    // The generator must make both valid and invalid chains.
    expect(verdicts.both).toBeGreaterThan(15);
    expect(verdicts.neither).toBeGreaterThan(15);
    expect(verdicts.stricter).toBeLessThan(20);
  });
});
