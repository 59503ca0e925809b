/** A report as PDF by pdfmake: real text, embedded fonts, page numbers, bookmarks. Needs no file and no network. */
import pdfmake from 'pdfmake';
import robotoFiles from 'pdfmake/build/vfs_fonts.js';
import type { Content, TDocumentDefinitions } from 'pdfmake/interfaces.js';
import { failure, fail, ok, type Result } from '../../../core/base/errors.ts';
import type { Block, DocumentModel } from '../../../core/documents/model.ts';
import { blockContent, factsContent, panel } from './blocks.ts';
import { colours, shown, toneColours } from './text.ts';
import { robotoMonoBase64 } from './roboto-mono.ts';

/** A4 and its margins, in points. */
const page = { width: 595.28, height: 841.89, side: 42, top: 54, bottom: 52 } as const;
const contentWidth = page.width - 2 * page.side;

interface FontFiles {
  existsSync: (name: string) => boolean;
  writeFileSync: (name: string, data: Uint8Array) => void;
}

/**
 * pdfmake keeps its fonts in a virtual file system that its types do not name. Each font is stored under its PostScript
 * name: text in an SVG asks PDFKit for the font by that name, which then finds the embedded font.
 */
function loadFonts(): void {
  const files = (pdfmake as unknown as { virtualfs: FontFiles }).virtualfs;
  const store = (name: string, base64: string): void => {
    if (!files.existsSync(name)) files.writeFileSync(name, Buffer.from(base64, 'base64'));
  };
  for (const [file, content] of Object.entries(robotoFiles as unknown as Readonly<Record<string, string>>)) {
    store(file.replace(/\.ttf$/, ''), content);
  }
  const mono = 'RobotoMono-Regular';
  store(mono, robotoMonoBase64());
  pdfmake.setFonts({
    Roboto: {
      normal: 'Roboto-Regular',
      bold: 'Roboto-Medium',
      italics: 'Roboto-Italic',
      bolditalics: 'Roboto-MediumItalic',
    },
    RobotoMono: { normal: mono, bold: mono, italics: mono, bolditalics: mono },
  });
  // pdfmake may neither fetch a URL nor read a file of this machine.
  pdfmake.setUrlAccessPolicy(() => false);
  pdfmake.setLocalAccessPolicy(() => false);
}

function titlePage(report: DocumentModel): Content[] {
  const { outcome } = report;
  const tone = toneColours[outcome.tone];
  return [
    { text: shown(report.title), color: colours.muted, fontSize: 11 },
    { text: shown(report.customer), fontSize: 24, bold: true, margin: [0, 2, 0, 0] },
    { text: shown(report.fqdn), fontSize: 14, color: colours.muted, margin: [0, 2, 0, 16] },
    panel(
      outcome.tone,
      [
        { text: shown(outcome.title), fontSize: 15, bold: true, color: tone.ink },
        { text: shown(outcome.text), margin: [0, 3, 0, 0] },
      ],
      5,
    ),
    { ...(factsContent(report.titleBlock, contentWidth) as object), margin: [0, 10, 0, 16] } as Content,
    {
      toc: {
        title: { text: shown(report.contentsTitle), bold: true, fontSize: 12, margin: [0, 8, 0, 4] },
        numberStyle: { color: colours.muted },
      },
    },
  ];
}

interface Sized {
  readonly width: number;
  readonly height: number;
}

function sizeOf(svg: string): Sized {
  const match = /viewBox="0 0 ([\d.]+) ([\d.]+)"/.exec(svg);
  return { width: Number(match?.[1] ?? 1), height: Number(match?.[2] ?? 1) };
}

/** The drawing on its own page, upright or across, in the orientation that shows it larger. */
function drawingPage(caption: string, svg: string): { readonly content: Content; readonly across: boolean } {
  const size = sizeOf(svg);
  const room = (width: number, height: number): number =>
    Math.min((width - 2 * page.side) / size.width, (height - page.top - page.bottom - 30) / size.height, 1.1);
  const [upright, across] = [room(page.width, page.height), room(page.height, page.width)];
  const scale = Math.max(upright, across);
  const isAcross = across > upright;
  return {
    across: isAcross,
    content: {
      stack: [
        { text: shown(caption), bold: true, fontSize: 9.5, margin: [0, 0, 0, 8] },
        { svg, width: size.width * scale, height: size.height * scale, alignment: 'center' },
      ],
      pageBreak: 'before',
      pageOrientation: isAcross ? 'landscape' : 'portrait',
    },
  };
}

function sectionsContent(report: DocumentModel, drawing: string): Content[] {
  let turnBack = false;
  return report.sections.flatMap(({ id, number, title, blocks, ownPage }): Content[] => {
    const heading: Content = {
      text: shown(`${number}  ${title}`),
      fontSize: 15,
      bold: true,
      margin: [0, ownPage === true ? 0 : 20, 0, 6],
      headlineLevel: 1,
      tocItem: true,
      outline: true,
      id,
      ...(ownPage === true ? { pageBreak: 'before' as const } : {}),
      ...(turnBack ? { pageBreak: 'before' as const, pageOrientation: 'portrait' as const } : {}),
    };
    turnBack = false;
    const content = blocks.flatMap((block: Block): Content[] => {
      if (block.kind !== 'drawing') return [blockContent(block, contentWidth)];
      if (drawing === '') return [];
      turnBack = true;
      return [drawingPage(block.caption, drawing).content];
    });
    return [heading, ...content];
  });
}

function definition(report: DocumentModel, drawing: string): TDocumentDefinitions {
  const { title, site, customer, words } = report;
  const small = { fontSize: 8, color: colours.muted };
  const heading = shown(`${title} – ${site}`);
  return {
    pageSize: 'A4',
    pageMargins: [page.side, page.top, page.side, page.bottom],
    version: '1.7',
    language: report.language,
    displayTitle: true,
    info: {
      title: `${title} – ${site}`,
      author: report.tool,
      creator: report.tool,
      producer: 'pdfmake',
      subject: `${customer}, ${report.fqdn}`,
      // The same record gives the same file.
      creationDate: new Date(report.created),
      modDate: new Date(report.created),
    },
    defaultStyle: { font: 'Roboto', fontSize: 9.5, lineHeight: 1.2, color: colours.ink },
    header: (current) =>
      current === 1
        ? null
        : {
            columns: [
              { text: heading, ...small, noWrap: false, width: '*' },
              {
                text: shown(report.outcome.title),
                ...small,
                color: toneColours[report.outcome.tone].ink,
                width: 'auto',
                alignment: 'right',
              },
            ],
            margin: [page.side, 26, page.side, 0],
          },
    footer: (current, pages) => ({
      columns: [
        { text: shown(words.generatedBy), ...small, width: '*' },
        {
          text: words.pageOf.replace('{page}', String(current)).replace('{pages}', String(pages)),
          ...small,
          width: 'auto',
          alignment: 'right',
        },
      ],
      margin: [page.side, 18, page.side, 0],
    }),
    content: [...titlePage(report), ...sectionsContent(report, drawing)],
    // A heading at the foot of a page would be separated from its text.
    pageBreakBefore: (node) => node.headlineLevel === 1 && (node.startPosition?.verticalRatio ?? 0) > 0.84,
  };
}

/**
 * The PDF as bytes.
 * @param drawing SVG of the edge in the print theme; empty: no drawing
 * Failure: `summary.pdf` (operation) when pdfmake cannot lay it out; the other formats do not depend on it.
 */
export async function renderPdf(report: DocumentModel, drawing: string): Promise<Result<Uint8Array>> {
  try {
    loadFonts();
    return ok(new Uint8Array(await pdfmake.createPdf(definition(report, drawing)).getBuffer()));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return fail(failure('operation', 'summary.pdf', { reason }));
  }
}
