/** Both footprints for the entered users, before the rest of the site is known. */
import { compareOptions, type ComparedOption } from '../../core/plan/footprint/compare.ts';
import { sizeFootprint, type Sizing, type SizingInput } from '../../core/plan/footprint/size.ts';

export interface Proposals {
  /** The option in effect: the draft's, or the proposed one. */
  readonly current: Sizing;
  /** The same without overrides, by tables and users only. */
  readonly needed: Sizing;
  readonly both: readonly ComparedOption[];
}

/** Undefined while a number of users is missing or wrong. */
export function proposalsFor(sized: SizingInput | undefined): Proposals | undefined {
  if (sized === undefined) return undefined;
  const { footprint } = sized;
  return {
    current: sizeFootprint(sized),
    needed: sizeFootprint({ ...sized, footprint: { ...footprint, overrides: {} } }),
    both: compareOptions(sized),
  };
}
