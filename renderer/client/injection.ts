/** The injection key by which stores and components get the connection. */
import { inject, type InjectionKey } from 'vue';
import type { Client, Connection } from './link.ts';

export const connectionKey: InjectionKey<Connection> = Symbol('connection');

export function useConnection(): Connection {
  const connection = inject(connectionKey);
  if (connection === undefined) throw new Error('no connection was provided');
  return connection;
}

export const useClient = (): Client => useConnection().client;
