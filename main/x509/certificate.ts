/** Parses certificates with both node:crypto and pkijs, which must agree. */
import { X509Certificate } from 'node:crypto';
import * as asn1js from 'asn1js';
import { BasicConstraints, Certificate, ExtKeyUsage, type Extension } from 'pkijs';
import { type Block, parseDer } from './der.ts';

export interface ParsedCertificate {
  readonly der: Uint8Array;
  readonly node: X509Certificate;
  readonly pki: Certificate;
  readonly block: Block;
}

/** Parses `der`; undefined if it is no certificate, or the two libraries disagree. */
export function parseCertificate(der: Uint8Array): ParsedCertificate | undefined {
  try {
    const block = parseDer(der);
    const node = new X509Certificate(der);
    if (!Buffer.from(node.raw).equals(der)) return undefined;
    return { der, node, pki: Certificate.fromBER(new Uint8Array(der)), block };
  } catch {
    return undefined;
  }
}

const isEncodedAs = (bytes: Uint8Array, schema: { readonly toBER: () => ArrayBuffer }): boolean =>
  Buffer.from(schema.toBER()).equals(bytes);

/** Whether every length is definite and in its shortest form, as X.690 section 10.1 demands. */
function hasShortLengths(block: Block): boolean {
  const { length, blockLength, isIndefiniteForm } = block.lenBlock;
  const shortest = length < 0x80 ? 1 : 1 + Math.ceil(length.toString(16).length / 2);
  if (isIndefiniteForm || blockLength !== shortest) return false;
  return !(block instanceof asn1js.Constructed) || block.valueBlock.value.every(hasShortLengths);
}

/** The extensions whose content is read: constraints and usages. */
function isDerExtension({ parsedValue, extnValue }: Extension): boolean {
  const bytes = extnValue.valueBlock.valueHexView;
  if (parsedValue instanceof BasicConstraints || parsedValue instanceof ExtKeyUsage) {
    return isEncodedAs(bytes, parsedValue.toSchema());
  }
  return !(parsedValue instanceof asn1js.BitString) || hasShortLengths(parsedValue);
}

/**
 * Whether the bytes are DER and no other form of BER: re-encoding gives the same bytes. A value that
 * pkijs cannot encode, like a UTCTime of month 0, is not DER.
 */
export function isDer({ der, pki, block }: ParsedCertificate): boolean {
  try {
    return (
      hasShortLengths(block) && isEncodedAs(der, pki.toSchema(true)) && (pki.extensions ?? []).every(isDerExtension)
    );
  } catch {
    return false;
  }
}

export interface Extensions {
  /** Object identifiers, in the order of the certificate. */
  readonly ids: readonly string[];
  readonly criticalIds: readonly string[];
  readonly value: (oid: string) => Uint8Array | undefined;
  readonly critical: (oid: string) => boolean;
  readonly repeated: boolean;
}

/** The extensions by their object identifiers; if one is repeated, the first. */
export function readExtensions({ extensions = [] }: Certificate): Extensions {
  const ids = extensions.map(({ extnID }) => extnID);
  const find = (oid: string) => extensions.find(({ extnID }) => extnID === oid);
  return {
    ids,
    criticalIds: extensions.filter(({ critical }) => critical).map(({ extnID }) => extnID),
    value: (oid) => find(oid)?.extnValue.valueBlock.valueHexView,
    critical: (oid) => find(oid)?.critical === true,
    repeated: new Set(ids).size !== ids.length,
  };
}
