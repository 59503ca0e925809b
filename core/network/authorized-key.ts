/** One line of `authorized_keys`. Source: sshd(8), section "AUTHORIZED_KEYS FILE FORMAT"; RFC 4253 section 6.6. */
import { base64 } from '@scure/base';

export interface AuthorizedKey {
  /** The line as it is written into the file. */
  readonly line: string;
  /** `ssh-ed25519 AAAA...`: what tells one key from another. */
  readonly key: string;
  /** The key signs user certificates. */
  readonly isAuthority: boolean;
}

const types: ReadonlySet<string> = new Set([
  'ssh-ed25519',
  'sk-ssh-ed25519@openssh.com',
  'ecdsa-sha2-nistp256',
  'ecdsa-sha2-nistp384',
  'ecdsa-sha2-nistp521',
  'sk-ecdsa-sha2-nistp256@openssh.com',
  'ssh-rsa',
]);

/** Only options that narrow a key, or make it an authority: no command, no environment. */
const options =
  /^(?:(?:cert-authority|restrict|pty|port-forwarding|principals="[\w.@,-]{1,500}"|from="[\w.:/,*-]{1,500}")(?:,|$))+$/;

/** The comment of a key: printable ASCII on one line. */
const comment = /^[\x20-\x7e]{0,200}$/;

/** Whether the base64 text is a key of this type: the type stands in its first bytes too. */
function isBlob(type: string, text: string): boolean {
  let bytes: Uint8Array;
  try {
    bytes = base64.decode(text);
  } catch {
    return false;
  }
  // The shortest key is the one of Ed25519: its name and 32 bytes, each after a length of four bytes.
  if (bytes.length < 8 + type.length + 32 || bytes.length > 4096) return false;
  const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0);
  return length === type.length && String.fromCodePoint(...bytes.subarray(4, 4 + length)) === type;
}

/** The parts of a line; undefined where it is no key that this product installs. A line of a certificate is none. */
export function authorizedKeyOf(line: string): AuthorizedKey | undefined {
  if (line.length > 8000 || !/^[\x20-\x7e]+$/.test(line) || line !== line.trim()) return undefined;
  const words = line.split(' ');
  const at = words.findIndex((word) => types.has(word));
  const [type = '', blob = ''] = at < 0 ? [] : words.slice(at, at + 2);
  if (at < 0 || at > 1 || !isBlob(type, blob)) return undefined;
  const given = at === 1 ? (words[0] ?? '') : '';
  if (at === 1 && (!options.test(given) || given.endsWith(','))) return undefined;
  if (!comment.test(words.slice(at + 2).join(' '))) return undefined;
  return { line, key: `${type} ${blob}`, isAuthority: given.split(',').includes('cert-authority') };
}
