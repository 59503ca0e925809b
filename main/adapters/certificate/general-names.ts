/** Reads names and name constraints from DER. Source: RFC 5280 sections 4.1.2.4, 4.2.1.6 and 4.2.1.10. */
import * as asn1js from 'asn1js';
import type { GeneralName, NameConstraints } from '../../../core/certificate/facts.ts';
import { type Block, children, contentOf, contextClass, parseDer, Malformed } from '../../x509/der.ts';

/** Tag numbers of GeneralName. */
const generalNameTypes = [
  'otherName',
  'rfc822Name',
  'dNSName',
  'x400Address',
  'directoryName',
  'ediPartyName',
  'uniformResourceIdentifier',
  'iPAddress',
  'registeredID',
] as const;

/** Normalises a name: case and repeated spaces do not matter. RFC 5280 section 7.1. */
function comparable(value: Block): string {
  const text = (value.valueBlock as { readonly value?: unknown }).value;
  return typeof text === 'string'
    ? text.normalize('NFKC').toLowerCase().trim().replace(/\s+/g, ' ')
    : Buffer.from(value.valueBeforeDecodeView).toString('hex');
}

/** One string per relative distinguished name, outermost first. */
export function readDirectoryName(name: Block): string[] {
  return children(name).map((set) =>
    children(set)
      .map((pair) => {
        const [type, value] = children(pair);
        if (!(type instanceof asn1js.ObjectIdentifier) || value === undefined) throw new Malformed('not a name');
        return `${type.valueBlock.toString()}=${comparable(value)}`;
      })
      .toSorted()
      .join('+'),
  );
}

const addressLengths = { name: [4, 16], constraint: [8, 32] } as const;

/**
 * An address is 4 or 16 bytes; in a constraint a mask of the same length follows. RFC 5280 sections 4.2.1.6 and
 * 4.2.1.10.
 */
function readGeneralName(block: Block, use: keyof typeof addressLengths): GeneralName {
  const { tagClass, tagNumber } = block.idBlock;
  const type = tagClass === contextClass ? generalNameTypes[tagNumber] : undefined;
  if (type === undefined) throw new Malformed('not a general name');
  if (type === 'dNSName') return { kind: 'dns', value: Buffer.from(contentOf(block)).toString('latin1') };
  if (type === 'iPAddress') {
    const value = [...contentOf(block)];
    if (!addressLengths[use].some((length) => length === value.length)) throw new Malformed('not an address');
    return { kind: 'ip', value };
  }
  if (type === 'directoryName') return { kind: 'directory', value: readDirectoryName(children(block)[0] as Block) };
  return { kind: 'other', type };
}

/** The names of a subject alternative name extension. Throws if it is malformed. */
export const readGeneralNames = (der: Uint8Array): GeneralName[] =>
  children(parseDer(der)).map((block) => readGeneralName(block, 'name'));

function readSubtrees(block: Block | undefined): GeneralName[] {
  if (block === undefined) return [];
  return children(block).map((subtree) => {
    const [base, ...distances] = children(subtree);
    // RFC 5280: minimum is always 0 and omitted, maximum is absent.
    if (base === undefined || distances.length > 0) throw new Malformed('distances');
    return readGeneralName(base, 'constraint');
  });
}

/** A name constraints extension. Throws if it is malformed or RFC 5280 forbids its content. */
export function readNameConstraints(der: Uint8Array): NameConstraints {
  const parts = children(parseDer(der));
  const part = (tag: number): Block | undefined => parts.find(({ idBlock }) => idBlock.tagNumber === tag);
  // Empty constraints and empty lists are read; a rule reports them.
  if (parts.some(({ idBlock }) => idBlock.tagClass !== contextClass || idBlock.tagNumber > 1)) {
    throw new Malformed('not name constraints');
  }
  const empty = parts.length === 0 || parts.some((list) => children(list).length === 0);
  return { permitted: readSubtrees(part(0)), excluded: readSubtrees(part(1)), ...(empty ? { empty } : {}) };
}
