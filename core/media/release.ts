/**
 * Orders two release names, for example `2026.4` before `2026.10`, and `2026.4-rc1` before `2026.4`.
 * Parts are separated by dots; numbers compare as numbers; a suffix after `-` comes before the release itself.
 * Returns a negative number, zero, or a positive number.
 */
export function compareReleases(left: string, right: string): number {
  const [leftMain, leftSuffix] = split(left);
  const [rightMain, rightSuffix] = split(right);
  const main = compareParts(leftMain, rightMain);
  if (main !== 0) return main;
  if (leftSuffix === undefined || rightSuffix === undefined) {
    return Number(leftSuffix === undefined) - Number(rightSuffix === undefined);
  }
  return compareParts(leftSuffix, rightSuffix);
}

function split(release: string): readonly [string, string | undefined] {
  const dash = release.indexOf('-');
  return dash < 0 ? [release, undefined] : [release.slice(0, dash), release.slice(dash + 1)];
}

function compareParts(left: string, right: string): number {
  const lefts = left.match(/\d+|[^\d.]+/g) ?? [];
  const rights = right.match(/\d+|[^\d.]+/g) ?? [];
  for (let index = 0; index < Math.max(lefts.length, rights.length); index++) {
    const order = comparePart(lefts[index] ?? '0', rights[index] ?? '0');
    if (order !== 0) return order;
  }
  return 0;
}

function comparePart(left: string, right: string): number {
  const [leftNumber, rightNumber] = [Number(left), Number(right)];
  if (!Number.isNaN(leftNumber) && !Number.isNaN(rightNumber)) return leftNumber - rightNumber;
  return left < right ? -1 : Number(left > right);
}
