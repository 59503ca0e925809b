/** The worksheet's questions in words: the question, its reason, and how it is answered on paper. */
import type { FormAnswer, FormItem } from '../model.ts';
import { findingInWords, type Text } from '../../base/text.ts';
import { platformNames } from '../../site/schema.ts';
import type { WorksheetItem } from './worksheet.ts';

/** Fields with a few possible answers, by the path of their words. The values are those of the site file's schema. */
export const choicesOfFields: Readonly<Record<string, readonly string[]>> = {
  'sizing.visibility': ['internet', 'lan'],
  'sizing.remoteAccess': ['permanent', 'on-demand'],
  'sizing.mobileApps': ['location-api', 'mdm'],
  'footprint.options': ['mailer', 'datalake', 'message-bus', 'repository-noc'],
  'network.wan.nat': ['false', 'true'],
  'domain.administration': ['customer', 'technical-information', 'ale'],
  'certificate.administration': ['technical-information', 'ale'],
  'mail.mode': ['corporate', 'external', 'mailer'],
  'mail.tls': ['starttls', 'tls', 'none'],
  'backup.type': ['sftp', 'nfs', 's3'],
  'datacentres.platform': platformNames,
};

/** Answers too long for one line of handwriting. */
const isLongField = (field: string): boolean => field.endsWith('.fingerprint');

/** Tasks whose result is written down here, since the site file has no field that asks for it. */
const answeredTasks: ReadonlySet<string> = new Set(['smart-hands', 'certificate-approval']);

const choiceInWords = (text: Text, field: string, value: string): string => {
  if (value === 'true') return text('worksheet.choices.yes');
  if (value === 'false') return text('worksheet.choices.no');
  const keys = [`wizard.fields.${field}.choices.${value}`, `components.${value}`];
  const key = keys.find((one) => text.has(one));
  return key === undefined ? value : text(key);
};

/** A filled-in value as people read it: choices by their words, anything else as it is. */
export function valueInWords(text: Text, { field, value }: Pick<WorksheetItem, 'field' | 'value'>): string {
  const choices = choicesOfFields[field];
  if (choices === undefined) return value;
  return value
    .split(', ')
    .map((one) => (choices.includes(one) ? choiceInWords(text, field, one) : one))
    .join(', ');
}

/** The question's name; in a list, which of them. `datacentres` are the names as far as they are known. */
export function itemTitle(text: Text, item: WorksheetItem, datacentres: readonly string[]): string {
  if (item.kind === 'task') return text(`worksheet.tasks.${item.id}.title`, item.params);
  const title = text(`site.fields.${item.field}.title`);
  const [, centre, endpoint] = /^datacentres\.(\d+)\.(?:[\w-]+\.\w+\.(\d+)\.)?/.exec(item.id) ?? [];
  if (centre === undefined) return title;
  const known = datacentres[Number(centre)] ?? '';
  const datacentre = known === '' ? String(Number(centre) + 1) : known;
  return endpoint === undefined
    ? text('worksheet.label.datacentre', { title, datacentre })
    : text('worksheet.label.endpoint', { title, datacentre, number: Number(endpoint) + 1 });
}

/** Why it is asked; of a task, what is to be done. */
export function itemReason(text: Text, { kind, id, field, params }: WorksheetItem): string {
  const key = kind === 'task' ? `worksheet.tasks.${id}.detail` : `worksheet.fields.${field}.why`;
  return text.has(key) ? text(key, params) : '';
}

function answerTo(text: Text, { kind, id, field }: WorksheetItem): FormAnswer {
  if (answeredTasks.has(id)) return { kind: 'line', lines: 2 };
  if (kind === 'task') {
    return { kind: 'done', on: text('worksheet.form.done-on'), by: text('worksheet.form.done-by') };
  }
  const choices = choicesOfFields[field];
  if (choices !== undefined) {
    return { kind: 'choices', options: choices.map((value) => choiceInWords(text, field, value)) };
  }
  return { kind: 'line', lines: isLongField(field) ? 2 : 1 };
}

/** One blank to fill in. The fault of a present value stands above it. */
export function formItem(text: Text, item: WorksheetItem, datacentres: readonly string[]): FormItem {
  const faults = item.findings.map((finding) => findingInWords(text, finding).message);
  const example = `worksheet.fields.${item.field}.example`;
  const current = text('worksheet.form.now', { value: valueInWords(text, item) });
  return {
    key: item.id,
    label: itemTitle(text, item, datacentres),
    why: itemReason(text, item),
    example:
      item.kind === 'field' && text.has(example) ? text('worksheet.form.example', { example: text(example) }) : '',
    ...(item.state === 'wrong' ? { given: { text: [current, ...faults].join('\n'), tone: 'bad' } as const } : {}),
    answer: answerTo(text, item),
  };
}
