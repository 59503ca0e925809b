/** The bootstrap key in a deployment: which new machines take it, and which machines have one already. */
import { bootstrapKeyProperty } from '../media/bootstrap-property.ts';
import type { ImageFacts } from '../media/facts.ts';
import type { EndpointInventory } from '../platform/inventory.ts';
import { vmsByName } from './comparison.ts';
import type { Operation } from './operation.ts';
import { isOurs, isWhole } from './ownership.ts';

/** The public half of the bootstrap key. */
export interface BootstrapKey {
  /** A line of `authorized_keys`. */
  readonly publicKey: string;
  /** As `ssh-keygen -l` prints it, `SHA256:..`. */
  readonly fingerprint: string;
}

/** Whether these operations create a machine whose image takes the key. */
export const needsKey = (operations: readonly Operation[], images: readonly ImageFacts[]): boolean =>
  operations.some(
    (operation) =>
      operation.kind === 'create-machine' &&
      (images.find(({ file }) => file === operation.image.file)?.properties.includes(bootstrapKeyProperty) ?? false),
  );

export interface KeyHolder {
  readonly vm: string;
  readonly fingerprint: string;
}

/**
 * The site's machines that got a bootstrap key at their creation. Half-made machines are left out: they are replaced.
 */
export const keyHolders = (site: string, endpoints: readonly EndpointInventory[]): readonly KeyHolder[] =>
  [...vmsByName(endpoints).values()].flat().flatMap(({ vm }) => {
    const fingerprint = vm.owner?.bootstrapKey;
    return fingerprint !== undefined && isOurs(site, vm) && isWhole(vm) ? [{ vm: vm.name, fingerprint }] : [];
  });
