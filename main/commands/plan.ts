/** `plan`: the plan of a site, as text, JSON and files; with `--against` its differences to another plan. */
import { resolve } from 'node:path';
import { ok } from '../../core/base/errors.ts';
import { planDocument } from '../../core/plan/export.ts';
import type { Plan } from '../../core/plan/model.ts';
import { writePlanFiles } from '../runner/plan-files.ts';
import { readPlannedSite } from '../runner/site-input.ts';
import type { Flag } from './command.ts';
import { type CommandContext, paint, print, report, say, sayFindings } from './context.ts';

export interface PlanOptions {
  readonly out?: string;
  /** The site file of an earlier version. */
  readonly against?: string;
}

export const flags = ({ one }: Flag) => [one('--out <folder>', 'plan-out'), one('--against <other>', 'plan-against')];

export async function run(context: CommandContext, file: string, options: PlanOptions): Promise<number> {
  if (options.against === undefined) return showPlan(context, file, options.out);
  const { showComparison } = await import('./plan-compare.ts');
  return showComparison(context, file, options.against);
}

async function showPlan(context: CommandContext, file: string, outFolder: string | undefined): Promise<number> {
  const { text } = context;
  const planned = await readPlannedSite(file, { typed: true, signal: context.signal });
  if (!planned.ok) {
    if (!context.json) sayFindings(text, planned.findings ?? [], { file });
    return report(context, planned.failure);
  }
  const { site, plan } = planned.value;
  const out = outFolder === undefined ? undefined : resolve(outFolder);
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
