import type { Outcome } from '../../../../../core/run/event.ts';
import { describe, expect, it } from 'vitest';
import { failure } from '../../../../../core/base/errors.ts';
import type { Machine, Owner } from '../../../../../core/platform/inventory.ts';
import { buildReport, type ReportModel } from '../../../../../core/documents/summary/summary.ts';
import type { Block, TableBlock } from '../../../../../core/documents/model.ts';
import { nextSteps } from '../../../../../core/documents/summary/handover.ts';
import type { RunRecord } from '../../../../../core/run/record.ts';
import { components } from '../../../../../core/site/schema.ts';
import { englishText, recordOf } from '../../../../fixtures/run-record.ts';

const text = englishText();
const complete = recordOf();
const [firstVm] = complete.plan.vms;
if (firstVm === undefined) throw new Error('the plan has VMs');

const foundFirst = complete.endpoints
  .flatMap(({ inventory }) => inventory?.machines ?? [])
  .find(({ name }) => name === firstVm.name);
const noOwner: Owner = { site: '', component: '', machine: '' };

const blocks = (report: ReportModel): readonly Block[] => report.sections.flatMap((section) => section.blocks);

function table(report: ReportModel, id: string): TableBlock {
  const found = blocks(report).find((block): block is TableBlock => block.kind === 'table' && block.id === id);
  if (found === undefined) throw new Error(`no table ${id}`);
  return found;
}

const column = (report: ReportModel, id: string, key: string): readonly string[] => {
  const { columns, rows } = table(report, id);
  const position = columns.findIndex((one) => one.key === key);
  return rows.map((row) => row[position]?.text ?? '');
};

/** The record with each VM that was read back changed; undefined removes it. */
const withVms = (record: RunRecord, change: (vm: Machine) => Machine | undefined): RunRecord => ({
  ...record,
  endpoints: record.endpoints.map(({ inventory, ...reading }) => ({
    ...reading,
    ...(inventory
      ? { inventory: { ...inventory, machines: inventory.machines.flatMap((vm) => change(vm) ?? []) } }
      : {}),
  })),
});

const changeFirst = (change: Partial<Machine>): RunRecord =>
  withVms(complete, (vm) => (vm.name === firstVm.name ? { ...vm, ...change } : vm));

const withoutRun = ({ run: _run, ...record }: RunRecord): RunRecord => record;

const ended = (outcome: Outcome): RunRecord =>
  complete.run ? { ...complete, run: { ...complete.run, outcome } } : complete;

describe('the outcome', () => {
  const statusOf = (record: RunRecord): string => buildReport(record, text).outcome.status;

  it('is complete only when everything was read back as planned', () => {
    expect(statusOf(complete)).toBe('complete');
  });

  it('waits only where everything was read back as planned', () => {
    const waiting = ended('waiting');
    const record: RunRecord = waiting.run ? { ...waiting, run: { ...waiting.run, waitingFor: 'ale-answer' } } : waiting;
    const { status, tone, text: words } = buildReport(record, text).outcome;
    expect([status, tone]).toEqual(['waiting', 'info']);
    expect(words).toContain("ALE's answer");
    const missing = withVms(record, (vm) => (vm.name === firstVm.name ? undefined : vm));
    expect(statusOf(missing)).toBe('partial');
  });

  it('is partial after a failed or a cancelled run, even when all VMs are there', () => {
    expect(statusOf(ended('failed'))).toBe('partial');
    expect(statusOf(ended('cancelled'))).toBe('partial');
    expect(buildReport(ended('cancelled'), text).outcome.text).toContain('stopped by its user');
  });

  it('is partial when a run says done but a VM is missing', () => {
    expect(statusOf(withVms(complete, (vm) => (vm.name === firstVm.name ? undefined : vm)))).toBe('partial');
  });

  it('names differences', () => {
    expect(statusOf(changeFirst({ vcpu: 1 }))).toBe('complete-with-differences');
  });

  it('is not confirmed when nothing could be read back', () => {
    expect(statusOf({ ...complete, endpoints: [] })).toBe('unconfirmed');
  });

  it('is blocked, in progress or planned as the run is', () => {
    expect(statusOf(ended('blocked'))).toBe('blocked');
    const { outcome: _outcome, ...running } = complete.run ?? {};
    expect(statusOf({ ...complete, run: running as NonNullable<RunRecord['run']> })).toBe('running');
    expect(statusOf(withVms(withoutRun(complete), () => undefined))).toBe('planned');
  });

  it('keeps an earlier failed run on record although the last one went well', () => {
    const report = buildReport(complete, text);
    expect(report.outcome.text).toContain('Earlier runs that did not come to a good end: 1');
    expect(column(report, 'runs', 'outcome')).toEqual(['Failed', 'Done']);
    expect(column(report, 'failures', 'vm')).toEqual(['acme-paris-logs-1']);
  });
});

describe('planned against found', () => {
  const result = (record: RunRecord): string => column(buildReport(record, text), 'existing', 'result')[0] ?? '';

  it.each([
    ['vCPU', { vcpu: 1 }, 'vCPU: 2 planned, 1 found'],
    ['RAM', { memoryMb: 1024 }, 'RAM: 2 GB planned, 1 GB found'],
    ['power', { poweredOn: false }, 'Powered off'],
    ['disks', { disks: [] }, 'Disks: 2 planned, 0 found'],
    ['network', { nics: [{ network: 'VM Network', mac: '' }] }, 'Network: EDGE-LAN planned, VM Network found'],
  ])('sees another %s', (_what, change, words) => {
    expect(result(changeFirst(change))).toContain(words);
    expect(result(complete)).toBe('As planned');
  });

  it('sees a disk on the wrong storage', () => {
    const found = foundFirst;
    const disks = (found?.disks ?? []).map((disk) => ({ ...disk, storage: 'elsewhere' }));
    expect(result(changeFirst({ disks }))).toContain('Storage: standard-perf planned, elsewhere found');
  });

  it('looks at the NICs in the order in which the VM has them', () => {
    const found = foundFirst;
    const nics = (found?.nics ?? []).toReversed();
    expect(nics).toHaveLength(2);
    expect(result(changeFirst({ nics }))).toContain('Network: EDGE-LAN planned, EDGE-WAN found');
    const owner = { ...(found?.owner ?? noOwner), nics: ['wan', 'lan'] };
    expect(result(changeFirst({ nics, owner }))).toBe('As planned');
  });

  it('does not take a foreign VM of the same name for ours', () => {
    expect(result(changeFirst({ owner: { ...noOwner, site: 'other' } }))).toBe('Not made by this site');
  });

  it('says not read, not missing, when the place could not be read', () => {
    const [one, ...rest] = complete.endpoints;
    if (one === undefined) throw new Error('the fixture has endpoints');
    const { inventory: _inventory, ...unread } = one;
    const record = {
      ...complete,
      endpoints: [
        { ...unread, failure: failure('operation', 'deploy.busy', { pid: 1, host: 'laptop', lock: '/x/lock' }) },
        ...rest,
      ],
    };
    const results = column(buildReport(record, text), 'existing', 'result');
    expect(results).toContain('Not read');
    expect(results).not.toContain('Missing');
    expect(JSON.stringify(buildReport(record, text))).toContain('could not be read');
  });

  it('lists VMs of the site that are not in the plan', () => {
    const record = { ...complete, plan: { ...complete.plan, vms: complete.plan.vms.slice(1) } };
    expect(column(buildReport(record, text), 'unplanned', 'name')).toEqual([firstVm.name]);
  });
});

describe('a partial record', () => {
  const { run: _run, media: _media, handover: _handover, reconciliation: _reconciliation, ...bare } = complete;
  const report = buildReport({ ...bare, endpoints: [], earlierRuns: [], operations: [], findings: [] }, text);

  it('still gives every section, and says what is missing', () => {
    expect(report.sections.map(({ id }) => id)).toEqual([
      'overview',
      'planned',
      'existing',
      'evidence',
      'findings',
      'operations',
      'handover',
      'next',
    ]);
    const words = JSON.stringify(report);
    for (const sentence of [
      'No endpoint was asked',
      'No installation media were verified',
      'No check was run',
      'Nothing was changed on the endpoints',
      'No handover bundle was written',
    ]) {
      expect(words).toContain(sentence);
    }
  });

  it('bears a plan without anything in it', () => {
    const plan = { ...complete.plan, vms: [], vips: [], dns: [], firewall: [], why: [] };
    expect(buildReport({ ...complete, plan }, text).sections).toHaveLength(8);
  });
});

describe('the words of the report', () => {
  it.each([
    ['small', complete],
    ['large', recordOf({ size: 'large' })],
    ['multi', recordOf({ size: 'multi' })],
    ['failed', ended('failed')],
  ])('leave no key and no placeholder unfilled (%s)', (_name, record) => {
    const { words: _words, ...report } = buildReport(record, text);
    const all = JSON.stringify(report);
    expect(all.match(/"(summary|drawing|components)\.[\w.-]+"/g)).toBeNull();
    expect(all.match(/\{[a-zA-Z]+\}/g)).toBeNull();
  });

  it('name every component and every next step', () => {
    for (const component of components) expect(text.has(`components.${component}`)).toBe(true);
    for (const { id, who } of nextSteps) {
      expect(text.has(`summary.next.${id}`)).toBe(true);
      expect(text.has(`summary.who.${who}`)).toBe(true);
    }
  });

  it('give each row as many cells as its table has columns', () => {
    for (const block of blocks(buildReport(complete, text))) {
      if (block.kind !== 'table') continue;
      for (const row of block.rows) expect(row).toHaveLength(block.columns.length);
    }
  });
});

describe('the evidence of the medium', () => {
  const { media } = complete;
  if (media === undefined) throw new Error('the record has a medium');
  const withImages = (images: typeof media.images): ReportModel =>
    buildReport({ ...complete, media: { ...media, images } }, text);

  it('names who signed an image, and that the issuer is not known', () => {
    const [subject] = column(buildReport(complete, text), 'imageSigners', 'subject');
    expect(subject).toContain('CN=ALE image signing');
    expect(subject).toContain('not known');
    const plain = media.images.map(({ certificate: _certificate, ...image }) => image);
    expect(blocks(withImages(plain)).some((block) => 'id' in block && block.id === 'imageSigners')).toBe(false);
  });

  it('says of an image that was not read to the end just that, and gives no command to check it', () => {
    const [first, ...rest] = media.images;
    if (first === undefined) throw new Error('the medium has images');
    const { verifiedAt: _verifiedAt, ...unread } = first;
    const report = withImages([unread, ...rest]);
    expect(column(report, 'images', 'verifiedAt')[0]).toBe('not read to the end');
    const recheck = blocks(report).find((block) => block.kind === 'recipe');
    const lines = recheck?.kind === 'recipe' ? recheck.lines : [];
    expect(lines[0]).toBe(`minisign -V -P ${media.signed.publicKey} -m catalogue.json`);
    expect(lines).toHaveLength(2 + rest.length);
    expect(lines.some((line) => line.includes(first.file))).toBe(false);
  });
});
