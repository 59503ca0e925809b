/** Finds the known name with the fewest changed letters, for "Did you mean". */

const distance = (one: string, other: string): number => {
  let previous = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (let row = 1; row <= one.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= other.length; column += 1) {
      const change = one[row - 1] === other[column - 1] ? 0 : 1;
      current.push(
        Math.min((previous[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1, (previous[column - 1] ?? 0) + change),
      );
    }
    previous = current;
  }
  return previous.at(-1) ?? 0;
};

const plain = (name: string): string => name.toLowerCase().replace(/[^a-z0-9]/g, '');

/** The nearest of `names`; undefined if no name is within a third of the name's length. */
export function nearestName(name: string, names: readonly string[]): string | undefined {
  const wanted = plain(name.slice(0, 64));
  let best: { readonly name: string; readonly distance: number } | undefined;
  for (const candidate of names) {
    const found = distance(wanted, plain(candidate));
    if (best === undefined || found < best.distance) best = { name: candidate, distance: found };
  }
  return best !== undefined && best.distance <= Math.max(1, Math.floor(wanted.length / 3)) ? best.name : undefined;
}
