/** The list of data centres in the draft, as several steps change it. */
import { computed, type ComputedRef } from 'vue';
import { useDraft } from '../stores/draft.ts';

const path = 'datacentres';
const most = 3;

interface Datacentres {
  readonly list: ComputedRef<readonly { readonly name?: unknown }[]>;
  readonly canAdd: ComputedRef<boolean>;
  add(): void;
  remove(index: number): void;
}

/** The first of `dc1`, `dc2`, ... that no data centre is called. */
function freeName(taken: readonly unknown[]): string {
  for (let number = 1; ; number += 1) {
    const name = `dc${number}`;
    if (!taken.includes(name)) return name;
  }
}

export function useDatacentres(): Datacentres {
  const draft = useDraft();
  const list = computed(() => (draft.get(path) as readonly { readonly name?: unknown }[] | undefined) ?? []);
  return {
    list,
    canAdd: computed(() => list.value.length < most),
    add(): void {
      draft.set(`${path}.${list.value.length}`, {
        name: freeName(list.value.map((one) => one?.name)),
        platform: 'vsphere',
        vsphere: { endpoints: [{ url: 'https://' }] },
      });
    },
    remove(index: number): void {
      draft.set(
        path,
        list.value.filter((_, position) => position !== index),
      );
      // A round trip to nowhere would stay in the file unseen.
      if (list.value.length < 2) draft.set('network.interDatacentreRttMs', undefined);
    },
  };
}
