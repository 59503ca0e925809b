/** `site init`, `site check`, `site schema`, `plan`: nothing but a file is read, nothing but a file is written. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { exitCodes, failure, ok } from '../../core/base/errors.ts';
import { blockingCount } from '../../core/base/findings.ts';
import { planDocument } from '../../core/plan/export.ts';
import type { Plan } from '../../core/plan/model.ts';
import { checkSite } from '../../core/preflight/check-site.ts';
import { exampleSite } from '../../core/site/example.ts';
import { siteJsonSchema } from '../../core/site/json-schema.ts';
import { writeFileAtomic } from '../system/files/atomic.ts';
import { writePlanFiles } from '../runner/plan-files.ts';
import { readSiteText } from '../runner/site-input.ts';
import { type CommandContext, findingsDocument, paint, print, printJson, report, say, sayFindings } from './context.ts';

export async function siteInit(context: CommandContext, file: string): Promise<number> {
  const path = resolve(file);
  if (existsSync(path)) return report(context, failure('input', 'cli.file-exists', { path }));
  const written = await writeFileAtomic(path, exampleSite);
  if (!written.ok) return report(context, written.failure);
  print(context, { path }, () => say(context.text('cli.site-written', { path })));
  return 0;
}

export function siteSchema(context: CommandContext): number {
  printJson(siteJsonSchema(context.text));
  return 0;
}

export async function siteCheck(context: CommandContext, file: string): Promise<number> {
  const read = await readSiteText(file, { typed: true, signal: context.signal });
  if (!read.ok) return report(context, read.failure);
  const { findings } = checkSite(read.value.text);
  const blocking = blockingCount(findings);
  print(context, findingsDocument(context.text, findings), () => {
    sayFindings(context.text, findings, { file });
    const warnings = findings.filter(({ status }) => status === 'warn').length;
    say(
      blocking === 0
        ? `${paint('green', '✓')} ${context.text('cli.check-good', { file, warnings })}`
        : `${paint('red', '✗')} ${context.text('cli.check-bad', { file, blocking, warnings })}`,
    );
  });
  return blocking === 0 ? 0 : exitCodes.input;
}

export async function planSite(context: CommandContext, file: string, options: { out?: string }): Promise<number> {
  const { text } = context;
  const read = await readSiteText(file, { typed: true, signal: context.signal });
  if (!read.ok) return report(context, read.failure);
  const { site, plan, findings } = checkSite(read.value.text);
  const blocking = blockingCount(findings);
  if (site === undefined || plan === undefined || blocking > 0) {
    if (!context.json) sayFindings(text, findings, { file });
    return report(context, failure('input', 'common.site-file-invalid', { path: file, count: blocking }));
  }
  const out = options.out === undefined ? undefined : resolve(options.out);
  const written =
    out === undefined
      ? ok([])
      : await writePlanFiles(text, { site, plan }, out, {
          tool: `edge-installer ${context.root.version}`,
          now: new Date().toISOString(),
        });
  if (!written.ok) return report(context, written.failure);
  print(context, planDocument(plan), () => {
    sayPlan(context, plan);
    for (const path of written.value) say(text('cli.written', { path }));
  });
  return 0;
}

function sayPlan({ text }: CommandContext, plan: Plan): void {
  const { option, scale } = plan.footprint;
  say(paint('bold', text('cli.plan-title', { site: plan.site, option: text(`plan.option.${option}`), scale })));
  const width = Math.max(...plan.vms.map(({ name }) => name.length));
  for (const vm of plan.vms) {
    const disks = vm.disks.map(({ sizeGb, class: use }) => `${sizeGb}${use === 'premium' ? 'P' : ''}`).join('+');
    const addresses = vm.nics.flatMap((nic) => nic.addresses).join(' ');
    say(
      `  ${vm.name.padEnd(width)}  ${`${vm.vcpu}`.padStart(3)} vCPU ${`${vm.memoryGb}`.padStart(4)} GB  ${disks.padEnd(16)} ${addresses}`,
    );
  }
  for (const vip of plan.vips) say(`  ${vip.name.padEnd(width)}  ${paint('dim', 'VIP')} ${vip.address}`);
  const { vms, vcpu, memoryGb, diskGb, premiumGb, lanAddresses, wanAddresses } = plan.totals;
  say(text('cli.plan-totals', { vms, vcpu, memoryGb, diskGb, premiumGb, lanAddresses, wanAddresses }));
}
