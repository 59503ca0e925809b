/**
 * The worksheet as a document to print: readiness and blocking findings, then one page per person with blank fields,
 * their reasons, tasks and known answers.
 */
import { type Fields, isFields } from '../../site/draft/path.ts';
import type { SizingInput } from '../../plan/footprint/size.ts';
import type { Plan } from '../../plan/model.ts';
import { cell, timeCell } from '../format.ts';
import type { Block, DocumentModel, FactsBlock, FormBlock, FormItem, Section } from '../model.ts';
import type { Text } from '../../base/text.ts';
import type { Person, Worksheet, WorksheetItem } from './worksheet.ts';
import { formItem, itemTitle, valueInWords } from './form.ts';
import { needsByPerson } from './needs.ts';
import { blocksTable, personBars } from './readiness.ts';

export interface WorksheetInput {
  readonly sheet: Worksheet;
  /** The content of the site file, also if it is invalid. */
  readonly draft: Fields;
  /** Missing where none can be made yet. */
  readonly plan?: Plan;
  /** What decides the number and size of servers; missing while the users are unknown. */
  readonly sized?: SizingInput;
  /** Name of the site file, as the reader knows it. */
  readonly file: string;
  readonly tool: string;
  /** ISO 8601 in UTC. */
  readonly now: string;
}

export interface WorksheetCounts {
  readonly missing: number;
  readonly wrong: number;
  readonly tasks: number;
}

/** Answers that are missing, answers that are wrong, and tasks. */
export function countItems({ items }: Pick<Worksheet, 'items'>): WorksheetCounts {
  const count = (state: WorksheetItem['state']): number => items.filter((item) => item.state === state).length;
  return { missing: count('missing'), wrong: count('wrong'), tasks: count('task') };
}

const fieldsOf = (value: unknown): Fields => (isFields(value) ? value : {});
const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
const wordOf = (value: unknown): string => (typeof value === 'string' ? value.trim() : '');

const datacentreNames = (draft: Fields): readonly string[] =>
  listOf(draft['datacentres']).map((one) => wordOf(fieldsOf(one)['name']));

/** Contacts of the site file whose role names the person; smart hands are the customer's. */
function contactOf(draft: Fields, person: Person): string {
  const contacts = listOf(fieldsOf(draft['site'])['contacts']).map(fieldsOf);
  const wanted = person === 'customer' ? ['customer', 'partner', 'smart-hands', 'management'] : [person];
  return contacts
    .filter((contact) => wanted.some((word) => wordOf(contact['role']).toLowerCase().includes(word)))
    .map((contact) =>
      [contact['name'], contact['phone'], contact['email']]
        .map(wordOf)
        .filter((part) => part !== '')
        .join(', '),
    )
    .join('\n');
}

function personBlocks(
  text: Text,
  { draft }: WorksheetInput,
  person: Person,
  items: readonly WorksheetItem[],
): readonly Block[] {
  const names = datacentreNames(draft);
  const form = (id: string, ...states: readonly WorksheetItem['state'][]): FormBlock => ({
    kind: 'form',
    id: `${person}-${id}`,
    caption: text(`worksheet.form.${id}`),
    items: items.filter(({ state }) => states.includes(state)).map((item) => formItem(text, item, names)),
  });
  const contact = contactOf(draft, person);
  const answered: FormItem = {
    key: `${person}-answered`,
    label: text('worksheet.form.answered'),
    why: text('worksheet.form.answered-why'),
    ...(contact === '' ? {} : { given: cell(contact) }),
    example: '',
    answer: { kind: 'line', lines: 1 },
  };
  const needed = form('needed', 'missing', 'wrong');
  const known = items.filter(({ state }) => state === 'known');
  const facts: FactsBlock = {
    kind: 'facts',
    id: `${person}-known`,
    caption: text('worksheet.form.known'),
    items: known.map((item) => ({
      key: item.id,
      label: itemTitle(text, item, names),
      value: cell(valueInWords(text, item), { value: item.value }),
    })),
  };
  const forms = [needed, form('tasks', 'task'), form('optional', 'open')].filter((one) => one.items.length > 0);
  const [first, ...others] = forms;
  // A few known answers show where the questions stand; a long list would push them off the page.
  const knownFirst = known.length <= 12;
  return [
    ...(known.length > 0 && knownFirst ? [facts] : []),
    ...(first === undefined
      ? [{ kind: 'note', text: text('worksheet.form.nothing'), tone: 'good' } as const]
      : [{ ...first, items: [answered, ...first.items] }, ...others]),
    ...(knownFirst ? [] : [facts]),
  ];
}

function outcomeOf(text: Text, { sheet }: WorksheetInput): DocumentModel['outcome'] {
  const { missing, wrong, tasks } = countItems(sheet);
  const intro = text('worksheet.intro');
  const title = text('worksheet.readiness', { percent: sheet.readiness });
  if (missing === 0 && wrong === 0 && sheet.blocking.length === 0) {
    return { tone: 'good', title, text: `${text('worksheet.outcome.ready')} ${intro}` };
  }
  return missing === 0 && wrong === 0
    ? {
        tone: 'bad',
        title,
        text: `${text('worksheet.outcome.blocked', { blocking: sheet.blocking.length, tasks })} ${intro}`,
      }
    : {
        tone: wrong > 0 ? 'warn' : 'info',
        title,
        text: `${text('worksheet.outcome.open', { missing, wrong, tasks })} ${intro}`,
      };
}

function titleBlock(text: Text, { draft, sheet, file, now, tool }: WorksheetInput): FactsBlock {
  const site = fieldsOf(draft['site']);
  const facts: readonly (readonly [key: string, value: string])[] = [
    ['customer', sheet.customer],
    ['site', sheet.site],
    ['partner', wordOf(site['partner'])],
    ['fqdn', wordOf(fieldsOf(draft['domain'])['fqdn'])],
    ['file', file],
  ];
  return {
    kind: 'facts',
    id: 'site',
    items: [
      ...facts
        .filter(([, value]) => value !== '')
        .map(([key, value]) => ({ key, label: text(`worksheet.head.${key}`), value: cell(value) })),
      { key: 'created', label: text('worksheet.head.created'), value: timeCell(now) },
      { key: 'tool', label: text('worksheet.head.tool'), value: cell(tool) },
    ],
  };
}

/** The document in the language of `text`. */
export function worksheetReport(input: WorksheetInput, text: Text): DocumentModel {
  const { sheet, draft, plan, sized, tool, now } = input;
  const numbers = new Map(sheet.groups.map(({ person }, position) => [person, position + 2]));
  const needs = needsByPerson(text, sized, plan);
  const overview: Section = {
    id: 'readiness',
    number: 1,
    title: text('worksheet.section.readiness'),
    blocks: [personBars(text, sheet), blocksTable(text, sheet, datacentreNames(draft), numbers)],
  };
  const sheets = sheet.groups.map(({ person, items }): Section => ({
    id: person,
    number: numbers.get(person) ?? 0,
    title: text(`worksheet.person.${person}`),
    ownPage: true,
    blocks: [...(needs.get(person) ?? []), ...personBlocks(text, input, person, items)],
  }));
  return {
    language: text.language,
    title: text('worksheet.title'),
    site: sheet.site,
    customer: sheet.customer === '' ? text('worksheet.unnamed') : sheet.customer,
    fqdn: wordOf(fieldsOf(draft['domain'])['fqdn']) || text('worksheet.no-fqdn'),
    tool,
    created: now,
    outcome: outcomeOf(text, input),
    titleBlock: titleBlock(text, input),
    contentsTitle: text('worksheet.contents'),
    sections: [overview, ...sheets],
    words: {
      pageOf: text('worksheet.page', { page: '{page}', pages: '{pages}' }),
      generatedBy: text('worksheet.generated-by', { tool }),
    },
  };
}
