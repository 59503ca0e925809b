/** What a deployment gives to the guests: the bootstrap key, and which NIC is on which network. */
import { describe, expect, it } from 'vitest';
import { type BootstrapKey, keyHolders, needsKey } from '../../../../core/deploy/bootstrap-key.ts';
import { guestProperties } from '../../../../core/deploy/guest-properties.ts';
import { reconcile, type ReconcileInput } from '../../../../core/deploy/reconcile.ts';
import type { ImageFacts } from '../../../../core/media/facts.ts';
import type { EndpointInventory, Machine } from '../../../../core/platform/inventory.ts';
import { ownerOf, tagOf } from '../../../../core/platform/vsphere/tags.ts';
import { applyAll, images, operationsIn, reconcileInput, twoHosts } from '../../../fixtures/vsphere-model.ts';

const bootstrapKey: BootstrapKey = { publicKey: 'ssh-ed25519 AAAAC3Nz comment', fingerprint: 'SHA256:first' };
const gateway = 'acme-edge-gw-1';
const single = 'acme-logs-1';

/** Only the images of gateways take the key. */
const withKey: readonly ImageFacts[] = images.map((image) =>
  image.components.includes('edge-gw') ? { ...image, properties: [...image.properties, 'ssh_authorized_key'] } : image,
);

const work = (endpoints: readonly EndpointInventory[], changes: Partial<ReconcileInput> = {}) => {
  const result = reconcile(reconcileInput(endpoints, { images: withKey, ...changes }));
  if (!result.ok) throw new Error(result.failure.code);
  return operationsIn(result.value);
};
const deployed = (changes: Partial<ReconcileInput> = { bootstrapKey }): EndpointInventory[] =>
  applyAll(twoHosts(), work(twoHosts(), changes));

const withVm = (name: string, change: (vm: Machine) => Machine): EndpointInventory[] =>
  deployed().map((one) => ({
    ...one,
    machines: one.machines.map((vm) => (vm.name === name ? change(vm) : vm)),
  }));
const creationOf = (name: string, changes: Partial<ReconcileInput>) => {
  const found = work(twoHosts(), changes).find(({ id }) => id === `${name}/create-machine`);
  if (found?.kind !== 'create-machine') throw new Error(name);
  return found;
};

describe('the bootstrap key', () => {
  it('goes to every new machine whose image takes it, and its fingerprint is recorded there', () => {
    const made = creationOf(gateway, { bootstrapKey });
    expect(made.properties['ssh_authorized_key']).toBe(bootstrapKey.publicKey);
    expect(made.owner.bootstrapKey).toBe(bootstrapKey.fingerprint);
    const other = creationOf(single, { bootstrapKey });
    expect(other.properties['ssh_authorized_key']).toBeUndefined();
    expect(other.owner.bootstrapKey).toBeUndefined();
  });

  it('is missing in a preview, and nothing else differs', () => {
    const preview = creationOf(gateway, {});
    const { ssh_authorized_key: _key, ...others } = creationOf(gateway, { bootstrapKey }).properties;
    expect(preview.properties).toEqual(others);
    expect(work(twoHosts()).map(({ id }) => id)).toEqual(work(twoHosts(), { bootstrapKey }).map(({ id }) => id));
  });

  it('is needed only by operations that create such a machine', () => {
    const all = work(twoHosts());
    expect(needsKey(all, withKey)).toBe(true);
    expect(needsKey(all, images)).toBe(false);
    expect(
      needsKey(
        all.filter(({ id }) => id.startsWith(`${single}/`)),
        withKey,
      ),
    ).toBe(false);
    expect(needsKey(work(withVm(gateway, (vm) => ({ ...vm, poweredOn: false }))), withKey)).toBe(false);
  });

  it('stays on record when the mark is renewed, with or without a key', () => {
    for (const changes of [{}, { bootstrapKey: { ...bootstrapKey, fingerprint: 'SHA256:second' } }]) {
      const renewed = applyAll(deployed(), work(deployed(), { ...changes, planDigest: 'digest-2' }));
      const owner = renewed.flatMap(({ machines }) => machines).find(({ name }) => name === gateway)?.owner;
      expect([owner?.plan, owner?.bootstrapKey]).toEqual(['digest-2', bootstrapKey.fingerprint]);
    }
  });

  it('is held by the whole machines of this site only', () => {
    const holders = (endpoints: readonly EndpointInventory[]) => keyHolders('acme', endpoints).map(({ vm }) => vm);
    expect(holders(deployed())).toEqual(['acme-edge-gw-1', 'acme-edge-gw-2']);
    expect(holders(deployed({}))).toEqual([]);
    const cut = withVm(gateway, ({ owner, ...vm }) => {
      const { stage: _stage, ...rest } = owner ?? { site: '', component: '', machine: '' };
      return { ...vm, owner: rest };
    });
    expect(holders(cut)).toEqual(['acme-edge-gw-2']);
    expect(keyHolders('other', deployed())).toEqual([]);
  });

  it('is part of the tag in vSphere and is read back', () => {
    const owner = { site: 'acme', component: 'edge-gw', machine: gateway, bootstrapKey: 'SHA256:first' };
    const tag = tagOf(owner);
    expect(tag['rainbow-edge.ssh-key']).toBe('SHA256:first');
    expect(ownerOf({ annotation: '', extraConfig: tag })).toEqual(owner);
  });

  it('is no property of the manual steps, which are printed', () => {
    const { plan } = reconcileInput(twoHosts());
    for (const vm of plan.vms) expect(Object.keys(guestProperties(plan, vm))).not.toContain('ssh_authorized_key');
  });
});

describe('the networks of the NICs', () => {
  const kinds = (endpoints: readonly EndpointInventory[], name: string): string[] =>
    work(endpoints)
      .filter(({ id }) => id.startsWith(`${name}/`))
      .map(({ kind }) => kind);

  it('are told in the image’s order, after the NICs are connected and before the power-on', () => {
    const swapped = withKey.map((image) =>
      image.components.includes('edge-gw') ? { ...image, nics: ['WAN', 'LAN'] } : image,
    );
    const all = work(twoHosts(), { images: swapped }).filter(({ id }) => id.startsWith(`${gateway}/`));
    expect(all.find(({ kind }) => kind === 'tell-nics')).toMatchObject({
      nics: [
        { nic: 1, network: 'lan' },
        { nic: 0, network: 'wan' },
      ],
    });
    const order = all.map(({ kind }) => kind);
    expect(order.lastIndexOf('connect-nic')).toBeLessThan(order.indexOf('tell-nics'));
    expect(order.indexOf('tell-nics')).toBeLessThan(order.indexOf('power-on'));
  });

  it('are not told again to a machine that is off and knows them', () => {
    expect(kinds(deployed(), gateway)).toEqual([]);
    expect(
      kinds(
        withVm(gateway, (vm) => ({ ...vm, poweredOn: false })),
        gateway,
      ),
    ).toEqual(['power-on']);
  });

  const without = ({ told: _told, ...nic }: Machine['nics'][number]) => nic;

  it('are told to a machine that is off and does not know them, or knows others', () => {
    const lacking = withVm(gateway, (vm) => ({ ...vm, poweredOn: false, nics: vm.nics.map(without) }));
    expect(kinds(lacking, gateway)).toEqual(['tell-nics', 'power-on']);
    const wrong = withVm(gateway, (vm) => ({
      ...vm,
      poweredOn: false,
      nics: vm.nics.map((nic) => ({ ...nic, told: nic.told === 'lan' ? 'wan' : 'lan' })),
    }));
    expect(kinds(wrong, gateway)).toEqual(['tell-nics', 'power-on']);
    // The guest refuses an address for which it has no adapter planned.
    const more = withVm(single, (vm) => ({
      ...vm,
      poweredOn: false,
      nics: [...vm.nics, { network: 'EDGE-WAN', mac: '00:51', told: 'wan' }],
    }));
    expect(kinds(more, single)).toEqual(['tell-nics', 'power-on']);
  });

  it('are not told to a machine that runs', () => {
    expect(
      kinds(
        withVm(gateway, (vm) => ({ ...vm, nics: vm.nics.map(without) })),
        gateway,
      ),
    ).toEqual([]);
  });
});
