/** What proves a medium again, long after the visit, with `minisign` and `sha256sum` alone. */
import { catalogueFileName, signatureFileName } from './catalogue.ts';

/** The signed catalogue as it was read, to the byte, and the key that vouches for it. */
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
  /** Lower-case hex, as everywhere here. */
  readonly catalogueSha256: string;
  readonly images: readonly { readonly file: string; readonly sha256: string; readonly verifiedAt?: string }[];
}

const shellWord = (word: string): string =>
  /^[\w.,:/+=-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;

/**
 * A line per file in the form that `sha256sum -c` reads, with a star and not with two spaces, which do not survive being
 * copied out of a PDF. Images that were not read to the end are
 * left out.
 */
const sumLines = ({ catalogueSha256, images }: Proven): readonly string[] => [
  `${catalogueSha256} *${catalogueFileName}`,
  ...images.flatMap(({ file, sha256, verifiedAt }) => (verifiedAt === undefined ? [] : [`${sha256} *${file}`])),
];

/** Shell commands that check the medium again, to be run in its folder. */
export const recheckCommands = (media: Proven): readonly string[] => [
  `minisign -V -P ${shellWord(media.signed.publicKey)} -m ${catalogueFileName}`,
  ...sumLines(media).map((line) => `echo ${shellWord(line)} | sha256sum -c`),
];

/** The evidence as files: the signed catalogue needs no medium to be checked again, and `SHA256SUMS` fits the medium. */
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

/** Where the summary of `site` keeps {@link proofFiles}, beside it. */
export const evidenceFolder = (site: string): string => `evidence-${site}`;
