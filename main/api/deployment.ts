/** Procedures that read or change the infrastructure, from preflight to handover. */
import type { HandoverWritten, PreflightEvent } from '../../core/contract.ts';
import { fail, failure, ok, type Result } from '../../core/base/errors.ts';
import type { Finding } from '../../core/base/findings.ts';
import { qrSvg } from '../../core/handover/qr.ts';
import type { Amount } from '../../core/run/event.ts';
import { keptMedia } from '../records/kept-media.ts';
import { readEndpoints, withEndpoints } from '../runner/endpoints.ts';
import { createHandover } from '../runner/handover.ts';
import { reconcileSite } from '../runner/inventory.ts';
import { preflightOf, seeMedium } from '../runner/preflight.ts';
import { readPlannedSite } from '../runner/site-input.ts';
import { readSiteMachines } from '../runner/site-machines.ts';
import { createChannel } from './channel.ts';
import { type Implementer, never } from './implementer.ts';
import { lastHandover } from './last-handover.ts';
import type { Runs } from './runs.ts';
import type { Session } from './session.ts';

/** All findings of a preflight, including those on a refused medium. */
async function findingsOf(
  session: Session,
  path: string,
  signal: AbortSignal,
  onProgress: (files: readonly string[], amount: Amount) => void,
): Promise<Result<readonly Finding[]>> {
  const planned = await readPlannedSite(path);
  if (!planned.ok) return planned;
  const media = await seeMedium(session.services(), planned.value, signal, onProgress);
  if (!media.ok) return media;
  return ok((await preflightOf(session.services(), planned.value, { media: media.value, signal })).findings);
}

export const createDeployment = (os: Implementer, session: Session, runs: Runs) => ({
  preflight: {
    run: os.preflight.run.handler(async function* ({ input, signal = never }) {
      yield* createChannel<PreflightEvent>(async (tell) => {
        const result = await findingsOf(session, input.path, signal, (files, amount) =>
          tell({ kind: 'progress', item: files.join(', '), amount }),
        );
        tell({ kind: 'finished', result });
      });
    }),
  },
  deploy: {
    preview: os.deploy.preview.handler(async ({ input, signal = never }) => {
      const planned = await readPlannedSite(input.path);
      if (!planned.ok) return planned;
      const { stateDir, warn } = session.services();
      const media = await keptMedia(stateDir, planned.value.site.site.name, warn);
      if (media === undefined) return fail(failure('input', 'deploy.media-unverified'));
      return withEndpoints(session.services(), planned.value.site, async (endpoints) =>
        reconcileSite(session.services(), planned.value, await readEndpoints(endpoints, signal), media.images),
      );
    }),
  },
  run: {
    start: os.run.start.handler(({ input }) => runs.start(input.path, input.vms)),
    state: os.run.state.handler(({ input }) => runs.state(input.path)),
    watch: os.run.watch.handler(async function* ({ input, signal = never }) {
      yield* runs.watch(input.run, input.after, signal);
    }),
    cancel: os.run.cancel.handler(({ input }) => runs.cancel(input.run)),
  },
  handover: {
    create: os.handover.create.handler(async ({ input, signal = never }) => {
      const planned = await readPlannedSite(input.path);
      if (!planned.ok) return planned;
      const out = session.outDir(planned.value, input.out);
      const machines = await readSiteMachines(session.services(), planned.value, signal);
      const written = await createHandover(session.services(), planned.value, machines, out);
      if (!written.ok) return written;
      const { qrPayload, ...rest } = written.value;
      return ok<HandoverWritten>({ ...rest, qrSvg: qrSvg(qrPayload) });
    }),
    last: os.handover.last.handler(({ input }) => lastHandover(session.services(), input.path)),
  },
});
