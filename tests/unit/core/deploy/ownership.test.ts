import { describe, expect, it } from 'vitest';
import { ownedVms, reconcile } from '../../../../core/deploy/reconcile.ts';
import { isOurs } from '../../../../core/deploy/ownership.ts';
import type { EndpointInventory, Machine } from '../../../../core/platform/inventory.ts';
import { ownerOf, tagKeys } from '../../../../core/platform/vsphere/tags.ts';
import { applyAll, operationsIn, reconcileInput, twoHosts } from '../../../fixtures/vsphere-model.ts';

const gateway = 'acme-edge-gw-1';

/** Everything deployed. */
function deployed(): EndpointInventory[] {
  const result = reconcile(reconcileInput(twoHosts()));
  if (!result.ok) throw new Error(JSON.stringify(result.failure));
  return applyAll(twoHosts(), operationsIn(result.value));
}

const find = (endpoints: readonly EndpointInventory[], name: string): Machine => {
  const vm = endpoints.flatMap(({ machines }) => machines).find((one) => one.name === name);
  if (vm === undefined) throw new Error(name);
  return vm;
};

describe('ownership', () => {
  it('depends on tag and name, or without a tag on annotation and name', () => {
    const annotation = `rainbow-edge-installer site=acme vm=${gateway} component=edge-gw`;
    const { owner: _owner, ...vm } = find(deployed(), gateway);
    const withTag = (extraConfig: Record<string, string>, name = gateway): Machine => {
      const owner = ownerOf({ annotation, extraConfig });
      return { ...vm, name, ...(owner === undefined ? {} : { owner }) };
    };
    expect(isOurs('acme', withTag({}))).toBe(true);
    expect(isOurs('acme', withTag({}, `${gateway}0`))).toBe(false);
    expect(isOurs('acm', withTag({}))).toBe(false);
    // A tag decides over an annotation that was copied.
    expect(isOurs('acme', withTag({ [tagKeys.site]: 'other', [tagKeys.vm]: gateway }))).toBe(false);
  });

  it('excludes clones and foreign VMs from a rollback', () => {
    const endpoints = deployed().map((one) => ({
      ...one,
      machines: [
        ...one.machines,
        { ...find(deployed(), gateway), name: 'copy-of-gateway', id: `copy-${one.endpointIndex}` },
      ],
    }));
    const names = ownedVms('acme', endpoints).map(({ vm }) => vm.name);
    expect(names).toHaveLength(9);
    expect(names).not.toContain('copy-of-gateway');
  });
});
