/** Detects the kind of a DER value by its first elements. The label is ignored. */
import * as asn1js from 'asn1js';
import type { Block } from '../../x509/der.ts';

export type DerKind =
  | 'certificate'
  | 'request'
  | 'revocation-list'
  | 'pkcs7'
  | 'pkcs12'
  | 'private-key'
  | 'encrypted-key'
  | 'public-key';

const partsOf = (block: Block | undefined): readonly Block[] =>
  block instanceof asn1js.Sequence ? block.valueBlock.value : [];

const isTime = (block: Block | undefined): boolean => block instanceof asn1js.UTCTime;

/** RFC 5208 and 5958 (PKCS#8), RFC 8017 appendix A (PKCS#1), RFC 5915 (SEC 1), RFC 7292 (PKCS#12). */
function kindByVersion(parts: readonly Block[]): DerKind | undefined {
  const [version, second, third] = parts;
  if (!(version instanceof asn1js.Integer)) return undefined;
  if (second instanceof asn1js.OctetString || third instanceof asn1js.OctetString) return 'private-key';
  if (second instanceof asn1js.Sequence) return 'pkcs12';
  if (!(second instanceof asn1js.Integer)) return undefined;
  return parts.length === 2 ? 'public-key' : 'private-key';
}

/** RFC 5280 sections 4.1 and 5.1, RFC 2986. */
function kindOfSigned(body: readonly Block[]): DerKind | undefined {
  const [first, second] = body;
  if (!(first instanceof asn1js.Integer) && first?.idBlock.tagClass !== 1) return 'certificate';
  // A list without a version begins with the algorithm.
  if (first instanceof asn1js.Sequence) return isTime(body[2]) ? 'revocation-list' : undefined;
  if (isTime(body[3])) return 'revocation-list';
  if (second instanceof asn1js.Integer || partsOf(second)[0] instanceof asn1js.ObjectIdentifier) return 'certificate';
  return 'request';
}

/** The kind of the value at the start of `der`, and its length in bytes; undefined for an unknown kind. */
export function derKind(der: Uint8Array): { readonly kind: DerKind; readonly length: number } | undefined {
  const { offset, result } = asn1js.fromBER(der);
  const parts = partsOf(result);
  const kind = offset > 0 ? kindOf(parts) : undefined;
  return kind === undefined ? undefined : { kind, length: offset };
}

function kindOf(parts: readonly Block[]): DerKind | undefined {
  const [first, second, third] = parts;
  if (first instanceof asn1js.ObjectIdentifier) return 'pkcs7';
  if (!(first instanceof asn1js.Sequence)) return kindByVersion(parts);
  if (third instanceof asn1js.BitString) return kindOfSigned(partsOf(first));
  if (second instanceof asn1js.BitString) return 'public-key';
  return second instanceof asn1js.OctetString ? 'encrypted-key' : undefined;
}
