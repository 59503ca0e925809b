/** Both footprints for the users that are typed in now, side by side, long before the rest of the site is known. */
import { compareOptions, type ComparedOption } from '../../core/plan/footprint/compare.ts';
import { sizeFootprint, type Sizing, type SizingInput } from '../../core/plan/footprint/size.ts';

export interface Proposals {
  /** What counts now: the wish of the draft, else what is proposed. */
  readonly current: Sizing;
  /** The same without overrides: what the tables and the users ask for. */
  readonly needed: Sizing;
  readonly both: readonly ComparedOption[];
}

/** Undefined while the numbers of users are missing or wrong. */
export function proposalsFor(sized: SizingInput | undefined): Proposals | undefined {
  if (sized === undefined) return undefined;
  const { footprint } = sized;
  return {
    current: sizeFootprint(sized),
    needed: sizeFootprint({ ...sized, footprint: { ...footprint, overrides: {} } }),
    both: compareOptions(sized),
  };
}
