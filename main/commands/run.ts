/** `run`: every stage, from the site file to the summary. */
import { stages } from '../../core/run/event.ts';
import type { Flag } from './command.ts';
import type { CommandContext } from './context.ts';
import { type RunOptions, runSite } from './run-stages.ts';

export const flags = ({ one, trust }: Flag) => [one('--out <folder>', 'out'), trust()];

export const run = (context: CommandContext, file: string, options: RunOptions): Promise<number> =>
  runSite(context, file, options, { stages });
