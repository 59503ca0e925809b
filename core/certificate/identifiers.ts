/**
 * Checks that authority key identifiers name the issuing certificates. Source: RFC 5280 sections 4.2.1.1 and 4.2.1.2.
 */
import type { CertificateFacts } from './facts.ts';

/** The field of an authority key identifier that contradicts the issuer, as named in RFC 5280. */
export type IdentifierField = 'keyIdentifier' | 'authorityCertIssuer' | 'authorityCertSerialNumber';

const isSameName = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((part, index) => part === b[index]);

/**
 * The contradiction between the authority key identifier of `child` and `issuer`; undefined if it fits or is missing.
 */
export function foreignIdentifier(
  { authorityIdentifier }: CertificateFacts,
  issuer: CertificateFacts,
): IdentifierField | undefined {
  if (authorityIdentifier === undefined) return undefined;
  const { keyIdentifier, issuerNames, serial } = authorityIdentifier;
  const { subjectIdentifier } = issuer;
  if (keyIdentifier !== undefined && subjectIdentifier !== undefined && keyIdentifier !== subjectIdentifier) {
    return 'keyIdentifier';
  }
  if (serial !== undefined && serial !== issuer.serial) return 'authorityCertSerialNumber';
  return issuerNames === undefined || isSameName(issuerNames, issuer.issuerNames) ? undefined : 'authorityCertIssuer';
}

export interface ForeignIdentifier {
  readonly subject: string;
  readonly issuer: string;
  readonly field: IdentifierField;
}

/** Every contradiction along a path, leaf first. A self-signed certificate at the end must name itself. */
export function foreignIdentifiers(path: readonly CertificateFacts[]): ForeignIdentifier[] {
  return path.flatMap((child, index): ForeignIdentifier[] => {
    const issuer = path[index + 1] ?? (child.selfIssued ? child : undefined);
    const field = issuer === undefined ? undefined : foreignIdentifier(child, issuer);
    if (issuer === undefined || field === undefined) return [];
    return [{ subject: child.subject, issuer: issuer.subject, field }];
  });
}
