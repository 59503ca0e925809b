/** Section 4: evidence of verification, and commands to check it with standard tools. */
import type { MediaFacts } from '../../media/facts.ts';
import { evidenceFolder, recheckCommands } from '../../media/proof.ts';
import type { RunRecord } from '../../run/record.ts';
import type { Text } from '../../base/text.ts';
import { bytesInWords, cell, clockCell, numberInWords, timeCell } from '../format.ts';
import type { Block, Cell, FactsBlock, TableBlock } from '../model.ts';

export function evidenceBlocks(record: RunRecord, text: Text): readonly Block[] {
  const media: readonly Block[] = record.media
    ? mediaBlocks(record.media, text)
    : [{ kind: 'note', text: text('summary.evidence.no-media'), tone: 'warn' }];
  return [
    ...media,
    endpoints(record, text),
    siteFile(record, text),
    ...(record.media ? [recipe(record.media, record.site.site.name, text)] : []),
  ];
}

function mediaBlocks(media: MediaFacts, text: Text): readonly Block[] {
  const label = (key: string): string => text(`summary.evidence.${key}`);
  const facts: FactsBlock = {
    kind: 'facts',
    id: 'media',
    items: [
      { key: 'release', label: label('release'), value: cell(media.release) },
      { key: 'signer', label: label('signer'), value: cell(media.signer) },
      { key: 'keyId', label: label('key-id'), value: cell(media.keyId, { mono: true }) },
      { key: 'catalogueSha256', label: label('catalogue'), value: cell(media.catalogueSha256, { mono: true }) },
      { key: 'created', label: label('created'), value: timeCell(media.created) },
      { key: 'expires', label: label('expires'), value: timeCell(media.expires) },
      { key: 'verifiedAt', label: label('verified-at'), value: timeCell(media.verifiedAt) },
      { key: 'toolVersion', label: label('tool'), value: cell(media.toolVersion) },
    ],
  };
  const images: TableBlock = {
    kind: 'table',
    id: 'images',
    caption: text('summary.evidence.images-caption'),
    columns: [
      { key: 'file', title: text('summary.column.file'), weight: 25 },
      { key: 'sizeBytes', title: text('summary.column.size'), weight: 17, align: 'end' },
      { key: 'verifiedAt', title: text('summary.column.verified'), weight: 17 },
      { key: 'sha256', title: 'SHA-256', weight: 36 },
    ],
    rows: media.images.map((image): readonly Cell[] => {
      const size = `${numberInWords(text, image.sizeBytes)} B\n(${bytesInWords(text, image.sizeBytes)})`;
      return [
        cell(image.file),
        cell(size, { value: image.sizeBytes }),
        image.verifiedAt === undefined
          ? cell(text('summary.evidence.not-verified'), { value: null, tone: 'warn' })
          : clockCell(image.verifiedAt),
        cell(image.sha256, { mono: true }),
      ];
    }),
    empty: text('summary.evidence.images-empty'),
  };
  const clock: readonly Block[] = media.clockSuspect
    ? [{ kind: 'note', text: text('summary.evidence.clock-suspect'), tone: 'warn' }]
    : [];
  const note: Block = { kind: 'note', text: text('summary.evidence.media-text'), tone: 'neutral' };
  return [note, facts, ...clock, images, ...signers(media, text)];
}

/** Signers of image manifests, from their `.cert` files. Empty if no image has one. */
function signers(media: MediaFacts, text: Text): readonly Block[] {
  const rows = media.images.flatMap(({ file, certificate }): (readonly Cell[])[] => {
    if (certificate === undefined) return [];
    const { subject, fingerprint, trusted } = certificate;
    const who = trusted ? subject : `${subject}\n${text('summary.evidence.issuer-unknown')}`;
    return [[cell(file), cell(who, { value: subject }), cell(fingerprint, { mono: true })]];
  });
  if (rows.length === 0) return [];
  const columns = [
    { key: 'file', title: text('summary.column.file'), weight: 25 },
    { key: 'subject', title: text('summary.evidence.signer'), weight: 34 },
    { key: 'fingerprint', title: text('summary.column.fingerprint'), weight: 36 },
  ];
  const caption = text('summary.evidence.signers-caption');
  return [{ kind: 'table', id: 'imageSigners', caption, columns, rows, empty: '' }];
}

function endpoints({ endpoints: all }: RunRecord, text: Text): TableBlock {
  const rows = all.map(({ url, inventory, shownFingerprint }): readonly Cell[] => {
    const shown = inventory?.fingerprint ?? shownFingerprint;
    const certificate = inventory?.certificate;
    const validity = certificate
      ? `${clockCell(certificate.notBefore).text}\n${clockCell(certificate.notAfter).text}`
      : text('summary.evidence.not-read');
    const product = inventory && `${inventory.product} ${inventory.version}`;
    return [
      cell(url),
      cell(product ?? text('summary.evidence.not-read'), { value: product ?? null }),
      cell(validity, { value: certificate ? [certificate.notBefore, certificate.notAfter] : null }),
      cell(shown ?? '–', { value: shown ?? null, mono: true }),
    ];
  });
  return {
    kind: 'table',
    id: 'endpoints',
    caption: text('summary.evidence.endpoints-caption'),
    columns: [
      { key: 'url', title: text('summary.column.endpoint'), weight: 24 },
      { key: 'product', title: text('summary.column.product'), weight: 17 },
      { key: 'validity', title: text('summary.column.validity'), weight: 20 },
      { key: 'fingerprint', title: text('summary.column.fingerprint'), weight: 36 },
    ],
    rows,
    empty: text('summary.evidence.endpoints-empty'),
  };
}

/** The file name without its folder. A path on another laptop is of no use. */
export const fileName = (path: string): string => path.split(/[\\/]/).at(-1) ?? path;

function siteFile({ siteFile: file }: RunRecord, text: Text): FactsBlock {
  return {
    kind: 'facts',
    id: 'siteFile',
    items: [
      { key: 'file', label: text('summary.evidence.site-file'), value: cell(fileName(file.path)) },
      {
        key: 'sha256',
        label: text('summary.evidence.site-file-sha256'),
        value: cell(file.sha256, { mono: true }),
      },
    ],
  };
}

const recipe = (media: MediaFacts, site: string, text: Text): Block => ({
  kind: 'recipe',
  id: 'recheck',
  title: text('summary.evidence.recipe', { keyId: media.keyId, folder: evidenceFolder(site) }),
  lines: recheckCommands(media),
});
