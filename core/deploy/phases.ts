/** The order of a deployment. Base services come first, so that a gateway is up before the servers that need it. */
import type { Work } from './operation.ts';

/** Phases run one after the other. */
export const phaseNames = ['base', 'data', 'services'] as const;
export type PhaseName = (typeof phaseNames)[number];

export interface Phase {
  readonly name: PhaseName;
  readonly work: readonly Work[];
}

const phaseOf: Readonly<Record<string, PhaseName>> = {
  'edge-gw': 'base',
  logs: 'base',
  backup: 'base',
  metrics: 'base',
  datalake: 'base',
  'message-bus': 'base',
  'repository-noc': 'base',
  'messages-db': 'data',
  'business-db': 'data',
  'files-storage': 'data',
  'object-storage': 'data',
};

/** The phase of a component's machines. */
export const phaseFor = (component: string): PhaseName => phaseOf[component] ?? 'services';
