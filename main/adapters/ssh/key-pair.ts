/** The bootstrap key pair: Ed25519 in OpenSSH's format. Source: PROTOCOL.key of OpenSSH and RFC 8709. */
import { generateKeyPairSync, randomBytes } from 'node:crypto';

const algorithm = 'ssh-ed25519';
const magic = 'openssh-key-v1\0';
const header = '-----BEGIN OPENSSH PRIVATE KEY-----';
const footer = '-----END OPENSSH PRIVATE KEY-----';

export interface SshKeyPair {
  /** The text of a private key file. */
  readonly privateKey: string;
  /** One line for `authorized_keys`. */
  readonly publicKey: string;
}

const uint32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
};

/** An SSH string: length, then bytes. */
const sshString = (content: string | Uint8Array): Buffer => {
  const bytes = Buffer.from(content);
  return Buffer.concat([uint32(bytes.length), bytes]);
};

const publicBlob = (point: Uint8Array): Buffer => Buffer.concat([sshString(algorithm), sshString(point)]);

const publicLine = (blob: Uint8Array, comment: string): string =>
  `${algorithm} ${Buffer.from(blob).toString('base64')}${comment === '' ? '' : ` ${comment}`}`;

/** Private and public part in the private key's own section, padded to the block size of "no cipher". */
function privateSection(seed: Uint8Array, point: Uint8Array, comment: string): Buffer {
  const check = randomBytes(4);
  const content = Buffer.concat([
    check,
    check,
    publicBlob(point),
    sshString(Buffer.concat([seed, point])),
    sshString(comment),
  ]);
  const padding = Buffer.from(Array.from({ length: (8 - (content.length % 8)) % 8 }, (_, index) => index + 1));
  return Buffer.concat([content, padding]);
}

/** A new key pair. `comment` is one line and stands in both files. */
export function generateSshKeyPair(comment: string): SshKeyPair {
  const { privateKey } = generateKeyPairSync('ed25519');
  const { d = '', x = '' } = privateKey.export({ format: 'jwk' });
  const [seed, point] = [Buffer.from(d, 'base64url'), Buffer.from(x, 'base64url')];
  const bytes = Buffer.concat([
    Buffer.from(magic),
    sshString('none'),
    sshString('none'),
    sshString(''),
    uint32(1),
    sshString(publicBlob(point)),
    sshString(privateSection(seed, point, comment)),
  ]);
  const lines = bytes.toString('base64').match(/.{1,70}/g) ?? [];
  return {
    privateKey: `${[header, ...lines, footer].join('\n')}\n`,
    publicKey: publicLine(publicBlob(point), comment),
  };
}

/** The SSH string of `bytes` at `at`, and its end; undefined if there is none. */
function readString(bytes: Buffer, at: number): { readonly value: Buffer; readonly end: number } | undefined {
  if (at + 4 > bytes.length) return undefined;
  const end = at + 4 + bytes.readUInt32BE(at);
  return end > bytes.length ? undefined : { value: bytes.subarray(at + 4, end), end };
}

/** `count` strings in a row; undefined if there are fewer. */
function readStrings(bytes: Buffer, start: number, count: number) {
  const values: Buffer[] = [];
  let at = start;
  for (let index = 0; index < count; index += 1) {
    const read = readString(bytes, at);
    if (read === undefined) return undefined;
    values.push(read.value);
    at = read.end;
  }
  return { values, end: at };
}

/**
 * The public line of a private key that {@link generateSshKeyPair} made; undefined for any other text and for a key
 * whose halves do not match.
 */
export function publicKeyOf(privateKey: string): string | undefined {
  const body = privateKey.trim().replaceAll('\r', '');
  if (!body.startsWith(`${header}\n`) || !body.endsWith(`\n${footer}`)) return undefined;
  const bytes = Buffer.from(body.slice(header.length, -footer.length), 'base64');
  if (bytes.toString('latin1', 0, magic.length) !== magic) return undefined;
  const front = readStrings(bytes, magic.length, 3);
  const [cipher] = front?.values ?? [];
  if (front === undefined || cipher?.toString() !== 'none' || bytes.length < front.end + 4) return undefined;
  const [blob, section] = readStrings(bytes, front.end + 4, 2)?.values ?? [];
  if (blob === undefined || section === undefined) return undefined;
  const [kind, point, secret, comment] = readStrings(section, 8, 4)?.values ?? [];
  if (kind?.toString() !== algorithm || point?.length !== 32 || secret?.length !== 64) return undefined;
  if (!secret.subarray(32).equals(point) || !publicBlob(point).equals(blob)) return undefined;
  return publicLine(blob, comment?.toString('utf8') ?? '');
}
