/** `seal`: removes the installer's access from every VM and proves it. */
import { sealStages } from '../runner/stages/stages.ts';
import type { Flag } from './command.ts';
import type { CommandContext } from './context.ts';
import { type RunOptions, runSite } from './run-stages.ts';

export const flags = ({ one, trust }: Flag) => [one('--yes <site>', 'seal-yes'), one('--out <folder>', 'out'), trust()];

export const run = (
  context: CommandContext,
  file: string,
  { yes, ...options }: RunOptions & { readonly yes?: string },
): Promise<number> => runSite(context, file, options, { stages: sealStages, typedSite: yes });
