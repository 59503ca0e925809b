/** Which figures of which servers can be raised, and what they are without a wish of the site file. */
import { catalogue, type CatalogueRow } from '../../core/plan/footprint/catalogue.ts';
import type { Sizing } from '../../core/plan/footprint/size.ts';

export interface ServerSize {
  readonly row: CatalogueRow;
  /** Servers without a wish; 0: the footprint has none of them, only the site file speaks of them. */
  readonly quantity: number;
}

/** The servers of the footprint, and those that only the overrides name, in the catalogue's order. */
export function serverSizes(needed: Sizing, overridden: readonly string[]): readonly ServerSize[] {
  return catalogue.flatMap((row) => {
    const quantity = needed.components.find((one) => one.row.component === row.component)?.quantity ?? 0;
    return quantity > 0 || overridden.includes(row.component) ? [{ row, quantity }] : [];
  });
}

/**
 * The list of disks in the site file with the disk at `index` set: those before it need a value too, their minimum.
 * Minimums at the end are left out; undefined: nothing is left to say.
 */
export function disksWith(
  row: CatalogueRow,
  now: readonly unknown[],
  index: number,
  value: unknown,
): readonly unknown[] | undefined {
  const least = row.disks.map(({ sizeGb }) => sizeGb);
  const length = Math.max(now.length, index + 1);
  const disks = Array.from({ length }, (_, at) => (at === index ? (value ?? least[at]) : (now[at] ?? least[at])));
  while (disks.length > 0 && disks[disks.length - 1] === least[disks.length - 1]) disks.pop();
  return disks.length === 0 ? undefined : disks;
}
