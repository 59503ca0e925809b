/** Sections 7 and 8: the handover to ALE, and the next steps with the person for each. */
import type { MessageParams } from '../../base/errors.ts';
import type { RunRecord } from '../../run/record.ts';
import type { Text } from '../../base/text.ts';
import { cell, timeCell } from '../format.ts';
import type { Block, Cell, ReportStatus, TableBlock } from '../model.ts';
import { fileName } from './evidence.ts';

/** When each step of the takeover was done; steps that are not done are left out. */
const takeoverItems = ({ takeover }: RunRecord, text: Text) =>
  (['answeredAt', 'confirmedAt', 'keysDeletedAt', 'sealedAt'] as const).flatMap((key) => {
    const time = takeover?.[key];
    return time === undefined ? [] : [{ key, label: text(`summary.takeover.${key}`), value: timeCell(time) }];
  });

export function handoverBlocks(record: RunRecord, text: Text): readonly Block[] {
  const { handover, takeover } = record;
  if (handover === undefined) return [{ kind: 'note', text: text('summary.handover.none'), tone: 'warn' }];
  const label = (key: string): string => text(`summary.handover.${key}`);
  return [
    { kind: 'note', text: text('summary.handover.text'), tone: 'neutral' },
    {
      kind: 'facts',
      id: 'handover',
      items: [
        { key: 'bundleFile', label: label('file'), value: cell(fileName(handover.bundleFile)) },
        { key: 'sha256', label: label('sha256'), value: cell(handover.sha256, { mono: true }) },
        { key: 'confirmationCode', label: label('code'), value: cell(handover.confirmationCode, { mono: true }) },
        { key: 'createdAt', label: label('created'), value: timeCell(handover.createdAt) },
        {
          key: 'recipients',
          label: label('recipients'),
          value: cell(handover.recipients.join('\n'), { value: handover.recipients, mono: true }),
        },
        ...takeoverItems(record, text),
        ...(takeover?.sealedAt === undefined
          ? []
          : [{ key: 'sealedVms', label: text('summary.takeover.sealedVms'), value: cell(String(takeover.sealedVms)) }]),
      ],
    },
    {
      kind: 'table',
      id: 'gateways',
      caption: text('summary.handover.gateways-caption'),
      columns: [
        { key: 'vm', title: text('summary.column.vm'), weight: 28 },
        { key: 'endpoint', title: text('summary.column.wireguard-endpoint'), weight: 26 },
        { key: 'publicKey', title: text('summary.column.public-key'), weight: 46 },
      ],
      rows: handover.gateways.map((gateway) => [
        cell(gateway.vm),
        cell(gateway.endpoint, { mono: true }),
        cell(gateway.publicKey, { mono: true }),
      ]),
      empty: text('summary.handover.gateways-empty'),
    },
  ];
}

interface NextStep {
  readonly id: string;
  readonly who: string;
  readonly applies: (record: RunRecord, status: ReportStatus) => boolean;
  readonly params?: (record: RunRecord) => MessageParams;
}

const unfinished = (status: ReportStatus): boolean =>
  status === 'partial' || status === 'blocked' || status === 'planned' || status === 'running';

/** The remaining tasks in order. Words: `summary.next.<id>`, `summary.who.<who>`. */
export const nextSteps: readonly NextStep[] = [
  { id: 'start', who: 'smart-hands', applies: (_record, status) => status === 'planned' },
  {
    id: 'repeat',
    who: 'smart-hands',
    applies: (_record, status) => status === 'partial' || status === 'blocked' || status === 'running',
  },
  { id: 'reread', who: 'smart-hands', applies: (_record, status) => status === 'unconfirmed' },
  { id: 'differences', who: 'smart-hands', applies: (_record, status) => status === 'complete-with-differences' },
  {
    id: 'create-bundle',
    who: 'smart-hands',
    applies: ({ handover }, status) => handover === undefined && !unfinished(status),
  },
  {
    id: 'send-bundle',
    who: 'smart-hands',
    applies: ({ handover, takeover }) => handover !== undefined && takeover?.answeredAt === undefined,
    params: ({ handover }) => ({ file: fileName(handover?.bundleFile ?? '') }),
  },
  {
    id: 'read-code',
    who: 'smart-hands',
    applies: ({ handover, takeover }) => handover !== undefined && takeover?.answeredAt === undefined,
    params: ({ handover }) => ({ code: handover?.confirmationCode ?? '' }),
  },
  { id: 'tunnel', who: 'ale', applies: ({ takeover }) => takeover?.confirmedAt === undefined },
  { id: 'delete-keys', who: 'smart-hands', applies: ({ takeover }) => takeover?.keysDeletedAt === undefined },
  {
    id: 'seal',
    who: 'smart-hands',
    applies: ({ takeover }) => takeover?.confirmedAt !== undefined && takeover.sealedAt === undefined,
  },
  {
    id: 'dns-customer',
    who: 'network',
    applies: ({ site }) => site.domain.administration === 'customer',
    params: ({ plan }) => ({ fqdn: plan.fqdn, count: plan.dns.length }),
  },
  {
    id: 'dns-ale',
    who: 'ale',
    applies: ({ site }) => site.domain.administration === 'ale',
    params: ({ plan }) => ({ fqdn: plan.fqdn, count: plan.dns.length }),
  },
  {
    id: 'dns-information',
    who: 'network',
    applies: ({ site }) => site.domain.administration === 'technical-information',
    params: ({ plan }) => ({ fqdn: plan.fqdn, count: plan.dns.length }),
  },
  {
    id: 'firewall',
    who: 'network',
    applies: ({ plan }) => plan.firewall.length > 0,
    params: ({ plan, site }) => ({ count: plan.firewall.length, port: site.network.wireguard.port }),
  },
  {
    id: 'certificate-customer',
    who: 'certificates',
    applies: ({ site }) => site.certificate.administration === 'technical-information',
    params: ({ plan }) => ({ fqdn: plan.fqdn }),
  },
  {
    id: 'certificate-ale',
    who: 'ale',
    applies: ({ site }) => site.certificate.administration === 'ale',
    params: ({ plan }) => ({ fqdn: plan.fqdn }),
  },
  {
    id: 'backup',
    who: 'customer',
    applies: () => true,
    params: ({ site }) => ({ host: site.backup.host, location: site.backup.location }),
  },
  {
    id: 'on-demand',
    who: 'customer',
    applies: ({ site }) => site.sizing.remoteAccess === 'on-demand',
  },
  { id: 'archive', who: 'customer', applies: () => true },
];

export function nextStepsBlocks(record: RunRecord, status: ReportStatus, text: Text): readonly Block[] {
  const { site } = record.site;
  const rows = nextSteps
    .filter((step) => step.applies(record, status))
    .map((step, position): readonly Cell[] => [
      cell(String(position + 1), { value: position + 1 }),
      cell(text(`summary.who.${step.who}`), { value: step.who }),
      cell(text(`summary.next.${step.id}`, step.params?.(record) ?? {}), { value: step.id }),
    ]);
  const steps: TableBlock = {
    kind: 'table',
    id: 'nextSteps',
    caption: text('summary.next.caption'),
    columns: [
      { key: 'number', title: text('summary.column.number'), weight: 5, align: 'end' },
      { key: 'who', title: text('summary.column.who'), weight: 22 },
      { key: 'step', title: text('summary.column.what'), weight: 73 },
    ],
    rows,
    empty: '',
  };
  const contacts: TableBlock = {
    kind: 'table',
    id: 'contacts',
    caption: text('summary.contacts.caption'),
    columns: [
      { key: 'role', title: text('summary.column.role'), weight: 20 },
      { key: 'name', title: text('summary.column.name'), weight: 28 },
      { key: 'email', title: text('summary.column.email'), weight: 32 },
      { key: 'phone', title: text('summary.column.phone'), weight: 20 },
    ],
    rows: (site.contacts ?? []).map((contact) => [
      cell(contact.role),
      cell(contact.name),
      cell(contact.email ?? ''),
      cell(contact.phone ?? ''),
    ]),
    empty: text('summary.contacts.empty'),
  };
  const smartHands = site.contacts?.find(({ role }) => role === 'smart-hands')?.name ?? '';
  return [
    steps,
    contacts,
    {
      kind: 'signatures',
      id: 'signatures',
      labels: {
        name: text('summary.signatures.name'),
        date: text('summary.signatures.date'),
        signature: text('summary.signatures.signature'),
      },
      items: [
        { role: text('summary.signatures.smart-hands'), name: smartHands },
        { role: text('summary.signatures.customer'), name: '' },
      ],
    },
  ];
}
