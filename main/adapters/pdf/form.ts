/** Blank fields as pdfmake content: the question and its reason at the left, space to write at the right. */
import type { Column, Content, TableCell } from 'pdfmake/interfaces.js';
import type { FormAnswer, FormBlock, FormItem } from '../../../core/documents/model.ts';
import { colours, shown, toneColours } from './text.ts';

/** In points: space for handwriting, and a box to tick. */
const lineHeight = 23;
const tickSize = 8.5;
const between = 18;

const tick = (): Column => ({
  canvas: [{ type: 'rect', x: 0.5, y: 1, w: tickSize, h: tickSize, lineWidth: 0.8, lineColor: colours.ink, r: 1 }],
  width: tickSize + 7,
});

const ticked = (words: Content, margin = 0): Content => ({
  columns: [tick(), { stack: [words], width: '*' }],
  margin: [0, margin, 0, margin],
});

function answerContent(answer: FormAnswer, width: number): Content {
  switch (answer.kind) {
    case 'line':
      return {
        canvas: [
          {
            type: 'rect',
            x: 0,
            y: 0,
            w: width,
            h: lineHeight * answer.lines,
            lineWidth: 0.7,
            lineColor: colours.strongLine,
            r: 2,
          },
        ],
      };
    case 'choices':
      return {
        stack: answer.options.map((one) => ticked({ text: shown(one), fontSize: 9 }, 1.5)),
      };
    case 'done': {
      const line = (w: number): Column => ({
        canvas: [{ type: 'line', x1: 0, y1: 20, x2: w, y2: 20, lineWidth: 0.7, lineColor: colours.strongLine }],
        width: w,
      });
      const word = (text: string): Column => ({
        text: shown(text),
        fontSize: 8,
        color: colours.muted,
        width: 'auto',
        margin: [0, 11, 0, 0],
      });
      return { columns: [word(answer.on), line(width * 0.28), word(answer.by), line(width * 0.34)], columnGap: 6 };
    }
  }
}

function row({ label, why, example, given, answer }: FormItem, right: number): TableCell[] {
  const title: Content = { text: shown(label), bold: true, fontSize: 9.5 };
  const words = [why, example].filter((one) => one !== '').join(' ');
  const reason: Content[] = words === '' ? [] : [{ text: shown(words), fontSize: 8, color: colours.muted }];
  const left: Content = answer.kind === 'done' ? ticked({ stack: [title, ...reason] }) : { stack: [title, ...reason] };
  const now: Content[] =
    given === undefined
      ? []
      : [
          {
            text: shown(given.text),
            fontSize: 8,
            color: toneColours[given.tone ?? 'neutral'].ink,
            margin: [0, 0, 0, 4],
          },
        ];
  return [left, { stack: [...now, answerContent(answer, right)] }];
}

export function formContent({ caption, items }: FormBlock, width: number): Content {
  if (items.length === 0) return { text: '' };
  const left = (width - between) * 0.46;
  const right = width - between - left;
  return {
    table: {
      headerRows: 1,
      keepWithHeaderRows: 1,
      dontBreakRows: true,
      widths: [left, right],
      body: [
        [{ text: shown(caption), bold: true, fontSize: 10.5, colSpan: 2, color: colours.ink }, { text: '' }],
        ...items.map((item) => row(item, right)),
      ],
    },
    layout: {
      hLineWidth: (line, node) => (line === 0 ? 0 : line === 1 || line === node.table.body.length ? 0.9 : 0.4),
      hLineColor: (line) => (line === 1 ? colours.strongLine : colours.line),
      vLineWidth: () => 0,
      paddingLeft: (column) => (column === 0 ? 0 : between),
      paddingRight: () => 0,
      paddingTop: (line) => (line === 0 ? 0 : 5),
      paddingBottom: (line) => (line === 0 ? 3 : 5),
    },
    margin: [0, 8, 0, 10],
  };
}
