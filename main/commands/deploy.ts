/** `deploy`: the stages up to the VMs and the keys of the gateways. */
import { deployStages } from '../runner/stages/stages.ts';
import type { Flag } from './command.ts';
import type { CommandContext } from './context.ts';
import { type RunOptions, runSite } from './run-stages.ts';

export const flags = ({ trust }: Flag) => [trust()];

export const run = (context: CommandContext, file: string, options: RunOptions): Promise<number> =>
  runSite(context, file, options, { stages: deployStages });
