/** The certificate of a site: its key in the secret store, the request, and the check of the issued certificate. */
import { join, resolve } from 'node:path';
import type { CertificateReport } from '../../core/certificate/report.ts';
import { fail, failure, ok, type Result } from '../../core/base/errors.ts';
import { checkSite } from '../../core/preflight/check-site.ts';
import { domainFile, fqdnFault } from '../../core/network/fqdn.ts';
import type { Site } from '../../core/site/schema.ts';
import { checkCertificate, type CheckCertificateInput } from '../adapters/certificate/check.ts';
import { algorithmOf, type KeyAlgorithm, makePrivateKey, readPrivateKey } from '../adapters/certificate/private-key.ts';
import { readKeyFile } from '../adapters/certificate/key-file.ts';
import { makeRequest } from '../adapters/certificate/request.ts';
import { writeFileAtomic } from '../system/files/atomic.ts';
import { makeFolder, readInput } from '../system/files/inputs.ts';
import type { SecretStore } from '../adapters/secrets/secret-store.ts';
import { mediaMemory } from '../records/media-memory.ts';
import type { Services } from './services.ts';
import { besideSite, readSiteText } from './site-input.ts';

interface NamedSite {
  /** Absolute. */
  readonly path: string;
  readonly site: Site;
  readonly fqdn: string;
}

/** The site, if its name can be certified; other faults of the site file are ignored. */
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

interface StoredKey {
  readonly pem: string;
  readonly created: boolean;
}

/** The key of the site: the stored key, or a new one. A key is generated only after the store passed its check. */
async function keyFor(
  secrets: SecretStore,
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

export interface WrittenRequest {
  readonly path: string;
  readonly pem: string;
  readonly fqdn: string;
  readonly names: readonly string[];
  readonly key: { readonly secret: string; readonly algorithm: KeyAlgorithm; readonly created: boolean };
}

/**
 * Makes the key in the secret store, and the request for `fqdn` and `*.fqdn` as `<fqdn>.csr` in the folder `out`. Fails
 * with `files.*`, and as the reading of the site file, the store and the key do.
 */
export async function requestCertificate(
  secrets: SecretStore,
  file: string,
  out: string,
  algorithm: KeyAlgorithm | undefined,
): Promise<Result<WrittenRequest>> {
  const named = await readSite(file);
  if (!named.ok) return named;
  const { fqdn } = named.value;
  const folder = resolve(out);
  const made = await makeFolder(folder);
  if (!made.ok) return made;
  const secret = `certificate/${fqdn}`;
  const key = await keyFor(secrets, secret, algorithm);
  if (!key.ok) return key;
  const request = await makeRequest(fqdn, key.value.pem);
  if (!request.ok) return request;
  const path = join(folder, domainFile(fqdn, 'csr'));
  const written = await writeFileAtomic(path, request.value.pem);
  if (!written.ok) return written;
  return ok({
    path,
    pem: request.value.pem,
    fqdn,
    names: [fqdn, `*.${fqdn}`],
    key: { secret, algorithm: request.value.algorithm, created: key.value.created },
  });
}

export interface ChainOptions {
  /** File with the private key; default: the key in the secret store. */
  readonly key?: string;
  /** Passphrase of that file; empty: unknown. */
  readonly keyPassphrase?: string;
  /** File with the customer's own root. */
  readonly trust?: string;
  /** Password of a PKCS#12 file. */
  readonly password?: string;
  /** Folder of this laptop's records: the newest signed time in it is a lower bound for the current time. */
  readonly stateDir: string;
  readonly signal?: AbortSignal;
  readonly warn?: Services['warn'];
}

type KeyInput = Pick<CheckCertificateInput, 'key' | 'storeFault'>;

/**
 * The given key, else the key in the secret store. If the store fails, the chain is checked without a key. Fails
 * with `certificate.key-passphrase-missing` if the file needs a passphrase and none was requested.
 */
async function keyInput(
  secrets: SecretStore,
  fqdn: string,
  { key: file, keyPassphrase, signal }: ChainOptions,
): Promise<Result<KeyInput>> {
  if (file !== undefined) {
    const name = resolve(file);
    const given = await readInput(name, 'secret', { typed: true, signal });
    if (!given.ok) return given;
    const key = await readKeyFile(given.value, keyPassphrase);
    const isLocked = 'fault' in key && key.fault === 'encrypted';
    if (isLocked && keyPassphrase === undefined) {
      return fail(failure('input', 'certificate.key-passphrase-missing', { file: name }));
    }
    return ok({ key: { file: key, source: 'given', name } });
  }
  const stored = await secrets.get(`certificate/${fqdn}`);
  if (!stored.ok) return ok({ storeFault: stored.failure.code });
  if (stored.value === undefined) return ok({});
  return ok({ key: { file: await readKeyFile(Buffer.from(stored.value)), source: 'stored' } });
}

async function gather(
  secrets: SecretStore,
  file: string,
  options: ChainOptions,
): Promise<Result<CheckCertificateInput>> {
  const named = await readSite(file);
  if (!named.ok) return named;
  const { site, fqdn, path } = named.value;
  const { chain } = site.certificate;
  if (chain === undefined) return fail(failure('input', 'certificate.no-chain', { path }));
  const name = besideSite(path, chain);
  const bytes = await readInput(name, 'certificate', { signal: options.signal });
  if (!bytes.ok) return bytes;
  const typed = { typed: true, signal: options.signal };
  const trustName = options.trust === undefined ? '' : resolve(options.trust);
  const trust = options.trust === undefined ? undefined : await readInput(trustName, 'certificate', typed);
  if (trust?.ok === false) return trust;
  const { newestSignedTime: newest } = await mediaMemory(options.stateDir, options.warn).load();
  const key = await keyInput(secrets, fqdn, options);
  if (!key.ok) return key;
  return ok({
    bytes: bytes.value,
    name,
    fqdn,
    visibility: site.sizing.visibility,
    nowIso: new Date().toISOString(),
    ...(newest === undefined ? {} : { notBeforeIso: newest }),
    ...key.value,
    ...(options.password === undefined ? {} : { password: options.password }),
    ...(trust === undefined ? {} : { trust: { bytes: trust.value, name: trustName } }),
  });
}

/**
 * Checks the chain that the site file names. Fails as `checkCertificate` does, and with `certificate.no-chain`,
 * `certificate.site`, `certificate.key-passphrase-missing`.
 */
export async function checkSiteCertificate(
  secrets: SecretStore,
  file: string,
  options: ChainOptions,
): Promise<Result<CertificateReport>> {
  const input = await gather(secrets, file, options);
  return input.ok ? checkCertificate(input.value) : input;
}
