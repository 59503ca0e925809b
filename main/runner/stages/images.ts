/** Waits until the rest of the medium is proven: the handover and the summary describe all of it. */
import { done, endOf, type StageWork } from './stage.ts';

export const images: StageWork = async ({ facts }) =>
  facts.medium === undefined ? done : endOf(await facts.medium.whole);
