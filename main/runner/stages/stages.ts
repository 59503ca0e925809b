/**
 * The stages of a run in their order. A new stage is a file here, a row in this list, its name in `core/run/event.ts`
 * and its words in `deploy.stage`.
 */
import type { Stage } from '../../../core/run/event.ts';
import { answer } from './answer.ts';
import { check } from './check.ts';
import { deleteKeys } from './delete-keys.ts';
import { deploy } from './deploy.ts';
import { gateways } from './gateways.ts';
import { handover } from './handover.ts';
import { health } from './health.ts';
import { images } from './images.ts';
import { keys } from './keys.ts';
import { media } from './media.ts';
import { preflight } from './preflight.ts';
import { seal } from './seal.ts';
import type { StageRow } from './stage.ts';
import { summary } from './summary.ts';

export const stageRows: readonly StageRow[] = [
  { stage: 'check', work: check },
  { stage: 'media', work: media },
  { stage: 'preflight', work: preflight },
  { stage: 'deploy', work: deploy },
  { stage: 'images', work: images },
  { stage: 'keys', work: keys },
  { stage: 'gateways', work: gateways },
  // The handover needs no gateway: ALE can prepare its side meanwhile.
  { stage: 'handover', work: handover, whileWaiting: true },
  { stage: 'answer', work: answer },
  { stage: 'health', work: health },
  { stage: 'delete-keys', work: deleteKeys },
  { stage: 'seal', work: seal },
  { stage: 'summary', work: summary, whileWaiting: true },
];

/** The stages up to VMs and handover keys: for the command `deploy` and the wizard's page. */
export const deployStages: readonly Stage[] = ['check', 'media', 'preflight', 'deploy', 'images', 'keys'];

/** Every stage but the seal, which a person has to ask for. */
export const stagesBeforeSeal: readonly Stage[] = stageRows
  .map(({ stage }) => stage)
  .filter((stage) => stage !== 'seal');

/** The seal by itself, for the command `seal`. */
export const sealStages: readonly Stage[] = ['check', 'delete-keys', 'seal', 'summary'];
