/** Evidence that lets a person verify a medium later, with `minisign` and `sha256sum` alone. */
import { quotedForShell } from '../base/shell-word.ts';
import { catalogueFileName, signatureFileName } from './catalogue.ts';

/** The exact bytes of the signed catalogue, and the key that signed it. */
export interface SignedText {
  /** `catalogue.json`. */
  readonly catalogue: string;
  /** `catalogue.json.minisig`. */
  readonly signature: string;
  /** The base64 line of the minisign public key. */
  readonly publicKey: string;
}

interface Proven {
  readonly signed: SignedText;
  /** Lower-case hex. */
  readonly catalogueSha256: string;
  readonly images: readonly { readonly file: string; readonly sha256: string; readonly verifiedAt?: string }[];
}

const shellWord = (word: string): string => (/^[\w.,:/+=-]+$/.test(word) ? word : quotedForShell(word));

/**
 * A line per file for `sha256sum -c`, with a star, since a copy from a PDF may lose one of two spaces. Images that were
 * not read to the end are left out.
 */
const sumLines = ({ catalogueSha256, images }: Proven): readonly string[] => [
  `${catalogueSha256} *${catalogueFileName}`,
  ...images.flatMap(({ file, sha256, verifiedAt }) => (verifiedAt === undefined ? [] : [`${sha256} *${file}`])),
];

/** Shell commands that verify the medium again, for its folder. */
export const recheckCommands = (media: Proven): readonly string[] => [
  `minisign -V -P ${shellWord(media.signed.publicKey)} -m ${catalogueFileName}`,
  ...sumLines(media).map((line) => `echo ${shellWord(line)} | sha256sum -c`),
];

/** The evidence as files: the signed catalogue can be verified without the medium, `SHA256SUMS` with it. */
export const proofFiles = (media: Proven): ReadonlyArray<{ readonly name: string; readonly text: string }> => [
  { name: catalogueFileName, text: media.signed.catalogue },
  { name: signatureFileName, text: media.signed.signature },
  { name: 'signing-key.pub', text: `untrusted comment: minisign public key\n${media.signed.publicKey}\n` },
  {
    name: 'SHA256SUMS',
    text: sumLines(media)
      .map((line) => `${line}\n`)
      .join(''),
  },
];

/** Name of the folder of {@link proofFiles} beside the summary of `site`. */
export const evidenceFolder = (site: string): string => `evidence-${site}`;
