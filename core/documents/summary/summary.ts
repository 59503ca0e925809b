/**
 * The deployment summary as a report model. It is made of the run record only, which holds no secret. A section names
 * the data that is missing, so that a partial summary can always be written.
 */
import type { RunRecord } from '../../run/record.ts';
import type { Text } from '../../base/text.ts';
import { compareInventory } from '../../deploy/comparison.ts';
import { inventoriesOf } from '../format.ts';
import { cell, timeCell } from '../format.ts';
import { outcomeOf } from './outcome.ts';
import type { Block, FactsBlock, ReportModel } from '../model.ts';
import { evidenceBlocks } from './evidence.ts';
import { existingBlocks } from './existing.ts';
import { handoverBlocks, nextStepsBlocks } from './handover.ts';
import { findingsBlocks, operationsBlocks } from './history.ts';
import { overviewBlocks, plannedBlocks } from './planned.ts';

export type { ReportModel } from '../model.ts';

/** The report of `record` in the language of `text`. */
export function buildReport(record: RunRecord, text: Text): ReportModel {
  const comparison = compareInventory(record.plan, record.site.datacentres, inventoriesOf(record));
  const outcome = outcomeOf(record, comparison, text);
  const contents: readonly (readonly [id: string, blocks: readonly Block[]])[] = [
    ['overview', overviewBlocks(record, text)],
    ['planned', plannedBlocks(record, text)],
    ['existing', existingBlocks(record, comparison, text)],
    ['evidence', evidenceBlocks(record, text)],
    ['findings', findingsBlocks(record, text)],
    ['operations', operationsBlocks(record, text)],
    ['handover', handoverBlocks(record, text)],
    ['next', nextStepsBlocks(record, outcome.status, text)],
  ];
  const tool = `${record.tool.name} ${record.tool.version}`;
  return {
    language: text.language,
    title: text('summary.title'),
    site: record.site.site.name,
    customer: record.site.site.customer,
    fqdn: record.plan.fqdn,
    tool,
    created: record.now,
    outcome,
    titleBlock: titleBlock(record, tool, text),
    contentsTitle: text('summary.contents'),
    sections: contents.map(([id, blocks], position) => ({
      id,
      number: position + 1,
      title: text(`summary.section.${id}`),
      blocks,
    })),
    words: {
      pageOf: text('summary.page', { page: '{page}', pages: '{pages}' }),
      generatedBy: text('summary.generated-by', { tool }),
    },
  };
}

function titleBlock({ site, plan, now, run }: RunRecord, tool: string, text: Text): FactsBlock {
  const label = (key: string): string => text(`summary.head.${key}`);
  const partner = site.site.partner;
  return {
    kind: 'facts',
    id: 'site',
    items: [
      { key: 'customer', label: label('customer'), value: cell(site.site.customer) },
      { key: 'site', label: label('site'), value: cell(site.site.name) },
      ...(partner === undefined ? [] : [{ key: 'partner', label: label('partner'), value: cell(partner) }]),
      { key: 'fqdn', label: label('fqdn'), value: cell(plan.fqdn) },
      { key: 'created', label: label('created'), value: timeCell(now) },
      {
        key: 'run',
        label: label('run'),
        value: cell(run?.run ?? text('summary.head.no-run'), { value: run?.run ?? null }),
      },
      { key: 'tool', label: label('tool'), value: cell(tool) },
    ],
  };
}
