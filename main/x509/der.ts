/** Reads ASN.1 values from DER with asn1js. Every reader throws {@link Malformed} if the value is malformed. */
import * as asn1js from 'asn1js';

export type Block = ReturnType<typeof asn1js.fromBER>['result'];

/**
 * A value of another form than its standard allows. It stays below the functions that read whole certificates and
 * files: these also catch the errors of the libraries, and give a failure or a fact.
 */
export class Malformed extends Error {}

/** Context-specific tag class. */
export const contextClass = 3;

export function children(block: Block | undefined): Block[] {
  if (!(block instanceof asn1js.Constructed)) throw new Malformed('not a constructed value');
  return block.valueBlock.value;
}

/** Parses all of `der`; throws if it is malformed or bytes follow. */
export function parseDer(der: Uint8Array): Block {
  const { offset, result } = asn1js.fromBER(der);
  if (offset !== der.length) throw new Malformed('malformed');
  return result;
}

/** The bytes of a primitive value; throws for a constructed one. */
export const contentOf = (block: Block): Uint8Array => {
  if (block instanceof asn1js.Constructed) throw new Malformed('not a primitive value');
  const value = block.valueBlock as { readonly valueHexView?: Uint8Array };
  if (value.valueHexView === undefined) throw new Malformed('no content');
  return value.valueHexView;
};

/** Numbers of the bits of a BIT STRING that are set. */
export function bitsOf(der: Uint8Array): number[] {
  const block = parseDer(der);
  if (!(block instanceof asn1js.BitString)) throw new Malformed('not a bit string');
  return [...block.valueBlock.valueHexView].flatMap((byte, index) =>
    Array.from({ length: 8 }, (_, bit) => bit)
      .filter((bit) => (byte & (0x80 >> bit)) !== 0)
      .map((bit) => index * 8 + bit),
  );
}

/** A list of object identifiers. */
export function oidsOf(der: Uint8Array): string[] {
  return children(parseDer(der)).map((block) => {
    if (!(block instanceof asn1js.ObjectIdentifier)) throw new Malformed('not an object identifier');
    return block.valueBlock.toString();
  });
}

/** Basic constraints. RFC 5280 section 4.2.1.9. */
export function constraintsOf(der: Uint8Array): { readonly ca: boolean; readonly pathLength?: number } {
  const parts = children(parseDer(der));
  const [first] = parts;
  const ca = first instanceof asn1js.Boolean && first.valueBlock.value;
  const length = first instanceof asn1js.Boolean ? parts[1] : first;
  if (length === undefined) return { ca };
  if (!(length instanceof asn1js.Integer)) throw new Malformed('not basic constraints');
  const pathLength = Number(length.toBigInt());
  if (pathLength < 0) throw new Malformed('a negative length');
  return { ca, pathLength };
}
