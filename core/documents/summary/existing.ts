/** Section 3: the inventory, read back after the deployment, compared with the plan. */
import { capacityBars } from '../drawing/capacity.ts';
import { failureInWords, type Text } from '../../base/text.ts';
import type { RunRecord } from '../../run/record.ts';
import type { Comparison, VmComparison, VmStatus } from '../../deploy/comparison.ts';
import {
  bytesInGb,
  bytesInWords,
  cell,
  countCell,
  countedLines,
  gbInWords,
  numberInWords,
  inventoriesOf,
  timeInWords,
  wordsOr,
} from '../format.ts';
import type { BarInWords, Block, Cell, TableBlock, Tone } from '../model.ts';

const toneOf: Readonly<Record<VmStatus, Tone>> = {
  'as-planned': 'good',
  differs: 'warn',
  missing: 'bad',
  'half-made': 'bad',
  unknown: 'neutral',
  foreign: 'bad',
};

export function existingBlocks(record: RunRecord, comparison: Comparison, text: Text): readonly Block[] {
  const notes: Block[] = [];
  if (record.endpoints.length === 0) {
    notes.push({ kind: 'note', text: text('summary.existing.none-asked'), tone: 'warn' });
  } else {
    const when = text('summary.existing.read-at', { time: timeInWords(record.now) });
    notes.push({ kind: 'note', text: when, tone: 'neutral' });
  }
  for (const reading of record.endpoints) {
    if (reading.inventory !== undefined) continue;
    const reason = reading.failure ? failureInWords(text, reading.failure) : undefined;
    const why = reason ? `${reason.title}. ${reason.detail}` : '';
    notes.push({ kind: 'note', text: text('summary.existing.unread', { url: reading.url, why }), tone: 'bad' });
  }
  return [
    ...notes,
    existingVms(comparison, inventoriesOf(record).length > 0, text),
    ...unplanned(comparison, text),
    ...capacity(record, text),
    vips(record, text),
    dns(record, text),
    firewall(record, text),
  ];
}

function deviationsInWords(vm: VmComparison, text: Text): string {
  return vm.deviations
    .map(({ what, planned, found }) => text(`summary.difference.${what}`, { planned, found }))
    .join('\n');
}

function existingVms(comparison: Comparison, anyRead: boolean, text: Text): TableBlock {
  const column = (key: string): string => text(`summary.column.${key}`);
  const shown = anyRead ? comparison.vms : [];
  const rows = shown.map((one): readonly Cell[] => {
    const { planned, found, status } = one;
    const words = [text(`summary.vm-status.${status}`), deviationsInWords(one, text)].filter((part) => part !== '');
    const result = cell(words.join('\n'), { value: status, tone: toneOf[status] });
    if (found === undefined)
      return [cell(planned.name), ...Array.from({ length: 6 }, () => cell('–', { value: null })), result];
    const { vm, inventory } = found;
    const disks = vm.disks.map((disk) => `${gbInWords(text, bytesInGb(disk.capacityBytes))} · ${disk.storage}`);
    const power = vm.poweredOn ? 'on' : 'off';
    return [
      cell(planned.name),
      cell(vm.host === '' ? inventory.url : vm.host),
      countCell(text, vm.vcpu),
      cell(gbInWords(text, vm.memoryMb / 1024), { value: vm.memoryMb / 1024 }),
      cell(countedLines(disks), {
        value: vm.disks.map((disk) => `${bytesInGb(disk.capacityBytes)} ${disk.storage}`),
      }),
      cell(vm.nics.map(({ network }) => network).join('\n'), { value: vm.nics.map(({ network }) => network) }),
      cell(text(`summary.power.${power}`), { value: power, tone: vm.poweredOn ? 'neutral' : 'warn' }),
      result,
    ];
  });
  return {
    kind: 'table',
    id: 'existing',
    caption: text('summary.existing.vms-caption'),
    columns: [
      { key: 'name', title: column('vm'), weight: 25 },
      { key: 'host', title: column('host'), weight: 18 },
      { key: 'vcpu', title: column('vcpu'), weight: 6.5, align: 'end' },
      { key: 'memoryGb', title: column('memory'), weight: 8, align: 'end' },
      { key: 'disks', title: column('disks-storage'), weight: 23 },
      { key: 'networks', title: column('networks'), weight: 12 },
      { key: 'power', title: column('power'), weight: 7 },
      { key: 'result', title: column('result'), weight: 15 },
    ],
    rows,
    empty: text('summary.existing.vms-empty'),
  };
}

function unplanned(comparison: Comparison, text: Text): readonly Block[] {
  if (comparison.unplanned.length === 0) return [];
  return [
    {
      kind: 'table',
      id: 'unplanned',
      caption: text('summary.existing.unplanned-caption'),
      columns: [
        { key: 'name', title: text('summary.column.vm'), weight: 40 },
        { key: 'host', title: text('summary.column.host'), weight: 30 },
        { key: 'endpoint', title: text('summary.column.endpoint'), weight: 30 },
      ],
      rows: comparison.unplanned.map(({ vm, inventory }) => [cell(vm.name), cell(vm.host), cell(inventory.url)]),
      empty: '',
    },
  ];
}

function capacity(record: RunRecord, text: Text): readonly Block[] {
  const bars = capacityBars(record.plan, record.site.datacentres, inventoriesOf(record));
  if (bars.length === 0) return [];
  const items = bars.map((bar): BarInWords => {
    const amount = (value: number): string =>
      bar.unit === 'bytes' ? bytesInWords(text, value) : numberInWords(text, value);
    const whole = Math.max(bar.capacity, bar.used + bar.planned, 1);
    const values = {
      used: amount(bar.used),
      planned: amount(bar.planned),
      free: amount(Math.max(0, bar.free)),
      over: amount(Math.max(0, -bar.free)),
      capacity: amount(bar.capacity),
    };
    // Sharing vCPUs is usual on a hypervisor. Memory and disk beyond the capacity are a fault.
    const over = bar.free < 0;
    const sentence = text(`summary.capacity.${over ? 'over' : 'fits'}`, values);
    return {
      name: `${bar.name} – ${text(`summary.capacity.${bar.resource}`)}`,
      label: bar.estimated ? `${sentence} ${text('summary.capacity.estimated')}` : sentence,
      usedShare: bar.used / whole,
      plannedShare: bar.planned / whole,
      tone: over ? (bar.unit === 'vcpu' ? 'info' : 'bad') : 'neutral',
      value: {
        endpoint: bar.url,
        name: bar.name,
        resource: bar.resource,
        unit: bar.unit,
        capacity: bar.capacity,
        used: bar.used,
        planned: bar.planned,
        free: bar.free,
      },
    };
  });
  const legend = {
    used: text('summary.capacity.legend-used'),
    planned: text('summary.capacity.legend-planned'),
    free: text('summary.capacity.legend-free'),
  };
  return [{ kind: 'bars', id: 'capacity', caption: text('summary.capacity.caption'), legend, items }];
}

function vips({ plan }: RunRecord, text: Text): TableBlock {
  return {
    kind: 'table',
    id: 'vips',
    caption: text('summary.existing.vips-caption'),
    columns: [
      { key: 'name', title: text('summary.column.name'), weight: 30 },
      { key: 'network', title: text('summary.column.network'), weight: 12 },
      { key: 'address', title: text('summary.column.address'), weight: 22 },
      { key: 'members', title: text('summary.column.members'), weight: 50 },
    ],
    rows: plan.vips.map((vip) => [
      cell(vip.name),
      cell(vip.network.toUpperCase(), { value: vip.network }),
      cell(vip.address, { mono: true }),
      cell(vip.members.join(', '), { value: vip.members }),
    ]),
    empty: text('summary.existing.vips-empty'),
  };
}

function dns({ plan }: RunRecord, text: Text): TableBlock {
  return {
    kind: 'table',
    id: 'dns',
    caption: text('summary.existing.dns-caption'),
    columns: [
      { key: 'name', title: text('summary.column.name'), weight: 34 },
      { key: 'type', title: text('summary.column.type'), weight: 9 },
      { key: 'value', title: text('summary.column.value'), weight: 34 },
      { key: 'purpose', title: text('summary.column.purpose'), weight: 34 },
    ],
    rows: plan.dns.map((record) => [
      cell(record.name),
      cell(record.type),
      cell(record.value, { mono: true }),
      cell(wordsOr(text, `plan.dns.purpose.${record.purpose}`, record.purpose), { value: record.purpose }),
    ]),
    empty: text('summary.existing.dns-empty'),
  };
}

/** An end of a firewall row: the VM behind an address, and the name of a place instead of its key. */
function place(where: string, name: string | undefined, text: Text): Cell {
  const words = wordsOr(text, `plan.firewall.place.${where}`, where);
  return cell(name === undefined ? words : `${name}\n${words}`, { value: where });
}

function firewall({ plan }: RunRecord, text: Text): TableBlock {
  return {
    kind: 'table',
    id: 'firewall',
    caption: text('summary.existing.firewall-caption'),
    columns: [
      { key: 'source', title: text('summary.column.source'), weight: 26 },
      { key: 'destination', title: text('summary.column.destination'), weight: 26 },
      { key: 'protocol', title: text('summary.column.protocol'), weight: 10 },
      { key: 'port', title: text('summary.column.port'), weight: 13 },
      { key: 'action', title: text('summary.column.action'), weight: 10 },
      { key: 'reason', title: text('summary.column.reason'), weight: 34 },
    ],
    rows: plan.firewall.map((row) => [
      place(row.source, row.sourceName, text),
      place(row.destination, row.destinationName, text),
      cell(row.protocol),
      cell(row.port),
      cell(text(`summary.action.${row.action}`), { value: row.action, tone: row.action === 'deny' ? 'bad' : 'good' }),
      cell(wordsOr(text, `plan.firewall.reason.${row.reason}`, row.reason), { value: row.reason }),
    ]),
    empty: text('summary.existing.firewall-empty'),
  };
}
