/** The services of a run: adapters and facts about this machine, composed by the entry points. */
import type { Text } from '../../core/base/text.ts';
import type { TrustedKey } from '../adapters/media/medium/medium.ts';
import type { SecretStore } from '../adapters/secrets/secret-store.ts';
import type { Warn } from '../records/state-file.ts';
import type { PlatformTools } from '../platforms/endpoint.ts';

export interface NetworkAddress {
  readonly host: string;
  readonly port: number;
}

/** Where a guest with this planned address listens. The demo's guests listen on the loopback interface. */
export type GuestAddress = (host: string, port: number) => NetworkAddress;

export const plannedAddress: GuestAddress = (host, port) => ({ host, port });

export interface Services extends PlatformTools {
  readonly name: string;
  readonly version: string;
  /** Folder for journals and records; created with mode 0700. */
  readonly stateDir: string;
  readonly secrets: SecretStore;
  /** Keys that may sign media. */
  readonly trustedKeys: readonly TrustedKey[];
  /** PEM certificates: if any are given, the chain of an image's `.cert` must end at one of them. */
  readonly imageIssuers: readonly string[];
  readonly guestAddress: GuestAddress;
  /** ms for a new guest to answer; default 10 minutes. */
  readonly bootLimit?: number | undefined;
  readonly text: Text;
  readonly now: () => Date;
  readonly warn: Warn;
}
