/** Blocks of the report as pdfmake content, for a given width in points. */
import type { Column, Content, CustomTableLayout, TableCell } from 'pdfmake/interfaces.js';
import type {
  BarsBlock,
  Block,
  FactsBlock,
  NoteBlock,
  RecipeBlock,
  SignaturesBlock,
  TableBlock,
} from '../../../core/documents/model.ts';
import { formContent } from './form.ts';
import { cellContent, colours, monoLines, monoSize, shown, toneColours } from './text.ts';

const sidePadding = 4;
const bodySize = 8;

/** Header lines and thin row lines, every second row on a tint; the caption is part of the repeated header. */
const gridLayout: CustomTableLayout = {
  hLineWidth: (row, node) => (row < 2 ? 0 : row === 2 ? 0.9 : row === node.table.body.length ? 0.9 : 0.4),
  hLineColor: (row) => (row === 2 ? colours.strongLine : colours.line),
  vLineWidth: () => 0,
  paddingLeft: () => sidePadding,
  paddingRight: () => sidePadding,
  paddingTop: (row) => (row === 0 ? 0 : 3),
  paddingBottom: (row) => (row === 0 ? 2 : 3),
  fillColor: (row) => (row >= 2 && row % 2 === 1 ? colours.soft : null),
};

function columnWidths({ columns }: TableBlock, width: number): readonly number[] {
  const total = columns.reduce((sum, { weight }) => sum + weight, 0);
  const free = width - columns.length * 2 * sidePadding;
  return columns.map(({ weight }) => (free * weight) / total);
}

function tableContent(block: TableBlock, width: number): Content {
  const { columns, rows, caption, empty } = block;
  if (rows.length === 0) {
    return {
      text: [
        { text: `${shown(caption)}.  `, bold: true },
        { text: shown(empty), color: colours.muted },
      ],
      fontSize: 9,
      margin: [0, 6, 0, 6],
    };
  }
  const widths = columnWidths(block, width);
  const captionRow: TableCell[] = [
    { text: shown(caption), bold: true, fontSize: 9.5, colSpan: columns.length, margin: [-sidePadding, 0, 0, 1] },
    ...columns.slice(1).map((): TableCell => ({ text: '' })),
  ];
  const head = columns.map(({ title, align }): TableCell => ({
    text: shown(title),
    bold: true,
    fontSize: 7.5,
    color: colours.muted,
    alignment: align === 'end' ? 'right' : 'left',
  }));
  const body = rows.map((row) =>
    row.map((cell, position): TableCell => {
      const content = cellContent(cell, widths[position] ?? 40, bodySize) as object;
      return { ...content, alignment: columns[position]?.align === 'end' ? 'right' : 'left' } as TableCell;
    }),
  );
  return {
    table: {
      headerRows: 2,
      keepWithHeaderRows: 1,
      dontBreakRows: true,
      widths: [...widths],
      body: [captionRow, head, ...body],
    },
    layout: gridLayout,
    margin: [0, 8, 0, 10],
  };
}

/** Labels at the left, values at the right, without lines. */
export function factsContent({ items, caption }: FactsBlock, width: number): Content {
  const rows = factRows(items, width);
  if (caption === undefined) return rows;
  const title: Content = { text: shown(caption), bold: true, fontSize: 10.5, margin: [0, 8, 0, 0], headlineLevel: 2 };
  return { stack: [title, rows] };
}

function factRows(items: FactsBlock['items'], width: number): Content {
  const label = Math.min(140, width * 0.3);
  const value = width - label - 12;
  return {
    table: {
      widths: [label, value],
      body: items.map((item): TableCell[] => [
        { text: shown(item.label), color: colours.muted, fontSize: 9 },
        cellContent(item.value, value, 9) as TableCell,
      ]),
    },
    layout: {
      hLineWidth: () => 0,
      vLineWidth: () => 0,
      paddingLeft: (column) => (column === 0 ? 0 : 12),
      paddingRight: () => 0,
      paddingTop: () => 1.6,
      paddingBottom: () => 1.6,
    },
    margin: [0, 4, 0, 8],
  };
}

/** A coloured panel with a bar at its left, for the outcome on page one and important notes. */
export function panel(tone: NoteBlock['tone'], stack: Content[], thick: number): Content {
  const { ink, soft } = toneColours[tone];
  return {
    table: { widths: ['*'], dontBreakRows: true, body: [[{ stack }]] },
    layout: {
      hLineWidth: () => 0,
      vLineWidth: (column) => (column === 0 ? thick : 0),
      vLineColor: () => ink,
      fillColor: () => soft,
      paddingLeft: () => 12,
      paddingRight: () => 12,
      paddingTop: () => 2 * thick,
      paddingBottom: () => 2 * thick,
    },
    margin: [thick / 2, 4, 0, 8],
  };
}

const noteContent = ({ text, tone }: NoteBlock): Content =>
  tone === 'neutral'
    ? { text: shown(text), margin: [0, 2, 0, 6] }
    : panel(tone, [{ text: shown(text), color: toneColours[tone].ink }], 2.5);

function barsContent({ caption, legend, items }: BarsBlock, width: number): Content {
  const [name, bar] = [width * 0.3, 130];
  const rest = width - name - bar - 24;
  const rect = (x: number, w: number, color: string): object => ({ type: 'rect', x, y: 1.5, w, h: 7, color });
  const key = (color: string, words: string): Column[] => [
    { canvas: [{ type: 'rect', x: 0, y: 1.5, w: 7, h: 7, color, lineColor: colours.line, lineWidth: 0.4 }], width: 10 },
    { text: shown(words), width: 'auto', fontSize: 8, color: colours.muted, margin: [0, 0, 12, 0] },
  ];
  const rows = items.map((item): TableCell[] => {
    const used = Math.max(0, Math.min(1, item.usedShare)) * bar;
    const planned = Math.max(0, Math.min(1 - used / bar, item.plannedShare)) * bar;
    const tone = item.tone === 'neutral' ? {} : { color: toneColours[item.tone].ink };
    return [
      { text: shown(item.name), fontSize: bodySize },
      {
        canvas: [
          { type: 'rect', x: 0, y: 1.5, w: bar, h: 7, color: colours.soft, lineColor: colours.line, lineWidth: 0.5 },
          ...(used > 0 ? [rect(0, used, colours.used)] : []),
          ...(planned > 0 ? [rect(used, planned, colours.planned)] : []),
        ],
      } as TableCell,
      { text: shown(item.label), fontSize: bodySize, ...tone },
    ];
  });
  const legendRow: Content = {
    columns: [
      ...key(colours.used, legend.used),
      ...key(colours.planned, legend.planned),
      ...key('#f5f7f9', legend.free),
    ],
    columnGap: 2,
    margin: [0, 0, 0, 3],
  };
  return {
    table: {
      widths: [name, bar, rest],
      headerRows: 1,
      keepWithHeaderRows: 1,
      dontBreakRows: true,
      body: [
        [
          { stack: [{ text: shown(caption), bold: true, fontSize: 9.5, margin: [0, 0, 0, 3] }, legendRow], colSpan: 3 },
          { text: '' },
          { text: '' },
        ],
        ...rows,
      ],
    },
    layout: {
      hLineWidth: () => 0,
      vLineWidth: () => 0,
      paddingLeft: (column) => (column === 0 ? 0 : 6),
      paddingRight: (column) => (column === 2 ? 0 : 6),
      paddingTop: () => 1.5,
      paddingBottom: () => 1.5,
    },
    margin: [0, 8, 0, 10],
  };
}

const recipeContent = ({ title, lines }: RecipeBlock, width: number): Content => ({
  stack: [
    { text: shown(title), margin: [0, 6, 0, 4] },
    {
      table: {
        widths: ['*'],
        body: lines.map((line): TableCell[] => [
          { text: monoLines(shown(line), width - 20), font: 'RobotoMono', fontSize: monoSize, lineHeight: 1.15 },
        ]),
      },
      layout: {
        hLineWidth: () => 0,
        vLineWidth: () => 0,
        fillColor: () => colours.soft,
        paddingLeft: () => 8,
        paddingRight: () => 8,
        paddingTop: (row) => (row === 0 ? 6 : 1),
        paddingBottom: (row, node) => (row === node.table.body.length - 1 ? 6 : 1),
      },
    },
  ],
  margin: [0, 0, 0, 10],
});

function signaturesContent({ labels, items }: SignaturesBlock, width: number): Content {
  const each = (width - 24) / 2;
  const line = (value: string, what: string): Content[] => [
    { text: value === '' ? ' ' : shown(value), margin: [0, 16, 0, 2] },
    { canvas: [{ type: 'line', x1: 0, y1: 0, x2: each, y2: 0, lineWidth: 0.7, lineColor: colours.ink }] },
    { text: shown(what), fontSize: 8, color: colours.muted, margin: [0, 2, 0, 0] },
  ];
  return {
    columns: items.map(({ role, name }) => ({
      width: each,
      stack: [
        { text: shown(role), bold: true },
        ...line(name, labels.name),
        ...line('', labels.date),
        ...line('', labels.signature),
      ],
    })),
    columnGap: 24,
    unbreakable: true,
    margin: [0, 22, 0, 0],
  };
}

/** Content of every kind of block except the drawing, which has its own page. */
export function blockContent(block: Exclude<Block, { kind: 'drawing' }>, width: number): Content {
  switch (block.kind) {
    case 'table':
      return tableContent(block, width);
    case 'facts':
      return factsContent(block, width);
    case 'note':
      return noteContent(block);
    case 'bars':
      return barsContent(block, width);
    case 'recipe':
      return recipeContent(block, width);
    case 'signatures':
      return signaturesContent(block, width);
    case 'form':
      return formContent(block, width);
  }
}
