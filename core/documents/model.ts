/** The model of a report: plain data with final texts. The renderers read only this. */

/** The colour of a statement. Its words always say the same. */
export type Tone = 'good' | 'warn' | 'bad' | 'info' | 'neutral';

export type Value = string | number | boolean | null;

/** One piece of text. `value` is its machine-readable form where that differs (numbers, lists, ISO times). */
export interface Cell {
  /** May hold line feeds: each line is a line of the cell. */
  readonly text: string;
  readonly value?: Value | readonly Value[];
  readonly tone?: Tone;
  /** Hashes, addresses, keys: shown in a fixed-width font and broken anywhere. */
  readonly mono?: boolean;
}

export interface Column {
  /** Stable name, the same in every language: key of the JSON document. */
  readonly key: string;
  readonly title: string;
  /** Share of the table's width. */
  readonly weight: number;
  readonly align?: 'end';
}

export interface TableBlock {
  readonly kind: 'table';
  readonly id: string;
  readonly caption: string;
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly Cell[])[];
  /** The text of an empty table. */
  readonly empty: string;
}

export interface FactsBlock {
  readonly kind: 'facts';
  readonly id: string;
  readonly caption?: string;
  readonly items: readonly { readonly key: string; readonly label: string; readonly value: Cell }[];
}

export interface NoteBlock {
  readonly kind: 'note';
  readonly text: string;
  readonly tone: Tone;
}

/** Used, still to come and free, as shares of 1; the label says the amounts. */
export interface BarInWords {
  readonly name: string;
  readonly label: string;
  readonly usedShare: number;
  readonly plannedShare: number;
  readonly tone: Tone;
  readonly value: Readonly<Record<string, Value>>;
}

export interface BarsBlock {
  readonly kind: 'bars';
  readonly id: string;
  readonly caption: string;
  readonly legend: { readonly used: string; readonly planned: string; readonly free: string };
  readonly items: readonly BarInWords[];
}

/** Commands that a reader can run to check a claim. */
export interface RecipeBlock {
  readonly kind: 'recipe';
  readonly id: string;
  readonly title: string;
  readonly lines: readonly string[];
}

/** The place of the drawing of the edge: renderers get its SVG beside the model. */
export interface DrawingBlock {
  readonly kind: 'drawing';
  readonly caption: string;
}

export interface SignaturesBlock {
  readonly kind: 'signatures';
  readonly id: string;
  readonly labels: { readonly name: string; readonly date: string; readonly signature: string };
  readonly items: readonly { readonly role: string; readonly name: string }[];
}

/** How a question is answered by hand: on a line, by ticking a choice, or by ticking a task off. */
export type FormAnswer =
  | { readonly kind: 'line'; readonly lines: number }
  | { readonly kind: 'choices'; readonly options: readonly string[] }
  | { readonly kind: 'done'; readonly on: string; readonly by: string };

export interface FormItem {
  readonly key: string;
  readonly label: string;
  /** Why it is asked, or how it is done. May be empty. */
  readonly why: string;
  /** May be empty. */
  readonly example: string;
  /** The present value and its fault. */
  readonly given?: Cell;
  readonly answer: FormAnswer;
}

/** Blank fields to fill in on paper. */
export interface FormBlock {
  readonly kind: 'form';
  readonly id: string;
  readonly caption: string;
  readonly items: readonly FormItem[];
}

export type Block =
  | TableBlock
  | FactsBlock
  | NoteBlock
  | BarsBlock
  | RecipeBlock
  | DrawingBlock
  | SignaturesBlock
  | FormBlock;

export interface Section {
  readonly id: string;
  readonly number: number;
  readonly title: string;
  readonly blocks: readonly Block[];
  /** Starts a new page in print, so that the part can be given to one person. */
  readonly ownPage?: boolean;
}

/**
 * The outcome. `planned`: nothing was started. `unconfirmed`: it succeeded but could not be read back. `waiting`:
 * everything is as planned, and the run waits for a person.
 */
export const reportStatuses = [
  'complete',
  'waiting',
  'complete-with-differences',
  'unconfirmed',
  'running',
  'partial',
  'blocked',
  'planned',
] as const;
export type ReportStatus = (typeof reportStatuses)[number];

/** Any document that the HTML and PDF renderers draw. */
export interface DocumentModel {
  readonly language: string;
  readonly title: string;
  /** Site name, as in file names and in the page header. */
  readonly site: string;
  readonly customer: string;
  readonly fqdn: string;
  readonly tool: string;
  /** ISO 8601 in UTC. */
  readonly created: string;
  readonly outcome: { readonly tone: Tone; readonly title: string; readonly text: string };
  readonly titleBlock: FactsBlock;
  readonly contentsTitle: string;
  readonly sections: readonly Section[];
  readonly words: {
    /** Holds `{page}` and `{pages}` for the renderer to fill. */
    readonly pageOf: string;
    readonly generatedBy: string;
  };
}

/** The deployment summary. */
export interface ReportModel extends DocumentModel {
  readonly outcome: DocumentModel['outcome'] & { readonly status: ReportStatus };
}
