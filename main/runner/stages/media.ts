/**
 * Opens the medium and proves its images. A large medium is proven during the next stages, so that each image is
 * deployed as soon as it is proven; the stage `images` waits for the rest.
 */
import { fail, type Result } from '../../../core/base/errors.ts';
import type { MediaReading } from '../../../core/media/facts.ts';
import { keepMedia } from '../../records/kept-media.ts';
import { readSiteMedium, seenMedia, type SiteMedium } from '../media.ts';
import { mediaFindings } from '../preflight.ts';
import { endOf, type RunMedium, type StageRun, type StageWork } from './stage.ts';

/** Waits for every image, saves the evidence and emits the result. */
async function proveAll(
  { services, planned, emit }: StageRun,
  medium: SiteMedium,
  know: (seen: MediaReading) => void,
): Promise<Result<void>> {
  const { stateDir } = services;
  const site = planned.site.site.name;
  const verified = await medium.finished;
  know(seenMedia(verified));
  if (verified.ok) {
    emit({ kind: 'media-verified', media: verified.value.facts });
    return keepMedia(stateDir, site, verified.value.facts);
  }
  // The proven images may already be deployed, so the summary must show them.
  const proven = medium.soFar();
  if (proven.images.some(({ verifiedAt }) => verifiedAt !== undefined)) await keepMedia(stateDir, site, proven);
  return fail(verified.failure);
}

export const media: StageWork = async (run) => {
  const { services, planned, emit } = run;
  let stage: 'media' | 'images' = 'media';
  const opened = await readSiteMedium(services, planned, run.besideSignal, (files, amount) =>
    emit({ kind: 'stage-progress', stage, item: files.join(', '), amount }),
  );
  if (!opened.ok) return endOf(opened);
  const medium = opened.value;
  for (const { proven } of medium.images) {
    void proven.then((image) => image.ok && emit({ kind: 'image-verified', image: image.value }));
  }
  let seen: MediaReading = { facts: medium.soFar() };
  const whole = proveAll(run, medium, (now) => (seen = now));
  const known: RunMedium = { medium, whole, seen: () => seen };
  run.facts.medium = known;
  run.goesOn(whole);
  if (!run.has('images') || medium.unreadBytes <= run.readFirst) return endOf(await whole);
  stage = 'images';
  // In preflight the finding is still open: it is emitted again after all images are read.
  run.goesOn(
    whole.then(() => emit({ kind: 'findings', stage: 'images', findings: mediaFindings(services, planned, seen) })),
  );
  return endOf({ ok: true, value: undefined });
};
