/** Requirements for hypervisors and networks, for the people who provide them. They need the number of users. */
import { compareOptions } from '../../plan/footprint/compare.ts';
import type { SizingInput } from '../../plan/footprint/size.ts';
import { capacityToOffer } from '../../plan/footprint/survival.ts';
import type { Plan } from '../../plan/model.ts';
import { cell, countCell, gbCell, numberInWords } from '../format.ts';
import type { Block, FactsBlock } from '../model.ts';
import type { Text } from '../../base/text.ts';
import type { Person } from './worksheet.ts';

/** Blocks by person. Empty while the numbers of users are unknown. */
export function needsByPerson(
  text: Text,
  sized: SizingInput | undefined,
  plan: Plan | undefined,
): ReadonlyMap<Person, readonly Block[]> {
  if (sized === undefined) return new Map();
  const proposed = compareOptions(sized).find((option) => option.proposed);
  if (proposed === undefined) return new Map();
  const { totals } = proposed;
  const label = (key: string): string => text(`worksheet.needs.${key}`);
  const caption = (person: Person): string =>
    text(`worksheet.needs.${person}`, { option: text(`plan.option.${proposed.option}`) });
  const addresses = (count: number, prefix: number | null): string =>
    prefix === null
      ? numberInWords(text, count)
      : text('worksheet.needs.amount', { count: numberInWords(text, count), prefix });
  const servers: FactsBlock = {
    kind: 'facts',
    id: 'needs-servers',
    caption: caption('vmware'),
    items: [
      { key: 'vms', label: label('servers'), value: countCell(text, totals.vms) },
      { key: 'vcpu', label: label('vcpu'), value: countCell(text, totals.vcpu) },
      { key: 'memoryGb', label: label('memory'), value: gbCell(text, totals.memoryGb) },
      { key: 'standardGb', label: label('standard'), value: gbCell(text, totals.standardGb) },
      { key: 'premiumGb', label: label('premium'), value: gbCell(text, totals.premiumGb) },
    ],
  };
  const networks: FactsBlock = {
    kind: 'facts',
    id: 'needs-networks',
    caption: caption('network'),
    items: [
      { key: 'lan', label: label('lan'), value: cell(addresses(totals.lanAddresses, totals.lanPrefix)) },
      { key: 'wan', label: label('wan'), value: cell(addresses(totals.wanAddresses, totals.wanPrefix)) },
    ],
  };
  return new Map<Person, readonly Block[]>([
    ['network', [networks]],
    ['vmware', [servers, ...offers(text, plan)]],
  ]);
}

function offers(text: Text, plan: Plan | undefined): readonly Block[] {
  if (plan === undefined || plan.datacentres.length < 2) return [];
  const label = (key: string): string => text(`worksheet.needs.${key}`);
  return [
    {
      kind: 'table',
      id: 'needs-datacentres',
      caption: label('datacentres'),
      columns: [
        { key: 'datacentre', title: label('datacentre'), weight: 3 },
        { key: 'vms', title: label('servers'), weight: 1, align: 'end' },
        { key: 'vcpu', title: label('vcpu'), weight: 1, align: 'end' },
        { key: 'memoryGb', title: label('memory'), weight: 2, align: 'end' },
        { key: 'diskGb', title: label('disks'), weight: 2, align: 'end' },
      ],
      rows: capacityToOffer(plan).map(({ datacentre, vms, vcpu, memoryGb, diskGb }) => [
        cell(datacentre),
        countCell(text, vms),
        countCell(text, vcpu),
        gbCell(text, memoryGb),
        gbCell(text, diskGb),
      ]),
      empty: '',
    },
  ];
}
