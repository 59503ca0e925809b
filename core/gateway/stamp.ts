/**
 * The stamp of a file: two comment lines with the plan's digest and the digest of everything else in the file. A file
 * whose content does not match its stamp was changed on the gateway and is never overwritten.
 */
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import type { GatewayFile } from './file.ts';

const planMark = '# edge-plan ';
const contentMark = '# edge-content ';

/** SHA-256 of a text, hex. */
export const digestOf = (text: string): string => bytesToHex(sha256(utf8ToBytes(text)));

/** `content` with its stamp on top, below a shebang line. */
export function stamped(content: string, planDigest: string): string {
  const lines = [`${planMark}${planDigest}`, `${contentMark}${digestOf(content)}`, ''].join('\n');
  const first = content.startsWith('#!') ? content.indexOf('\n') + 1 : 0;
  return `${content.slice(0, first)}${lines}${content.slice(first)}`;
}

/** The digests of a file on the gateway, without its content. */
export interface FileDigest {
  readonly path: string;
  /** The plan's digest in the stamp; empty if missing. */
  readonly plan: string;
  /** The content's digest in the stamp; empty if missing. */
  readonly stamp: string;
  /** The digest of the file without its stamp. */
  readonly actual: string;
}

/** The digests of a file's text. */
export function readStamp(path: string, content: string): FileDigest {
  const lines = content.split(/(?<=\n)/);
  const after = (mark: string): string => (lines.find((line) => line.startsWith(mark)) ?? '').slice(mark.length).trim();
  const rest = lines.filter((line) => !line.startsWith(planMark) && !line.startsWith(contentMark));
  return { path, plan: after(planMark), stamp: after(contentMark), actual: digestOf(rest.join('')) };
}

/**
 * `missing`: the file is not there. `same`: nothing to do. `stamp`: only the plan's digest differs, so the file is
 * written and no service is touched. `outdated`: it has the stamp of another plan. `changed`: its content does not
 * match its stamp. `foreign`: it has no stamp.
 */
export type FileState = 'missing' | 'same' | 'stamp' | 'outdated' | 'changed' | 'foreign';

/** Compares a file on the gateway with the planned one. */
export function fileState(planned: GatewayFile, found: FileDigest | undefined): FileState {
  if (found === undefined) return 'missing';
  const wanted = readStamp(planned.path, planned.content);
  if (found.actual === wanted.stamp)
    return found.plan === wanted.plan && found.stamp === wanted.stamp ? 'same' : 'stamp';
  if (found.stamp === '') return 'foreign';
  return found.actual === found.stamp ? 'outdated' : 'changed';
}

/** Prints path, both digests of the stamp and the actual digest of each file that exists, separated by tabs. */
const digestScript = [
  'for file in "$@"; do',
  '  [ -f "$file" ] || continue',
  `  plan=$(sed -n 's/^${planMark}//p' "$file" | head -n 1)`,
  `  stamp=$(sed -n 's/^${contentMark}//p' "$file" | head -n 1)`,
  `  actual=$(sed -e '/^${planMark}/d' -e '/^${contentMark}/d' "$file" | sha256sum | cut -d ' ' -f 1)`,
  String.raw`  printf '%s\t%s\t%s\t%s\n' "$file" "$plan" "$stamp" "$actual"`,
  'done',
].join('\n');

/** The command that prints the digests of `paths` on the gateway. No content leaves the gateway. */
export const digestCommand = (paths: readonly string[]): readonly string[] => [
  'sh',
  '-c',
  digestScript,
  'sh',
  ...paths,
];

/** Parses the output of {@link digestCommand}. */
export const parseDigests = (output: string): FileDigest[] =>
  output
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [path = '', plan = '', stamp = '', actual = ''] = line.split('\t');
      return { path, plan, stamp, actual };
    });
