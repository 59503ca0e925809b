/** Which machines this site made, and whether their creation came to its end. */
import type { Machine } from '../platform/inventory.ts';

/** It carries this site's mark: ours, or a copy of ours under another name. */
export const carriesSite = (site: string, { owner }: Machine): boolean => owner?.site === site;

/** Ours: it was made for this site under the name that it has. A copy under another name is not. */
export const isOurs = (site: string, { name, owner }: Machine): boolean =>
  owner?.site === site && owner.machine === name;

/** Its creation came to an end: the stage is marked with the first change after it. */
export const isWhole = ({ owner }: Machine): boolean => owner?.stage !== undefined;
