/** `certificate request`, `certificate check`: the key stays in the secret store, the request and the answer are files. */
import { mkdir, readFile, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { CertificateReport } from '../../core/certificate/report.ts';
import { exitCodes, fail, failure, ok, type Result } from '../../core/errors.ts';
import { checkSite } from '../../core/preflight/check-site.ts';
import { fqdnFault } from '../../core/network/fqdn.ts';
import type { Site } from '../../core/site/schema.ts';
import { findingInWords } from '../../core/text.ts';
import { checkCertificate, type CheckCertificateInput } from '../adapters/certificate/check.ts';
import { algorithmOf, type KeyAlgorithm, makePrivateKey, readPrivateKey } from '../adapters/certificate/private-key.ts';
import { makeRequest } from '../adapters/certificate/request.ts';
import { writeFileAtomic } from '../adapters/files/atomic.ts';
import { fileFailure } from '../adapters/files/file-failure.ts';
import { besideSite, readSiteText } from '../runner/site-input.ts';
import { type CommandContext, findingsDocument, paint, print, report, say, sayFindings } from './context.ts';
import { readSecretValue } from './prompt.ts';

interface NamedSite {
  /** Absolute. */
  readonly path: string;
  readonly site: Site;
  readonly fqdn: string;
}

/** The site with a name that a certificate can be had for; other faults of the site file do not matter here. */
async function readSite(file: string): Promise<Result<NamedSite>> {
  const read = await readSiteText(file);
  if (!read.ok) return read;
  const { path, text } = read.value;
  const { site } = checkSite(text);
  if (site === undefined) return fail(failure('input', 'certificate.site', { path }));
  const fqdn = site.domain.fqdn.toLowerCase();
  if (fqdnFault(fqdn) !== undefined) return fail(failure('input', 'certificate.fqdn', { fqdn }));
  return ok({ path, site, fqdn });
}

/** Bytes: no file that is read here is larger than the adapter takes, so more is not read. */
const largestFile = 1_000_001;

async function readInput(path: string): Promise<Result<Buffer>> {
  try {
    const { size } = await stat(path);
    if (size >= largestFile)
      return fail(failure('input', 'certificate.file-large', { bytes: size, most: largestFile }));
    return ok(await readFile(path));
  } catch (error) {
    return fail({ ...fileFailure(path, error), kind: 'input' });
  }
}

export interface CertificateRequestOptions {
  readonly out: string;
  readonly algorithm?: KeyAlgorithm;
}

interface StoredKey {
  readonly pem: string;
  readonly created: boolean;
}

/** The key of the site: the one in the store, or a new one. Nothing is made before the store has proved that it keeps it. */
async function keyFor(
  { secrets }: CommandContext,
  name: string,
  algorithm: KeyAlgorithm | undefined,
): Promise<Result<StoredKey>> {
  const stored = await secrets.get(name);
  if (!stored.ok) return stored;
  if (stored.value !== undefined) {
    const key = readPrivateKey(stored.value);
    const found = key === undefined ? '-' : algorithmOf(key);
    if (key !== undefined && algorithm !== undefined && found !== algorithm) {
      return fail(failure('input', 'certificate.other-key', { name, found, wanted: algorithm }));
    }
    return ok({ pem: stored.value, created: false });
  }
  const proven = await secrets.check();
  if (!proven.ok) return proven;
  const pem = await makePrivateKey(algorithm ?? 'ecdsa-p256');
  const kept = await secrets.set(name, pem);
  return kept.ok ? ok({ pem, created: true }) : kept;
}

/** The key in the secret store, and the request for `fqdn` and everything below it as `<fqdn>.csr` in the folder `out`. */
export async function certificateRequest(
  context: CommandContext,
  file: string,
  { out, algorithm }: CertificateRequestOptions,
): Promise<number> {
  const named = await readSite(file);
  if (!named.ok) return report(context, named.failure);
  const { fqdn } = named.value;
  const folder = resolve(out);
  try {
    await mkdir(folder, { recursive: true });
  } catch (error) {
    return report(context, fileFailure(folder, error));
  }
  const secret = `certificate/${fqdn}`;
  const key = await keyFor(context, secret, algorithm);
  if (!key.ok) return report(context, key.failure);
  const request = await makeRequest(fqdn, key.value.pem);
  if (!request.ok) return report(context, request.failure);
  const path = join(folder, `${fqdn}.csr`);
  const written = await writeFileAtomic(path, request.value.pem);
  if (!written.ok) return report(context, written.failure);
  const { created } = key.value;
  const { backend } = context.secrets;
  const names = [fqdn, `*.${fqdn}`];
  print(context, { path, fqdn, names, key: { secret, backend, algorithm: request.value.algorithm, created } }, () => {
    const words = { name: secret, backend, algorithm: request.value.algorithm, path, names: names.join(', ') };
    say(`${paint('green', '✓')} ${context.text('certificate.request.written', words)}`);
    say(`  ${context.text(created ? 'certificate.request.key-made' : 'certificate.request.key-reused', words)}`);
    say(`  ${paint('cyan', '→')} ${context.text('certificate.request.next', words)}`);
  });
  return 0;
}

export interface CertificateCheckOptions {
  /** File with the private key, PEM. */
  readonly key?: string;
  /** File with a root of the customer's own, PEM. */
  readonly trust?: string;
}

type KeyInput = Pick<CheckCertificateInput, 'key' | 'storeFault'>;

/** The key that was given, else the one in the secret store. A store that does not answer is no reason not to check the chain. */
async function keyInput(
  { secrets }: CommandContext,
  fqdn: string,
  file: string | undefined,
): Promise<Result<KeyInput>> {
  if (file !== undefined) {
    const given = await readInput(resolve(file));
    return given.ok ? ok({ key: { pem: given.value.toString('utf8'), source: 'given' } }) : given;
  }
  const stored = await secrets.get(`certificate/${fqdn}`);
  if (!stored.ok) return ok({ storeFault: stored.failure.code });
  return ok(stored.value === undefined ? {} : { key: { pem: stored.value, source: 'stored' } });
}

async function gather(
  context: CommandContext,
  file: string,
  options: CertificateCheckOptions,
): Promise<Result<CheckCertificateInput>> {
  const named = await readSite(file);
  if (!named.ok) return named;
  const { site, fqdn, path } = named.value;
  const { chain } = site.certificate;
  if (chain === undefined) return fail(failure('input', 'certificate.no-chain', { path }));
  const bytes = await readInput(besideSite(path, chain));
  if (!bytes.ok) return bytes;
  const trust = options.trust === undefined ? undefined : await readInput(resolve(options.trust));
  if (trust?.ok === false) return trust;
  const key = await keyInput(context, fqdn, options.key);
  if (!key.ok) return key;
  return ok({
    bytes: bytes.value,
    fqdn,
    visibility: site.sizing.visibility,
    nowIso: new Date().toISOString(),
    ...key.value,
    ...(trust === undefined ? {} : { trustPem: trust.value.toString('utf8') }),
  });
}

/** Every finding on the chain that the site file names; exit code 2 when something stands against it. */
export async function certificateCheck(
  context: CommandContext,
  file: string,
  options: CertificateCheckOptions,
): Promise<number> {
  // A program that reads the findings finds them in both cases.
  const refused = { findings: [], blocking: 1 };
  const input = await gather(context, file, options);
  if (!input.ok) return report(context, input.failure, refused);
  let checked = await checkCertificate(input.value);
  if (!checked.ok && checked.failure.code === 'certificate.password-missing') {
    const password = await readSecretValue(context.text('certificate.check.password'));
    if (!password.ok) return report(context, password.failure, refused);
    checked = await checkCertificate({ ...input.value, password: password.value });
  }
  if (!checked.ok) return report(context, checked.failure, refused);
  const { findings, blocking, ...facts } = checked.value;
  print(context, { ...findingsDocument(context.text, findings), certificate: facts }, () =>
    sayReport(context, checked.value),
  );
  return blocking === 0 ? 0 : exitCodes.input;
}

function sayReport({ text }: CommandContext, { leaf, chain, findings, blocking }: CertificateReport): void {
  say(paint('bold', leaf.names.join(', ') || leaf.subject));
  for (const [index, { subject }] of chain.entries()) say(`  ${'  '.repeat(index)}${subject}`);
  say(paint('dim', `  ${leaf.key}, ${leaf.signature}, ${leaf.fingerprint}`));
  sayFindings(text, findings, { all: true });
  // What was not looked at and why: a reader must not take it for checked.
  for (const one of findings.filter(({ status }) => status === 'skipped')) {
    say(`${paint('dim', '–')} ${findingInWords(text, one).message}`);
  }
  say(
    blocking === 0
      ? `${paint('green', '✓')} ${text('certificate.check.good', { until: leaf.notAfter })}`
      : `${paint('red', '✗')} ${text('certificate.check.bad', { blocking })}`,
  );
}
