import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  deployOne,
  expectRecovery,
  expectTyped,
  type FaultLaboratory,
  openFaultLaboratory,
} from './fault-laboratory.ts';
import { fixedSeed as seed } from '../../fixtures/random-numbers.ts';
import { type CallFault, callFaults, chosen, methods } from './fault-table.ts';

let lab: FaultLaboratory;
let imageBytes = 0;
beforeAll(async () => {
  lab = await openFaultLaboratory();
  imageBytes = (await stat(join(lab.media, 'all-in-one.ova'))).size - 16_384;
});
afterAll(() => lab?.close());
beforeEach(() => lab.host.clear());

it('the table has every method that a deployment uses', () => {
  const used = Object.keys(lab.whole.calls).filter((name) => name !== 'upload');
  expect(used.toSorted()).toEqual([...methods]);
});

const nameOf = ({ method, action, fault, after, always, share }: CallFault): string => {
  const when = share === undefined ? (always ? 'always' : 'once') : `at ${String(share * 100)} %`;
  const what = action === 'fault' ? fault : action === 'hold' ? 'stalled' : after ? 'reply lost' : 'connection cut';
  return `${method}: ${what ?? ''}, ${when}`;
};

/** The index of the disturbed call, different for each row. */
const skipOf = (row: CallFault): number => {
  const count = lab.whole.calls[row.method] ?? 1;
  return row.always ? 0 : (callFaults.indexOf(row) * 7) % count;
};

const rows = chosen(callFaults, 4);
console.log(`call faults: ${String(rows.length)} of ${String(callFaults.length)}, seed ${String(seed)}`);

describe('a deployment is complete after the run that follows a fault', () => {
  it.each(rows.map((row) => [nameOf(row), row] as const))('%s', async (_name, row) => {
    const { method, action, fault, after = false, always, share } = row;
    await lab.host.disturb([
      {
        method,
        action,
        after,
        count: always ? 0 : 1,
        skip: skipOf(row),
        ...(fault === undefined ? {} : { fault }),
        ...(share === undefined ? {} : { atBytes: Math.ceil(share * imageBytes) }),
      },
    ]);
    const { result } = await deployOne(lab);
    if (!result.ok) expectTyped(lab, result.failure);
    // The session stays open if the reply to the login was lost, or every logout fails.
    const unknown = method === 'Login' && after ? 1 : method === 'Logout' && always ? Number.POSITIVE_INFINITY : 0;
    expect((await expectRecovery(lab, unknown)).result.ok).toBe(true);
  });
});
