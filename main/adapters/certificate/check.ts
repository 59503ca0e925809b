/** Checks the certificate of a site: the file, the path to a root, and every rule. */
import { X509Certificate } from 'node:crypto';
import { rootCertificates } from 'node:tls';
import { certificateFindings, isAccepted } from '../../../core/certificate/rules.ts';
import { judgedAt, writtenOn } from '../../../core/certificate/clock.ts';
import type { CertificateEvidence, KeyEvidence, PathOutcome } from '../../../core/certificate/evidence.ts';
import { excessiveComparisons } from '../../../core/certificate/name-constraints.ts';
import { coverage } from '../../../core/certificate/names.ts';
import type { CertificateReport } from '../../../core/certificate/report.ts';
import { blockingCount, type Finding } from '../../../core/base/findings.ts';
import { fail, failure, ok, type Result } from '../../../core/base/errors.ts';
import {
  type CandidatePath,
  candidatePaths,
  hasImpostor,
  isFoundAtOnce,
  isNamedIssuer,
  pathRefusal,
  type Pool,
} from './paths.ts';
import { compareKey, type KeyFile } from './key-file.ts';
import { certificatePem } from './pem.ts';
import { readCertificates, type CertificateFile } from './read-certificates.ts';
import { type LoadedCertificate, loadCertificate } from './read-facts.ts';

export interface CheckCertificateInput {
  /** Content of the file: PEM, DER, PKCS#12 or PKCS#7. */
  readonly bytes: Uint8Array;
  /** Path of the file, for messages. */
  readonly name: string;
  /** Password of a PKCS#12 file. */
  readonly password?: string;
  readonly fqdn: string;
  readonly visibility: 'internet' | 'lan';
  /** The private key that the certificate must match, its source, and the path if the source is a file. */
  readonly key?: { readonly file: KeyFile } & Pick<KeyEvidence, 'source'> & { readonly name?: string };
  /** Code of the secret store's failure, if the key could not be read. */
  readonly storeFault?: string;
  /** The customer's own roots, in any form of a chain, and the path of their file. */
  readonly trust?: { readonly bytes: Uint8Array; readonly name: string };
  /** The laptop's clock, ISO 8601 in UTC. */
  readonly nowIso: string;
  /** A lower bound for the current time, such as the time of a signed catalogue. ISO 8601, UTC. */
  readonly notBeforeIso?: string;
  /** Public roots, PEM each. Default: the roots that Node brings. */
  readonly roots?: readonly string[];
}

/** Most certificates of a chain. A longer list is a mistake and costs time. */
const mostCertificates = 50;
/** Most certificates in a company's bundle of roots. */
const mostTrusted = 500;

/**
 * Whether a certificate signed itself: only a self-signed certificate ends a chain. A rule refuses an unusual kind of
 * key.
 */
function isRoot({ facts, node }: LoadedCertificate): boolean {
  if (!facts.selfIssued) return false;
  if (facts.key.kind === 'other') return true;
  try {
    return node.verify(node.publicKey);
  } catch {
    return false;
  }
}

/** The roots in a file that the user named. Other certificates are left out: clients need them in the chain. */
async function readTrust({ trust }: CheckCertificateInput): Promise<Result<readonly LoadedCertificate[]>> {
  if (trust === undefined) return ok([]);
  const read = await readCertificates({ ...trust, most: mostTrusted });
  if (!read.ok) {
    // Roots are no secret, so the user is not asked for their password.
    const isLocked = read.failure.code === 'certificate.password-missing';
    return isLocked ? fail(failure('input', 'certificate.trust-pkcs12', { file: trust.name })) : read;
  }
  const roots = read.value.certificates.filter(isRoot);
  if (roots.length > 0) return ok(roots);
  const [{ facts: { subject, issuer } } = { facts: { subject: '-', issuer: '-' } }] = read.value.certificates;
  return fail(failure('input', 'certificate.trust', { file: trust.name, subject, issuer }));
}

/** Cached: the roots never change, and parsing them is slow. */
const parsedRoots = new Map<readonly string[], readonly X509Certificate[]>();

function publicRoots(roots: readonly string[]): readonly X509Certificate[] {
  const known = parsedRoots.get(roots) ?? roots.map((pem) => new X509Certificate(pem));
  parsedRoots.set(roots, known);
  return known;
}

/**
 * The recognised roots that a certificate of the file names as its issuer, or that the file contains. Other roots
 * cannot end a path.
 */
function rootsFor({ certificates }: CertificateFile, roots: readonly string[]): LoadedCertificate[] {
  const matter = (root: X509Certificate): boolean =>
    certificates.some(({ node }) => node.fingerprint256 === root.fingerprint256 || isNamedIssuer(node, root));
  return publicRoots(roots)
    .filter(matter)
    .flatMap((root) => loadCertificate(new Uint8Array(root.raw)) ?? []);
}

const later = (a: string, b: string | undefined): string => (b !== undefined && Date.parse(b) > Date.parse(a) ? b : a);

/**
 * The server's certificate: the one that matches the key, else one for the site's names, else one that issued no other.
 */
function findLeaf(
  { certificates }: CertificateFile,
  { fqdn, key }: CheckCertificateInput,
): LoadedCertificate | undefined {
  const score = (one: LoadedCertificate): number => {
    const { apex, wildcard } = coverage(one.facts.names, fqdn);
    const issued = certificates.some((other) => other !== one && other.node.issuer === one.node.subject);
    const fits = key !== undefined && compareKey(one.node, key.file) === 'match';
    return (
      (fits ? 32 : 0) +
      (one.facts.constraints?.ca === true ? 0 : 16) +
      (wildcard ? 8 : 0) +
      (apex ? 4 : 0) +
      (issued ? 0 : 2)
    );
  };
  const byAge = (a: LoadedCertificate, b: LoadedCertificate): number =>
    Date.parse(b.facts.notAfter) - Date.parse(a.facts.notAfter) || 0;
  return certificates.toSorted((a, b) => score(b) - score(a) || byAge(a, b))[0];
}

function incomplete(path: CandidatePath, pool: Pool): PathOutcome {
  const { certificates } = path;
  const last = certificates.at(-1) ?? certificates[0];
  if (last.facts.selfIssued) {
    return { kind: 'incomplete', reason: certificates.length === 1 ? 'self-signed' : 'unknown-root' };
  }
  return { kind: 'incomplete', reason: hasImpostor(last, pool) ? 'not-signed' : 'missing' };
}

interface Judged {
  readonly evidence: CertificateEvidence;
  readonly findings: readonly Finding[];
  readonly path: CandidatePath;
}

type PathFacts = CertificateEvidence['path'];

const factsOf = ({ certificates: [first, ...rest] }: CandidatePath): PathFacts => [
  first.facts,
  ...rest.map(({ facts }) => facts),
];

/** The leaf comes first and every certificate is issued by the next one; the root may be left out. */
function isInOrder({ certificates }: CertificateFile, path: CandidatePath): boolean {
  const inFile = certificates.map(({ facts }) => facts.fingerprint);
  const inPath = path.certificates.map(({ facts }) => facts.fingerprint);
  const wanted = inPath.filter((one) => inFile.includes(one));
  const found = inFile.filter((one) => wanted.includes(one));
  return inFile[0] === inPath[0] && wanted.every((one, index) => found[index] === one);
}

/**
 * Checks a certificate. Each fault is a finding. It fails only if the file cannot be read ({@link readCertificates}),
 * or the trusted file has no root (`certificate.trust`). Of several paths to a root, the first without a fault counts;
 * if every path has one, the report explains the best path.
 */
export async function checkCertificate(input: CheckCertificateInput): Promise<Result<CertificateReport>> {
  const { bytes, name, password } = input;
  const source = { bytes, name, most: mostCertificates, ...(password === undefined ? {} : { password }) };
  const read = await readCertificates(source);
  if (!read.ok) return read;
  const file = read.value;
  const leaf = findLeaf(file, input);
  if (leaf === undefined) return fail(failure('input', 'certificate.file-without', { file: name, found: file.format }));
  const recognised = rootsFor(file, input.roots ?? rootCertificates);
  const trusted = await readTrust(input);
  if (!trusted.ok) return trusted;
  const own = trusted.value;

  const prints = new Set(recognised.map(({ facts }) => facts.fingerprint));
  const pool: Pool = { given: file.certificates, roots: [...recognised, ...own] };
  const paths = candidatePaths(leaf, pool);
  const printsOf = (some: readonly CandidatePath[]): ReadonlySet<string> =>
    new Set(some.flatMap(({ certificates }) => certificates.map(({ facts }) => facts.fingerprint)));
  const related = printsOf(paths);
  const leading = printsOf(paths[0].anchored ? paths.filter(({ anchored }) => anchored) : paths);
  const key: KeyEvidence =
    input.key === undefined
      ? { source: 'stored', match: 'absent', ...(input.storeFault === undefined ? {} : { fault: input.storeFault }) }
      : {
          source: input.key.source,
          match: compareKey(leaf.node, input.key.file),
          ...(input.key.name === undefined ? {} : { file: input.key.name }),
        };
  const base = {
    fqdn: input.fqdn,
    visibility: input.visibility,
    format: file.format,
    openKey: file.openKey,
    key,
    now: input.nowIso,
    earliest: later(writtenOn, input.notBeforeIso),
  };
  const at = judgedAt(base.now, base.earliest);
  const subjectsOf = (belongs: (fingerprint: string) => boolean): string[] =>
    file.certificates.flatMap(({ facts }) => (belongs(facts.fingerprint) ? [facts.subject] : []));
  const extra = {
    unrelated: subjectsOf((one) => !related.has(one)),
    detours: subjectsOf((one) => related.has(one) && !leading.has(one)),
    // Without a path to a root, no client can take a wrong path.
    misleading: paths[0].anchored && !isFoundAtOnce(leaf, pool, at),
  };

  const judge = async (path: CandidatePath): Promise<Judged> => {
    const root = path.certificates.at(-1) ?? path.certificates[0];
    const facts = factsOf(path);
    // The library would spend time on keys that the rules refuse.
    const tooMuch =
      excessiveComparisons(facts) !== undefined || facts.some(({ faults }) => faults.includes('policies-many'));
    const refusal = path.anchored && !tooMuch ? await pathRefusal(path, at) : undefined;
    const outcome: PathOutcome = path.anchored
      ? {
          kind: 'complete',
          trust: prints.has(root.facts.fingerprint) ? 'public' : 'given',
          ...(refusal === undefined ? {} : { refusal }),
        }
      : incomplete(path, pool);
    const evidence = { ...base, ...extra, path: facts, outcome, inOrder: isInOrder(file, path) };
    return { evidence, path, findings: certificateFindings(evidence) };
  };
  let best = await judge(paths[0]);
  for (const path of paths.slice(1)) {
    if (isAccepted(best.findings) || !path.anchored) break;
    const next = await judge(path);
    if (blockingCount(next.findings) < blockingCount(best.findings)) best = next;
  }
  return ok(reportOf(best, leaf));
}

function reportOf({ evidence, findings, path }: Judged, leaf: LoadedCertificate): CertificateReport {
  const { facts } = leaf;
  const complete = evidence.outcome.kind === 'complete';
  const chain = complete ? path.certificates.slice(0, -1) : path.certificates;
  return {
    format: evidence.format,
    findings,
    blocking: blockingCount(findings),
    leaf: {
      subject: facts.subject,
      issuer: facts.issuer,
      names: facts.names.flatMap((name) => (name.kind === 'dns' ? [name.value] : [])),
      fingerprint: facts.fingerprint,
      key: facts.key.name,
      signature: facts.signature.name,
      notBefore: facts.notBefore,
      notAfter: facts.notAfter,
    },
    chain: path.certificates.map((one) => ({
      subject: one.facts.subject,
      issuer: one.facts.issuer,
      fingerprint: one.facts.fingerprint,
      notAfter: one.facts.notAfter,
    })),
    trust: evidence.outcome.kind === 'complete' ? evidence.outcome.trust : 'none',
    chainPem: chain.map(({ der }) => certificatePem(der)).join(''),
  };
}
