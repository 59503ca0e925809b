/** Implements the contract for one session of one user, area by area. */
import { createDocuments } from './documents.ts';
import { createDeployment } from './deployment.ts';
import { createImplementer } from './implementer.ts';
import { createMedia } from './media.ts';
import { createRuns } from './runs.ts';
import type { Session } from './session.ts';
import { createSettings } from './settings.ts';
import { createSites } from './sites.ts';

/** The router that both transports serve, and `stop`, which ends all running work and waits for it. */
export function createApi(session: Session) {
  const os = createImplementer();
  const runs = createRuns(session);
  const router = os.router({
    ...createSettings(os, session),
    ...createSites(os, session),
    ...createMedia(os, session),
    ...createDocuments(os, session),
    ...createDeployment(os, session, runs),
  });
  return { router, stop: () => runs.stopAll() };
}
export type Router = ReturnType<typeof createApi>['router'];
