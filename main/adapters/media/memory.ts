import type { OvaReport } from './image/ova-reader.ts';
import type { SampledBlocks } from './image/sampled-blocks.ts';

/**
 * State about media on this laptop: the newest release accepted from each signer, the newest signed time it has
 * seen, and which images it has verified. All of it is plain JSON.
 */
export interface MediaState {
  /** By key id. */
  readonly signers: Readonly<Record<string, AcceptedRelease>>;
  /** UTC, ISO 8601: a lower bound for the real time, independent of the laptop's clock. */
  readonly newestSignedTime?: string;
  /** Images that need no second reading while they are unchanged; newest last. */
  readonly verified: readonly VerifiedImage[];
}

export interface AcceptedRelease {
  readonly release: string;
  /** UTC, ISO 8601. */
  readonly created: string;
}

export interface VerifiedImage extends OvaReport {
  readonly samples: SampledBlocks;
  /** UTC, ISO 8601. */
  readonly verifiedAt: string;
  readonly seconds: number;
  readonly toolVersion: string;
}

/** Storage of the state. The caller decides on file, locking and crash safety. */
export interface MediaMemory {
  /** The state; {@link emptyMediaState} if there is none yet. */
  readonly load: () => Promise<MediaState>;
  readonly save: (state: MediaState) => Promise<void>;
}

export const emptyMediaState: MediaState = { signers: {}, verified: [] };

/** Most images remembered. */
export const mostRemembered = 128;

/** A memory that ends with the process. */
export function temporaryMemory(initial: MediaState = emptyMediaState): MediaMemory {
  let state = initial;
  return {
    load: () => Promise.resolve(state),
    save: (next) => {
      state = next;
      return Promise.resolve();
    },
  };
}
