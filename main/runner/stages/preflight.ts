/** Checks the endpoints and this computer, and stops the run if a rule blocks. */
import { cancelled, failure } from '../../../core/base/errors.ts';
import { preflightSite } from '../preflight.ts';
import { done, type StageWork } from './stage.ts';

export const preflight: StageWork = async ({ services, planned, endpoints, facts, emit, signal }) => {
  const found = await preflightSite(services, planned, await endpoints(), { media: facts.medium?.seen(), signal });
  if (signal.aborted) return { failure: cancelled };
  facts.endpoints = found.facts.endpoints ?? [];
  emit({ kind: 'findings', stage: 'preflight', findings: found.findings });
  if (found.decisive !== undefined) return { failure: found.decisive };
  return found.blocking === 0 ? done : { failure: failure('preflight', 'deploy.blocked', { count: found.blocking }) };
};
