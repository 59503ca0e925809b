/** Tells which machines this site made, whether their creation finished, and who runs them. */
import { type Machine, type Owner, type OwnerStage, ownerStages } from '../platform/inventory.ts';

/** Whether the machine has this site's mark. A copy under another name has it too. */
export const carriesSite = (site: string, { owner }: Machine): boolean => owner?.site === site;

/** Whether this site made the machine under its present name. A copy under another name does not count. */
export const isOurs = (site: string, { name, owner }: Machine): boolean =>
  owner?.site === site && owner.machine === name;

/** Whether its creation finished: the first change after it marks the stage. */
export const isWhole = ({ owner }: Machine): boolean => owner?.stage !== undefined;

/** The later of two stages. */
export const laterStage = (a: OwnerStage | undefined, b: OwnerStage): OwnerStage =>
  a !== undefined && ownerStages.indexOf(a) > ownerStages.indexOf(b) ? a : b;

/** This computer's record of one machine after its deployment. It counts only for the machine with this id. */
export interface MachineRecord {
  readonly id: string;
  readonly stage?: OwnerStage | undefined;
  /** Public key that a gateway was configured with. */
  readonly wireguardKey?: string | undefined;
  /** Time of the seal, ISO 8601 in UTC. */
  readonly sealedAt?: string | undefined;
}

/** By VM name. A mark that could not be written, since the platform was out of reach, is written by the next run. */
export type MachineRecords = Readonly<Record<string, MachineRecord>>;

/** The owner with what this computer recorded of the machine. */
export function ownerWithRecord(owner: Owner, id: string, record: MachineRecord | undefined): Owner {
  if (record === undefined || record.id !== id) return owner;
  const { stage, wireguardKey = owner.wireguardKey, sealedAt = owner.sealedAt } = record;
  return {
    ...owner,
    ...(stage === undefined ? {} : { stage: laterStage(owner.stage, stage) }),
    ...(wireguardKey === undefined ? {} : { wireguardKey }),
    ...(sealedAt === undefined ? {} : { sealedAt }),
  };
}
