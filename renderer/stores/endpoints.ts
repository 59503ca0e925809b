/** What was seen behind the endpoints of the site file, for this session only. */
import { defineStore } from 'pinia';
import { reactive } from 'vue';
import type { ShownCertificate } from '../../core/contract.ts';
import type { Failure } from '../../core/errors.ts';
import type { SeenEndpoint } from '../../core/facts.ts';
import { asked } from '../client/failures.ts';
import { useClient } from '../client/injection.ts';

export interface EndpointView {
  readonly busy?: 'certificate' | 'inspect';
  readonly certificate?: ShownCertificate;
  readonly seen?: SeenEndpoint;
  readonly failure?: Failure;
}

export interface PinnedEndpoint {
  readonly url: string;
  readonly username: string;
  readonly fingerprint: string;
}

export const useEndpoints = defineStore('endpoints', () => {
  const client = useClient();
  const views = reactive<Record<string, EndpointView>>({});

  const view = (url: string): EndpointView => views[url] ?? {};

  async function inspect(url: string, username: string, fingerprint: string): Promise<void> {
    views[url] = { busy: 'inspect' };
    const result = await asked(client.endpoint.inspect({ url, username, fingerprint }));
    views[url] = result.ok ? { seen: result.value } : { failure: result.failure };
  }

  return {
    view,
    async fetchCertificate(url: string): Promise<void> {
      views[url] = { busy: 'certificate' };
      const result = await asked(client.endpoint.certificate({ url }));
      views[url] = result.ok ? { certificate: result.value } : { failure: result.failure };
    },
    forgetCertificate(url: string): void {
      views[url] = {};
    },
    inspect,
    /** Looks again at everything that can be looked at, all at once. */
    async inspectAll(endpoints: readonly PinnedEndpoint[]): Promise<void> {
      await Promise.all(
        endpoints.map(async ({ url, username, fingerprint }) => {
          const result = await asked(client.endpoint.inspect({ url, username, fingerprint }));
          // What was seen before stays on the screen until there is something newer.
          if (result.ok) views[url] = { seen: result.value };
        }),
      );
    },
  };
});
