/** The medium: the quick check, and the proof of its images. */
import type { MediaEvent } from '../../core/contract.ts';
import { ok } from '../../core/base/errors.ts';
import type { Amount } from '../../core/run/event.ts';
import { neededComponents, overviewOf, verifyFolder } from '../runner/media.ts';
import { readPlannedSite } from '../runner/site-input.ts';
import { createChannel } from './channel.ts';
import { type Implementer, never } from './implementer.ts';
import type { Session } from './session.ts';

export const createMedia = (os: Implementer, session: Session) => ({
  media: {
    open: os.media.open.handler(({ input }) =>
      overviewOf(session.services(), session.resolve(input.folder, input.site)),
    ),
    verify: os.media.verify.handler(async function* ({ input, signal = never }) {
      const folder = session.resolve(input.folder, input.site);
      yield* createChannel<MediaEvent>(async (tell) => {
        // With a plan only the images that it needs: reading takes hours, and others may be missing.
        const planned = input.site === undefined ? undefined : await readPlannedSite(input.site);
        const what = planned?.ok ? { components: neededComponents(planned.value) } : {};
        const onProgress = (files: readonly string[], amount: Amount): void =>
          tell({ kind: 'progress', files, amount });
        const verified = await verifyFolder(session.services(), folder, signal, onProgress, what);
        tell({ kind: 'finished', result: verified.ok ? ok(verified.value.facts) : verified });
      });
    }),
  },
});
