/** Finds the paths from a leaf to a root, and validates one with pkijs. */
import { webcrypto, type X509Certificate } from 'node:crypto';
import { type Certificate, CertificateChainValidationEngine, CryptoEngine } from 'pkijs';
import type { LoadedCertificate } from './read-facts.ts';

/** A path, leaf first. `anchored`: its last certificate is a trusted root. */
export interface CandidatePath {
  readonly certificates: readonly [LoadedCertificate, ...LoadedCertificate[]];
  readonly anchored: boolean;
}

/** Longest path, in certificates. Chains of public servers have three or four. */
const longestPath = 10;
/** Most paths that are tried. Cross-signing multiplies them; a file that needs more is hostile. */
const mostPaths = 64;

/** Whether `child` names `parent` as its issuer. The signature is not checked. */
export const isNamedIssuer = (child: X509Certificate, parent: X509Certificate): boolean =>
  child.issuer === parent.subject || child.checkIssued(parent);

/** A signature by a refused kind of key is not verified. The path continues, so that a rule can name the reason. */
function hasSigned(child: LoadedCertificate, parent: LoadedCertificate): boolean {
  if (parent.facts.key.kind === 'other') return true;
  try {
    return child.node.verify(parent.node.publicKey);
  } catch {
    return false;
  }
}

export interface Pool {
  /** Certificates of the file, without duplicates. */
  readonly given: readonly LoadedCertificate[];
  readonly roots: readonly LoadedCertificate[];
}

/** Whether the file has a certificate with the issuer's name that did not sign. */
export const hasImpostor = (child: LoadedCertificate, { given, roots }: Pool): boolean =>
  [...given, ...roots].some((one) => one !== child && isNamedIssuer(child.node, one.node) && !hasSigned(child, one));

/**
 * Whether a client without backtracking finds a root: it prefers roots to certificates of the file, and takes the first
 * valid one. OpenSSL is such a client.
 */
export function isFoundAtOnce(leaf: LoadedCertificate, { given, roots }: Pool, at: string): boolean {
  const time = Date.parse(at);
  const isValid = ({ facts }: LoadedCertificate): boolean =>
    Date.parse(facts.notBefore) <= time && time <= Date.parse(facts.notAfter);
  const anchors = new Set(roots.map(({ facts }) => facts.fingerprint));
  let last = leaf;
  for (let steps = 0; steps < longestPath && !anchors.has(last.facts.fingerprint); steps++) {
    const child = last;
    const named = [...roots, ...given].filter((one) => child.node.checkIssued(one.node));
    const next = named.find(isValid) ?? named[0];
    if (next === undefined) return false;
    last = next;
  }
  return anchors.has(last.facts.fingerprint);
}

/** All paths from `leaf`, anchored ones first, then short ones. Never empty; a path has no certificate twice. */
export function candidatePaths(leaf: LoadedCertificate, pool: Pool): readonly [CandidatePath, ...CandidatePath[]] {
  const rootPrints = new Set(pool.roots.map(({ facts }) => facts.fingerprint));
  const everything = [...pool.roots, ...pool.given.filter(({ facts }) => !rootPrints.has(facts.fingerprint))];
  const issuers = new Map<string, readonly LoadedCertificate[]>();
  const issuersOf = (child: LoadedCertificate): readonly LoadedCertificate[] => {
    const known = issuers.get(child.facts.fingerprint);
    if (known !== undefined) return known;
    const found = everything.filter((one) => isNamedIssuer(child.node, one.node) && hasSigned(child, one));
    issuers.set(child.facts.fingerprint, found);
    return found;
  };
  const found: CandidatePath[] = [];
  const walk = (path: CandidatePath['certificates'], last: LoadedCertificate): void => {
    if (found.length >= mostPaths) return;
    if (rootPrints.has(last.facts.fingerprint)) {
      found.push({ certificates: path, anchored: true });
      return;
    }
    const onward = path.length < longestPath ? issuersOf(last) : [];
    const next = onward.filter((one) => path.every(({ facts }) => facts.fingerprint !== one.facts.fingerprint));
    if (next.length === 0) found.push({ certificates: path, anchored: false });
    for (const issuer of next) walk([...path, issuer], issuer);
  };
  walk([leaf], leaf);
  const rank = ({ anchored, certificates }: CandidatePath): number =>
    anchored ? certificates.length : 1000 - certificates.length;
  const [first = { certificates: [leaf], anchored: false } as const, ...rest] = found.toSorted(
    (a, b) => rank(a) - rank(b),
  );
  return [first, ...rest];
}

/**
 * Returns the reason why an anchored path is refused, or undefined. The library checks signatures, names, dates,
 * authority, critical extensions, policies and name constraints; the rules check path length and extended usage.
 */
export async function pathRefusal({ certificates }: CandidatePath, at: string): Promise<string | undefined> {
  for (const [index, issuer] of certificates.entries()) {
    const child = certificates[index - 1];
    if (child !== undefined && !child.node.checkIssued(issuer.node)) {
      return `"${issuer.facts.subject}" may not have issued "${child.facts.subject}"`;
    }
  }
  const root = certificates.at(-1);
  if (root === undefined || certificates.length < 2) return 'the path has one certificate only';
  const crypto = new CryptoEngine({ name: 'node', crypto: webcrypto as unknown as Crypto });
  const chain = certificates.map(({ pki }) => pki);
  const engine = new CertificateChainValidationEngine({
    trustedCerts: [root.pki],
    // The library takes the last certificate as the leaf.
    certs: chain.slice(0, -1).toReversed(),
    checkDate: new Date(at),
    // One path at a time: the library's own search does not end if two authorities signed each other.
    findIssuer: async (certificate: Certificate) => {
      const issuer = chain[chain.indexOf(certificate) + 1];
      if (!chain.includes(certificate) || issuer === undefined) return [];
      try {
        return (await certificate.verify(issuer, crypto)) ? [issuer] : [];
      } catch {
        return [];
      }
    },
  });
  const { result, resultMessage } = await engine.verify({}, crypto);
  return result ? undefined : resultMessage || 'refused';
}
