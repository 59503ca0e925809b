/** Readiness of the plan: answers by person, and all blocking findings with their remedies. */
import type { Finding } from '../../base/findings.ts';
import { cell } from '../format.ts';
import type { BarsBlock, Cell, TableBlock } from '../model.ts';
import { findingInWords, type Text } from '../../base/text.ts';
import { type Person, persons, type Worksheet } from './worksheet.ts';
import { itemTitle } from './form.ts';

/** Who answers for a part of the site file, where no question stands at the path itself. */
const personOfSection: Readonly<Record<string, Person>> = {
  datacentres: 'vmware',
  network: 'network',
  domain: 'certificates',
  certificate: 'certificates',
  mail: 'mail',
  backup: 'backup',
  media: 'ale',
  handover: 'ale',
};

const personOf = ({ items }: Worksheet, path: string): Person =>
  items.find(({ id }) => id === path)?.person ?? personOfSection[path.split('.')[0] ?? ''] ?? 'customer';

/** Findings about empty fields. The blanks show them already. */
function saysEmpty({ items }: Worksheet, { rule, path }: Finding): boolean {
  const missing = items.filter(({ state }) => state === 'missing');
  return (
    missing.some(({ id }) => id === path) ||
    (rule === 'site.schema.missing' && missing.some(({ id }) => id.startsWith(`${path}.`)))
  );
}

/**
 * One row per finding that blocks, and one per person for all that is missing.
 * @param datacentres names of the data centres, empty where unknown
 * @param numbers of the sections in which each person answers
 */
export function blocksTable(
  text: Text,
  sheet: Worksheet,
  datacentres: readonly string[],
  numbers: ReadonlyMap<Person, number>,
): TableBlock {
  const label = (key: string): string => text(`worksheet.blocks.${key}`);
  const wrong = sheet.blocking
    .filter((finding) => !saysEmpty(sheet, finding))
    .map((finding) => {
      const { message, remedy, path, line } = findingInWords(text, finding);
      const where = line === null ? path : `${path}\n${text('worksheet.blocks.line', { line })}`;
      return { person: personOf(sheet, finding.path), cells: [cell(where), cell(message), cell(remedy)] };
    });
  const missing = sheet.groups.flatMap(({ person, items }) => {
    const blank = items.filter(({ state }) => state === 'missing');
    if (blank.length === 0) return [];
    const fields = blank.map((item) => itemTitle(text, item, datacentres)).join(', ');
    const remedy = text('worksheet.blocks.missing-remedy', { number: numbers.get(person) ?? 0 });
    return [{ person, cells: [cell('–'), cell(text('worksheet.blocks.missing', { fields })), cell(remedy)] }];
  });
  const rows = [...wrong, ...missing].toSorted((a, b) => persons.indexOf(a.person) - persons.indexOf(b.person));
  return {
    kind: 'table',
    id: 'blocking',
    caption: label('caption'),
    columns: [
      { key: 'who', title: label('who'), weight: 2 },
      { key: 'where', title: label('where'), weight: 2 },
      { key: 'what', title: label('what'), weight: 4 },
      { key: 'remedy', title: label('remedy'), weight: 3 },
    ],
    rows: rows.map(({ person, cells }): readonly Cell[] => [
      cell(text(`worksheet.person.${person}`), { value: person }),
      ...cells,
    ]),
    empty: label('empty'),
  };
}

/** Known, wrong and missing answers of each person who is asked for some. */
export function personBars(text: Text, { groups }: Worksheet): BarsBlock {
  const label = (key: string): string => text(`worksheet.bars.${key}`);
  return {
    kind: 'bars',
    id: 'readiness',
    caption: label('caption'),
    legend: { used: label('used'), planned: label('planned'), free: label('free') },
    items: groups.flatMap(({ person, items }) => {
      const needed = items.filter(({ state }) => state !== 'open' && state !== 'task');
      if (needed.length === 0) return [];
      const known = needed.filter(({ state }) => state === 'known').length;
      const wrong = needed.filter(({ state }) => state === 'wrong').length;
      return [
        {
          name: text(`worksheet.person.${person}`),
          label: text('worksheet.bars.label', { known, needed: needed.length }),
          usedShare: known / needed.length,
          plannedShare: wrong / needed.length,
          tone: known === needed.length ? ('good' as const) : ('neutral' as const),
          value: { person, known, wrong, needed: needed.length },
        },
      ];
    }),
  };
}
