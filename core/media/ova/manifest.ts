import { isPlainName } from '../names.ts';
import { refuse } from '../refusal.ts';

/** The manifest of an OVA. Source: DSP0243 2.1.1, 5.1: lines of `ALGORITHM(file)= digest`. */

/** Largest manifest that is read, in bytes. */
export const manifestMaxBytes = 256 * 1024;

export type DigestAlgorithm = 'sha256' | 'sha512';

export interface Manifest {
  readonly algorithm: DigestAlgorithm;
  /** File name to lower-case hex digest. */
  readonly digests: ReadonlyMap<string, string>;
}

const linePattern = /^([A-Za-z0-9-]+) ?\((.+)\) ?= ?([0-9A-Fa-f]+)$/;
const algorithms: Readonly<Record<string, { readonly algorithm: DigestAlgorithm; readonly digits: number }>> = {
  SHA256: { algorithm: 'sha256', digits: 64 },
  SHA512: { algorithm: 'sha512', digits: 128 },
};

/**
 * Reads a manifest. Refuses malformed lines (`media.manifest-line`), other digests than SHA-256 and SHA-512
 * (`media.manifest-algorithm`), two algorithms (`media.manifest-mixed`), a file named twice
 * (`media.manifest-duplicate`).
 */
export function parseManifest(bytes: Uint8Array, member: string): Manifest {
  const digests = new Map<string, string>();
  let algorithm: DigestAlgorithm | undefined;
  let start = 0;
  for (const line of linesOf(bytes)) {
    const position = { member, byte: start };
    start += line.length + 1;
    const content = line.endsWith('\r') ? line.slice(0, -1) : line;
    if (content === '') {
      if (start <= bytes.length) refuse('manifest-line', position, { line: '' });
      continue;
    }
    const [, name = '', file = '', digest = ''] = linePattern.exec(content) ?? [];
    if (name === '' || !isPlainName(file)) refuse('manifest-line', position, { line: content });
    const known = algorithms[name.toUpperCase().replace('-', '')];
    if (known === undefined) return refuse('manifest-algorithm', position, { algorithm: name });
    if (known.digits !== digest.length) refuse('manifest-line', position, { line: content });
    if (algorithm !== undefined && algorithm !== known.algorithm) refuse('manifest-mixed', position);
    if (digests.has(file)) refuse('manifest-duplicate', position, { name: file });
    algorithm = known.algorithm;
    digests.set(file, digest.toLowerCase());
  }
  return algorithm === undefined ? refuse('manifest-line', { member, byte: 0 }, { line: '' }) : { algorithm, digests };
}

/**
 * Checks that the manifest names exactly `files`. Refuses a missing file (`media.manifest-missing`) or an unknown one
 * (`media.manifest-unknown`).
 */
export function checkManifestNames(manifest: Manifest, files: readonly string[], member: string): void {
  for (const file of files) {
    if (!manifest.digests.has(file)) refuse('manifest-missing', { member, byte: 0 }, { name: file });
  }
  for (const name of manifest.digests.keys()) {
    if (!files.includes(name)) refuse('manifest-unknown', { member, byte: 0 }, { name });
  }
}

function linesOf(bytes: Uint8Array): readonly string[] {
  let text = '';
  for (const byte of bytes) text += String.fromCharCode(byte);
  return text.split('\n');
}
