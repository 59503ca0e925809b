/** Identity of a plan. Deployments, handovers and reports carry the digest of their plan. */
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import type { Plan } from './model.ts';

/** Field names that differ in the digest's JSON, so that the digests of deployed VMs stay. */
const recordedNames = new Map([['endpointIndex', 'endpoint']]);

const withRecordedNames = (_key: string, value: unknown): unknown =>
  typeof value === 'object' && value !== null && 'endpointIndex' in value
    ? Object.fromEntries(Object.entries(value).map(([name, one]) => [recordedNames.get(name) ?? name, one]))
    : value;

/** SHA-256 of the plan's JSON, hex. It is in each VM's tag and in every record of a run. */
export const planDigestOf = (plan: Plan): string =>
  bytesToHex(sha256(utf8ToBytes(JSON.stringify(plan, withRecordedNames))));
