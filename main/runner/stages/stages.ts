/**
 * The stages of a run in their order. A new stage is a file here, a row in this list, its name in `core/run/event.ts` and
 * its words in `deploy.stage`.
 */
import type { Stage } from '../../../core/run/event.ts';
import { check } from './check.ts';
import { deploy } from './deploy.ts';
import { handover } from './handover.ts';
import { images } from './images.ts';
import { keys } from './keys.ts';
import { media } from './media.ts';
import { preflight } from './preflight.ts';
import type { StageRow } from './stage.ts';
import { summary } from './summary.ts';

export const stageRows: readonly StageRow[] = [
  { stage: 'check', work: check },
  { stage: 'media', work: media },
  { stage: 'preflight', work: preflight },
  { stage: 'deploy', work: deploy },
  { stage: 'images', work: images },
  { stage: 'keys', work: keys },
  { stage: 'handover', work: handover },
  { stage: 'summary', work: summary, whileWaiting: true },
];

/** The stages up to VMs and handover keys: for the command `deploy` and the wizard's page. */
export const deployStages: readonly Stage[] = ['check', 'media', 'preflight', 'deploy', 'images', 'keys'];
