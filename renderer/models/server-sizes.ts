/** The figures of servers that an override can raise, and their values without overrides. */
import { catalogue, type CatalogueRow } from '../../core/plan/footprint/catalogue.ts';
import type { Sizing } from '../../core/plan/footprint/size.ts';

export interface ServerSize {
  readonly row: CatalogueRow;
  /** Number of servers without overrides; 0 if only the site file names the component. */
  readonly quantity: number;
}

/** The components of the footprint and of the overrides, in the catalogue's order. */
export function serverSizes(needed: Sizing, overridden: readonly string[]): readonly ServerSize[] {
  return catalogue.flatMap((row) => {
    const quantity = needed.components.find((one) => one.row.component === row.component)?.quantity ?? 0;
    return quantity > 0 || overridden.includes(row.component) ? [{ row, quantity }] : [];
  });
}

/**
 * The list of disks in the site file with the disk at `index` set; earlier disks get their minimum. Minimums at the end
 * are left out; undefined if the list is then empty.
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
