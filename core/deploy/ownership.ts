/** Tells which machines this site made, and whether their creation finished. */
import type { Machine } from '../platform/inventory.ts';

/** Whether the machine has this site's mark. A copy under another name has it too. */
export const carriesSite = (site: string, { owner }: Machine): boolean => owner?.site === site;

/** Whether this site made the machine under its present name. A copy under another name does not count. */
export const isOurs = (site: string, { name, owner }: Machine): boolean =>
  owner?.site === site && owner.machine === name;

/** Whether its creation finished: the first change after it marks the stage. */
export const isWhole = ({ owner }: Machine): boolean => owner?.stage !== undefined;
