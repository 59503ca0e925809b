import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { targetName } from '../../../../core/deploy/operation.ts';
import { reconcile, type ReconcileInput, type Reconciliation } from '../../../../core/deploy/reconcile.ts';
import type { Result } from '../../../../core/base/errors.ts';
import {
  applyAll,
  essence,
  operationsIn,
  reconcileInput,
  twoHosts,
  vsphereSite,
} from '../../../fixtures/vsphere-model.ts';

const value = (result: Result<Reconciliation>): Reconciliation => {
  if (!result.ok) throw new Error(JSON.stringify(result.failure));
  return result.value;
};

const work = (input: ReconcileInput) => operationsIn(value(reconcile(input)));

describe('any prefix of the operations', () => {
  const sites = fc.record({
    redundantMedia: fc.boolean(),
    options: fc.subarray(['datalake', 'message-bus', 'repository-noc', 'mailer'] as const),
    option: fc.constantFrom('small' as const, 'large' as const),
  });
  const siteOf = ({
    option,
    options,
    redundantMedia,
  }: {
    option: 'small' | 'large';
    options: ('datalake' | 'message-bus' | 'repository-noc' | 'mailer')[];
    redundantMedia: boolean;
  }) =>
    vsphereSite({
      footprint: { option, options, ...(option === 'small' ? { redundantMedia } : {}) },
      network: { lan: { cidr: '10.20.0.0/24' }, wan: { cidr: '203.0.112.0/26', gateway: '203.0.112.1' } },
    });

  it('can be followed by a new reconciliation that finishes, with no duplicate and no orphan', () => {
    fc.assert(
      fc.property(sites, fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 4 }), (wanted, cuts) => {
        const site = siteOf(wanted);
        let endpoints = twoHosts();
        for (const cut of [...cuts, 1]) {
          const operations = work(reconcileInput(endpoints, { site }));
          endpoints = applyAll(endpoints, operations.slice(0, Math.round(cut * operations.length)));
        }
        const straight = applyAll(twoHosts(), work(reconcileInput(twoHosts(), { site })));
        expect(essence(endpoints)).toEqual(essence(straight));
        const rest = value(reconcile(reconcileInput(endpoints, { site })));
        expect(rest.phases).toEqual([]);
        expect(rest.drift).toEqual([]);
      }),
      { numRuns: 60 },
    );
  });

  it('can be taken in any order of VMs, as lanes run side by side', () => {
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 8 }), { minLength: 1, maxLength: 70 }), (turns) => {
        const all = work(reconcileInput(twoHosts()));
        const names = [...new Set(all.map(({ target }) => targetName(target)))];
        const queues = new Map(names.map((name) => [name, all.filter(({ target }) => targetName(target) === name)]));
        let endpoints = twoHosts();
        for (const turn of turns) {
          const next = queues.get(names[turn] ?? '')?.shift();
          if (next) endpoints = applyAll(endpoints, [next]);
        }
        const finished = applyAll(endpoints, work(reconcileInput(endpoints)));
        expect(essence(finished)).toEqual(essence(applyAll(twoHosts(), work(reconcileInput(twoHosts())))));
      }),
      { numRuns: 60 },
    );
  });
});
