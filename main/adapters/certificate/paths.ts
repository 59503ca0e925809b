/** Finds the ways from a leaf to a root, and has pkijs judge one of them. */
import { webcrypto, type X509Certificate } from 'node:crypto';
import { type Certificate, CertificateChainValidationEngine, CryptoEngine } from 'pkijs';
import type { LoadedCertificate } from './read-facts.ts';

/** A way upwards, leaf first. `anchored`: its last certificate is a trusted root. */
export interface CandidatePath {
  readonly certificates: readonly [LoadedCertificate, ...LoadedCertificate[]];
  readonly anchored: boolean;
}

/** Chains of public servers have three or four certificates. */
const longestPath = 10;
/** Cross-signing multiplies the ways; who needs more than this is trying something. */
const mostPaths = 64;

/** Whether `child` names `parent` as its issuer; whether that is true is another question. */
export const isNamedIssuer = (child: X509Certificate, parent: X509Certificate): boolean =>
  child.issuer === parent.subject || child.checkIssued(parent);

/** A key of a kind that is refused anyway is not computed with: the path goes on, so that the reason can be named. */
function hasSigned(child: LoadedCertificate, parent: LoadedCertificate): boolean {
  if (parent.facts.key.kind === 'other') return true;
  try {
    return child.node.verify(parent.node.publicKey);
  } catch {
    return false;
  }
}

export interface Pool {
  /** Certificates of the file, each once. */
  readonly given: readonly LoadedCertificate[];
  readonly roots: readonly LoadedCertificate[];
}

/** Whether a certificate by the name of the issuer is there, although it did not sign. */
export const hasImpostor = (child: LoadedCertificate, { given, roots }: Pool): boolean =>
  [...given, ...roots].some((one) => one !== child && isNamedIssuer(child.node, one.node) && !hasSigned(child, one));

/**
 * Whether a client that never turns back finds a root: it prefers roots to certificates of the file, and takes the first that is
 * valid at the time. OpenSSL is such a client.
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

/** All ways upwards from `leaf`, anchored ones first, then short ones. Never empty, and no certificate twice in one. */
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
 * Why an anchored path is refused; undefined where it is accepted. The library looks at signatures, names, dates, authority,
 * critical extensions, policies and name constraints; what it leaves out (path length, extended usage) the rules look at.
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
    // The library takes the last one for the leaf.
    certs: chain.slice(0, -1).toReversed(),
    checkDate: new Date(at),
    // One path at a time: the library's own search does not end where two authorities signed each other.
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
