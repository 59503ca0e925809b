/** One client for the lifetime of the page, independent of transport failures. */
import { type ClientContext, type ClientLink, createORPCClient } from '@orpc/client';
import type { ContractRouterClient } from '@orpc/contract';
import type { Contract } from '../../core/contract.ts';

export type Client = ContractRouterClient<Contract>;

/**
 * `lost`: the page tries again by itself. `refused`: this page has no session with the installer. `signed-out`: a new
 * address has ended its session. Only a new address helps in the last two cases.
 */
export type ConnectionState = 'connecting' | 'open' | 'lost' | 'refused' | 'signed-out';

export interface Connection {
  readonly client: Client;
  /** Reports the current state, then every change. */
  onState(tell: (state: ConnectionState) => void): void;
}

type Link = ClientLink<ClientContext>;

/**
 * Calls wait for a link, and fail if their caller aborts. A call whose link breaks fails, since only its caller knows
 * whether it may be repeated.
 */
export function createSwitchboard(): {
  readonly connection: Connection;
  connected(link: Link): void;
  disconnected(state: Exclude<ConnectionState, 'open'>): void;
} {
  let state: ConnectionState = 'connecting';
  let link: Link | undefined;
  let waiting: (() => void)[] = [];
  const listeners: ((state: ConnectionState) => void)[] = [];

  const move = (next: ConnectionState): void => {
    if (state === next) return;
    state = next;
    for (const tell of listeners) tell(next);
  };

  const ready = (signal: AbortSignal | undefined): Promise<Link> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        if (signal?.aborted) reject(new Error('aborted'));
        else if (link) resolve(link);
        else waiting.push(look);
      };
      signal?.addEventListener('abort', () => reject(new Error('aborted')), { once: true });
      look();
    });

  const through: Link = {
    async call(path, input, options) {
      return (await ready(options.signal)).call(path, input, options);
    },
  };

  return {
    connection: {
      client: createORPCClient<Client>(through),
      onState(tell) {
        listeners.push(tell);
        tell(state);
      },
    },
    connected(next) {
      link = next;
      const woken = waiting;
      waiting = [];
      for (const look of woken) look();
      move('open');
    },
    disconnected(next) {
      link = undefined;
      move(next);
    },
  };
}
