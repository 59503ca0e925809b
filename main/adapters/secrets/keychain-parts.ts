/**
 * Windows takes 2,560 bytes per item (CRED_MAX_CREDENTIAL_BLOB_SIZE), an RSA 4096 key in PEM has about 3,300. A longer
 * value is cut into parts, on every system alike so that one code path is tested. The item itself then holds only a
 * head that names the parts; parts are written before the head and removed after it, so a crash leaves the old value or
 * the new one.
 */
import { createHash } from 'node:crypto';

/** Bytes of UTF-8 per item: below Windows' limit with room to spare. */
export const itemBytes = 2400;

const headPattern = /^edge-parts\/v1 ([0-9a-f]{8}) ([1-9][0-9]{0,3}) ([0-9a-f]{64})$/;

export interface PartsHead {
  readonly generation: string;
  readonly count: number;
  readonly sha256: string;
}

export interface SplitValue {
  readonly head: string;
  /** Account name and content of each part. */
  readonly parts: readonly (readonly [account: string, content: string])[];
}

const sha256 = (value: string): string => createHash('sha256').update(value, 'utf8').digest('hex');

/** The account names of a value's parts; `#` never stands in a secret's name. */
export const partAccounts = (name: string, { generation, count }: PartsHead): string[] =>
  Array.from({ length: count }, (_, index) => `${name}#${generation}.${index + 1}`);

/** What `item` says about parts; undefined when it is a plain value. */
export function readHead(item: string): PartsHead | undefined {
  const [, generation, count, digest] = headPattern.exec(item) ?? [];
  if (generation === undefined || count === undefined || digest === undefined) return undefined;
  return { generation, count: Number(count), sha256: digest };
}

/** Cuts `value`; undefined when it fits one item as it is. `generation`: 8 random hex digits. */
export function splitValue(name: string, value: string, generation: string): SplitValue | undefined {
  const bytes = Buffer.from(value, 'utf8');
  if (bytes.length <= itemBytes && readHead(value) === undefined) return undefined;
  const encoded = bytes.toString('base64');
  const contents = encoded.match(new RegExp(`.{1,${itemBytes}}`, 'g')) ?? [];
  const head: PartsHead = { generation, count: contents.length, sha256: sha256(value) };
  const accounts = partAccounts(name, head);
  return {
    head: `edge-parts/v1 ${generation} ${head.count} ${head.sha256}`,
    parts: contents.map((content, index) => [accounts[index] ?? '', content] as const),
  };
}

/** Joins the parts again; undefined when one is missing or altered. */
export function joinParts(head: PartsHead, parts: readonly (string | null)[]): string | undefined {
  if (parts.length !== head.count || parts.includes(null)) return undefined;
  const value = Buffer.from(parts.join(''), 'base64').toString('utf8');
  return sha256(value) === head.sha256 ? value : undefined;
}
