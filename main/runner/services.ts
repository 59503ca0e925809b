/** The services of a run: adapters and facts about this machine, composed by the entry points. */
import type { Text } from '../../core/base/text.ts';
import type { TrustedKey } from '../adapters/media/medium/medium.ts';
import type { SecretStore } from '../adapters/secrets/secret-store.ts';
import type { Warn } from '../records/state-file.ts';
import type { PlatformTools } from '../platforms/endpoint.ts';

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
  readonly text: Text;
  readonly now: () => Date;
  readonly warn: Warn;
}
