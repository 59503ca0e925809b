/** The inventories of the endpoints of the site file, for this session only. */
import { defineStore } from 'pinia';
import { reactive } from 'vue';
import type { ShownCertificate } from '../../core/contract.ts';
import type { Failure, Result } from '../../core/base/errors.ts';
import type { EndpointInventory } from '../../core/platform/inventory.ts';
import { asked } from '../client/failures.ts';
import { useClient } from '../client/injection.ts';
import type { PinnedEndpoint } from '../models/dependencies.ts';
import { useValues } from './values.ts';

export interface EndpointView {
  readonly busy?: 'certificate' | 'inspect';
  /** The host's certificate, for a person to compare. `refused`: the person did not trust it. */
  readonly certificate?: ShownCertificate;
  readonly refused?: ShownCertificate;
  readonly inventory?: EndpointInventory;
  readonly failure?: Failure;
}

interface Kept {
  readonly busy?: EndpointView['busy'];
  /** The inputs of the answers. An answer counts while its inputs are the same. */
  readonly aboutCertificate?: string;
  readonly shown?: Pick<EndpointView, 'certificate' | 'refused' | 'failure'>;
  readonly aboutConnection?: string;
  readonly connected?: Pick<EndpointView, 'inventory' | 'failure'>;
}

export const useEndpoints = defineStore('endpoints', () => {
  const client = useClient();
  const values = useValues();
  const kept = reactive<Record<string, Kept>>({});

  function view(endpoint: PinnedEndpoint): EndpointView {
    const { busy, aboutCertificate, shown, aboutConnection, connected } = kept[endpoint.url] ?? {};
    return {
      ...(busy === undefined ? {} : { busy }),
      ...(aboutConnection === values.basis('connection', endpoint) ? connected : {}),
      ...(aboutCertificate === values.basis('host-certificate', endpoint) ? shown : {}),
    };
  }

  const show = (endpoint: PinnedEndpoint, shown: Kept['shown']): void => {
    kept[endpoint.url] = { aboutCertificate: values.basis('host-certificate', endpoint), ...(shown ? { shown } : {}) };
  };

  const ask = (endpoint: PinnedEndpoint): Promise<Result<EndpointInventory>> =>
    asked(client.endpoint.inspect({ ...endpoint }));

  return {
    view,
    async fetchCertificate(endpoint: PinnedEndpoint): Promise<void> {
      kept[endpoint.url] = { busy: 'certificate' };
      const result = await asked(client.endpoint.certificate({ url: endpoint.url }));
      show(endpoint, result.ok ? { certificate: result.value } : { failure: result.failure });
    },
    /** The person does not trust the host's certificate. */
    refuseCertificate(endpoint: PinnedEndpoint): void {
      const { certificate } = view(endpoint);
      show(endpoint, certificate && { refused: certificate });
    },
    /** Discards all answers of the host. */
    forget(url: string): void {
      kept[url] = {};
    },
    async inspect(endpoint: PinnedEndpoint): Promise<void> {
      // The inputs at the time of the request. If they change meanwhile, the answer is about other inputs.
      const aboutConnection = values.basis('connection', endpoint);
      kept[endpoint.url] = { busy: 'inspect' };
      const result = await ask(endpoint);
      kept[endpoint.url] = {
        aboutConnection,
        connected: result.ok ? { inventory: result.value } : { failure: result.failure },
      };
    },
    /** Reads all readable endpoints again, concurrently. */
    async inspectAll(endpoints: readonly PinnedEndpoint[]): Promise<void> {
      await Promise.all(
        endpoints.map(async (endpoint) => {
          const aboutConnection = values.basis('connection', endpoint);
          const result = await ask(endpoint);
          kept[endpoint.url] = {
            aboutConnection,
            connected: result.ok ? { inventory: result.value } : { failure: result.failure },
          };
        }),
      );
    },
  };
});
