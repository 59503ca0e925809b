/**
 * As much DER as it takes to see what node:crypto does not tell about a certificate: its signature algorithm and its
 * extensions. Source: X.690, RFC 5280 section 4.1. Returns undefined for anything malformed.
 */

interface Item {
  readonly tag: number;
  readonly content: Uint8Array;
}

export interface Extension {
  readonly oid: string;
  readonly critical: boolean;
  /** The DER inside the octet string. */
  readonly value: Uint8Array;
}

export interface CertificateFacts {
  /** Object identifier of the signature algorithm. */
  readonly signature: string;
  readonly extensions: readonly Extension[];
}

/** DER writes `true` in one way, and leaves out `false` where it is the default, as it is in every flag here. */
const isTrue = (content: Uint8Array): boolean => content.length === 1 && content[0] === 0xff;

const tags = { boolean: 0x01, integer: 0x02, bits: 0x03, octets: 0x04, oid: 0x06, sequence: 0x30, extensions: 0xa3 };

/** Reads the outer structure of a certificate in DER. */
export function readCertificateFacts(der: Uint8Array): CertificateFacts | undefined {
  const outer = items(der)?.[0];
  const [tbs, algorithm] = items(outer?.content) ?? [];
  const signature = oidOf(items(algorithm?.content)?.[0]);
  const body = items(tbs?.content);
  if (signature === undefined || body === undefined) return undefined;
  const wrapped = body.find((item) => item.tag === tags.extensions);
  if (wrapped === undefined) return { signature, extensions: [] };
  const list = items(items(wrapped.content)?.[0]?.content);
  const extensions = new Map<string, Extension>();
  for (const item of list ?? []) {
    const extension = readExtension(items(item.content));
    if (extension === undefined || extensions.has(extension.oid)) return undefined;
    extensions.set(extension.oid, extension);
  }
  return list === undefined ? undefined : { signature, extensions: [...extensions.values()] };
}

/** The bits of a BIT STRING that are set, numbered from the left; for the key usage extension. */
export function readBits(der: Uint8Array): readonly number[] | undefined {
  const item = items(der)?.[0];
  if (item?.tag !== tags.bits) return undefined;
  const bits: number[] = [];
  for (const [index, byte] of item.content.subarray(1).entries()) {
    for (let bit = 0; bit < 8; bit++) if ((byte & (0x80 >> bit)) !== 0) bits.push(index * 8 + bit);
  }
  return bits;
}

/** The object identifiers in a sequence; for the extended key usage extension. */
export function readOids(der: Uint8Array): readonly string[] | undefined {
  const list = items(items(der)?.[0]?.content);
  return list?.map((item) => oidOf(item) ?? '');
}

/** The path length of a basic constraints extension: undefined when malformed, Infinity when there is none. */
export function readPathLength(der: Uint8Array): number | undefined {
  const list = items(items(der)?.[0]?.content);
  const length = list?.find((item) => item.tag === tags.integer)?.content;
  if (list === undefined || (length !== undefined && (length.length !== 1 || (length[0] ?? 0) > 0x7f)))
    return undefined;
  return length?.[0] ?? Number.POSITIVE_INFINITY;
}

function readExtension(parts: readonly Item[] | undefined): Extension | undefined {
  const [first, ...rest] = parts ?? [];
  const oid = oidOf(first);
  const critical = rest[0]?.tag === tags.boolean;
  const [value, ...more] = critical ? rest.slice(1) : rest;
  if (oid === undefined || value?.tag !== tags.octets || more.length > 0) return undefined;
  return { oid, critical, value: value.content };
}

/** The items that fill `bytes` exactly; definite lengths in their shortest form only, as DER demands. */
function items(bytes: Uint8Array | undefined): readonly Item[] | undefined {
  if (bytes === undefined) return undefined;
  const found: Item[] = [];
  let at = 0;
  while (at < bytes.length) {
    const tag = bytes[at] ?? 0;
    let length = bytes[at + 1];
    if (length === undefined || (tag & 0x1f) === 0x1f) return undefined;
    at += 2;
    if (length >= 0x80) {
      const count = length - 0x80;
      if (count < 1 || count > 3) return undefined;
      length = 0;
      for (let index = 0; index < count; index++) length = length * 256 + (bytes[at + index] ?? 0);
      at += count;
      if (length < (count === 1 ? 0x80 : 256 ** (count - 1))) return undefined;
    }
    if (at + length > bytes.length) return undefined;
    const content = bytes.subarray(at, at + length);
    if (tag === tags.boolean && !isTrue(content)) return undefined;
    found.push({ tag, content });
    at += length;
  }
  return found;
}

function oidOf(item: Item | undefined): string | undefined {
  if (item?.tag !== tags.oid || ((item.content[item.content.length - 1] ?? 0x80) & 0x80) !== 0) return undefined;
  const arcs: number[] = [];
  let value = 0;
  for (const byte of item.content) {
    if (value === 0 && byte === 0x80) return undefined;
    value = value * 128 + (byte & 0x7f);
    if (value > Number.MAX_SAFE_INTEGER) return undefined;
    if ((byte & 0x80) !== 0) continue;
    arcs.push(value);
    value = 0;
  }
  const [first = 0, ...rest] = arcs;
  const root = Math.min(2, Math.floor(first / 40));
  return [root, first - root * 40, ...rest].join('.');
}
