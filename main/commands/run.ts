/** `run`: every stage, from the site file to the summary; the seal only when asked. */
import { stages } from '../../core/run/event.ts';
import { stagesBeforeSeal } from '../runner/stages/stages.ts';
import type { Flag } from './command.ts';
import type { CommandContext } from './context.ts';
import { type RunOptions, runSite } from './run-stages.ts';

export const flags = ({ one, trust }: Flag) => [
  one('--out <folder>', 'out'),
  one('--seal', 'seal-flag').default(false),
  trust(),
];

export const run = (
  context: CommandContext,
  file: string,
  { seal, ...options }: RunOptions & { readonly seal: boolean },
): Promise<number> => runSite(context, file, options, { stages: seal ? stages : stagesBeforeSeal });
