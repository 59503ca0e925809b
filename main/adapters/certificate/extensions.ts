/** Reads the extensions that the rules check, from DER. Every reader throws if the value is malformed. */
import * as asn1js from 'asn1js';
import { type AuthorityIdentifier, oids } from '../../../core/certificate/facts.ts';
import type { Extensions } from '../../x509/certificate.ts';
import { children, contentOf, contextClass, parseDer, Malformed } from '../../x509/der.ts';
import { readDirectoryName } from './general-names.ts';

/** Extensions whose meaning the rules or the validating library apply. A critical one beside them is refused. */
const understood: ReadonlySet<string> = new Set([
  oids.subjectAltName,
  oids.keyUsage,
  oids.basicConstraints,
  oids.nameConstraints,
  oids.extendedKeyUsage,
  oids.certificatePolicies,
  oids.policyMappings,
  oids.policyConstraints,
  oids.inhibitAnyPolicy,
]);

/**
 * Extensions that change the kind of a certificate, critical or not: a proxy (RFC 3820), a holder of addresses (RFC
 * 3779).
 */
const special: ReadonlySet<string> = new Set(['1.3.6.1.5.5.7.1.14', '1.3.6.1.5.5.7.1.7', '1.3.6.1.5.5.7.1.8']);

const uriTag = 6;
const directoryTag = 4;
const mostNameTypes = 8;

/**
 * Reads authority information access; the result is the address of the issuer's certificate, so that the user can fetch
 * it.
 */
export function issuerUrlOf(der: Uint8Array): string | undefined {
  const locations = children(parseDer(der)).map((access) => {
    const [method, location, ...more] = children(access);
    const { tagClass, tagNumber } = location?.idBlock ?? { tagClass: 0, tagNumber: 0 };
    const isName = tagClass === contextClass && tagNumber <= mostNameTypes;
    if (!(method instanceof asn1js.ObjectIdentifier) || location === undefined || !isName || more.length > 0) {
      throw new Malformed('not an access description');
    }
    const isIssuer = method.valueBlock.toString() === '1.3.6.1.5.5.7.48.2' && tagNumber === uriTag;
    return isIssuer ? Buffer.from(contentOf(location)).toString('latin1') : '';
  });
  if (locations.length === 0) throw new Malformed('no access descriptions');
  return locations.find((url) => /^https?:\/\/[\x21-\x7e]{1,200}$/.test(url));
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

/** A serial number as hexadecimal, without leading zeros. */
export const serialHex = (content: Uint8Array): string => hex(content).replace(/^(?:00)+(?=.)/, '');

/** A subject key identifier. */
export function identifierOf(der: Uint8Array): string {
  const block = parseDer(der);
  if (!(block instanceof asn1js.OctetString)) throw new Malformed('not an octet string');
  return hex(block.valueBlock.valueHexView);
}

/** An authority key identifier; if the issuer has several names, the first directory name. */
export function authorityIdentifierOf(der: Uint8Array): AuthorityIdentifier {
  const found: { -readonly [Name in keyof AuthorityIdentifier]: AuthorityIdentifier[Name] } = {};
  for (const part of children(parseDer(der))) {
    const { tagClass, tagNumber } = part.idBlock;
    if (tagClass !== contextClass) throw new Malformed('not an authority key identifier');
    if (tagNumber === 0) found.keyIdentifier = hex(contentOf(part));
    else if (tagNumber === 2) found.serial = serialHex(contentOf(part));
    else if (tagNumber === 1) {
      const name = children(part).find(({ idBlock }) => idBlock.tagNumber === directoryTag);
      const [directory] = name === undefined ? [] : children(name);
      if (directory !== undefined) found.issuerNames = readDirectoryName(directory);
    } else throw new Malformed('not an authority key identifier');
  }
  return found;
}

/** Number of entries of a list of policies or policy mappings. */
export const countOf = (der: Uint8Array): number => children(parseDer(der)).length;

/** CRL distribution points: only checks that they can be parsed. RFC 5280 section 4.2.1.13. */
export function checkDistributionPoints(der: Uint8Array): void {
  const points = children(parseDer(der));
  const isPart = ({ idBlock }: (typeof points)[number]): boolean =>
    idBlock.tagClass === contextClass && idBlock.tagNumber <= 2;
  if (points.length === 0 || !points.every((point) => children(point).every(isPart))) throw new Malformed('no points');
}

/** The critical extensions that neither the rules nor the library understand. */
export const unknownCritical = ({ criticalIds }: Extensions): string[] =>
  criticalIds.filter((id) => !understood.has(id));

/** Whether an extension changes the kind of the certificate. */
export const isSpecial = ({ ids }: Extensions): boolean => ids.some((id) => special.has(id));
