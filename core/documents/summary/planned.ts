/** Sections 1 and 2: the drawing of the edge, and the plan. */
import type { RunRecord } from '../../run/record.ts';
import type { Text } from '../../base/text.ts';
import { cell, componentName, countCell, countedLines, gbCell, gbInWords, numberInWords, wordsOr } from '../format.ts';
import type { Block, Cell, FactsBlock, TableBlock } from '../model.ts';

export function overviewBlocks(record: RunRecord, text: Text): readonly Block[] {
  const { plan, site } = record;
  const option = text(`summary.footprint.${plan.footprint.option}`, { scale: plan.footprint.scale });
  const intro = text('summary.overview.text', {
    customer: site.site.customer,
    fqdn: plan.fqdn,
    option,
    vms: plan.totals.vms,
    datacentres: site.datacentres.map(({ name }) => name).join(', '),
  });
  return [
    { kind: 'note', text: intro, tone: 'neutral' },
    { kind: 'drawing', caption: text('summary.overview.drawing') },
  ];
}

export function plannedBlocks(record: RunRecord, text: Text): readonly Block[] {
  return [plannedFacts(record, text), whyNote(record, text), plannedVms(record, text)];
}

function plannedFacts({ plan, site, planDigest }: RunRecord, text: Text): FactsBlock {
  const label = (key: string): string => text(`summary.planned.${key}`);
  const { totals } = plan;
  const option = text(`summary.footprint.${plan.footprint.option}`, { scale: plan.footprint.scale });
  const users = text('summary.planned.users-text', {
    registered: numberInWords(text, site.sizing.registeredUsers),
    concurrent: numberInWords(text, site.sizing.concurrentUsers),
    conference: numberInWords(text, site.sizing.conferenceUsers),
  });
  const network = (name: 'lan' | 'wan'): Cell => {
    const { cidr, vlan, used, usable } = plan[name];
    const words = text('summary.planned.subnet', { cidr, used, usable });
    return cell(vlan === null ? words : `${words}, VLAN ${vlan}`, { value: cidr });
  };
  const disks = text('summary.planned.disks-text', {
    total: gbInWords(text, totals.diskGb),
    premium: gbInWords(text, totals.premiumGb),
  });
  return {
    kind: 'facts',
    id: 'plan',
    items: [
      { key: 'footprint', label: label('footprint'), value: cell(option, { value: plan.footprint.option }) },
      { key: 'users', label: label('users'), value: cell(users, { value: site.sizing.registeredUsers }) },
      { key: 'visibility', label: label('visibility'), value: choice(text, 'visibility', site.sizing.visibility) },
      { key: 'remoteAccess', label: label('remote-access'), value: choice(text, 'access', site.sizing.remoteAccess) },
      { key: 'vms', label: label('vms'), value: countCell(text, totals.vms) },
      { key: 'vcpu', label: label('vcpu'), value: countCell(text, totals.vcpu) },
      { key: 'memoryGb', label: label('memory'), value: gbCell(text, totals.memoryGb) },
      { key: 'diskGb', label: label('disks'), value: cell(disks, { value: totals.diskGb }) },
      { key: 'lan', label: label('lan'), value: network('lan') },
      { key: 'wan', label: label('wan'), value: network('wan') },
      { key: 'planDigest', label: label('digest'), value: cell(planDigest, { mono: true }) },
    ],
  };
}

const choice = (text: Text, group: string, value: string): Cell => cell(text(`summary.${group}.${value}`), { value });

function whyNote({ plan }: RunRecord, text: Text): Block {
  const reasons = plan.why.map((reason) => wordsOr(text, `plan.why.${reason}`, reason, plan.whyParams));
  const words = reasons.length === 0 ? text('summary.planned.why-none') : reasons.join(' ');
  return { kind: 'note', text: `${text('summary.planned.why')} ${words}`, tone: 'neutral' };
}

function plannedVms({ plan, site }: RunRecord, text: Text): TableBlock {
  const column = (key: string): string => text(`summary.column.${key}`);
  const several = site.datacentres.length > 1;
  const rows = plan.vms.map((vm): readonly Cell[] => {
    const addresses = (network: 'lan' | 'wan'): Cell => {
      const list = vm.nics.filter((nic) => nic.network === network).flatMap((nic) => nic.addresses);
      return cell(list.join('\n'), { value: list, mono: true });
    };
    const disks = vm.disks.map((disk) => `${gbInWords(text, disk.sizeGb)} ${text(`summary.disk.${disk.class}`)}`);
    return [
      cell(vm.name),
      cell(componentName(text, vm.component), { value: vm.component }),
      ...(several ? [cell(vm.datacentre)] : []),
      countCell(text, vm.vcpu),
      cell(gbInWords(text, vm.memoryGb), { value: vm.memoryGb }),
      cell(countedLines(disks), { value: vm.disks.map((disk) => `${disk.sizeGb} ${disk.class}`) }),
      addresses('lan'),
      addresses('wan'),
    ];
  });
  return {
    kind: 'table',
    id: 'vms',
    caption: text('summary.planned.vms-caption'),
    columns: [
      { key: 'name', title: column('vm'), weight: 26 },
      { key: 'component', title: column('component'), weight: 21 },
      ...(several ? [{ key: 'datacentre', title: column('datacentre'), weight: 9 }] : []),
      { key: 'vcpu', title: column('vcpu'), weight: 7, align: 'end' as const },
      { key: 'memoryGb', title: column('memory'), weight: 9, align: 'end' as const },
      { key: 'disks', title: column('disks'), weight: 18 },
      { key: 'lan', title: column('lan'), weight: 15 },
      { key: 'wan', title: column('wan'), weight: 16 },
    ],
    rows,
    empty: text('summary.planned.vms-empty'),
  };
}
