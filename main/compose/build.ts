/** Constants of the bundle. Neither environment nor command line can change them. */

/** Source: `scripts/build-main.mjs`. */
export interface Build {
  /** True in the build for end-to-end tests only: it accepts DevTools connections. */
  readonly forTests: boolean;
  /** SHA-256 in hex of each of our programs, by system (`linux-x64`, as Node names it) and name. */
  readonly programs: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

declare const bundledBuild: Build;

/** In a checkout the sources are not bundled: hashes are read from the checkout's own build. */
export const build: Build = typeof bundledBuild === 'undefined' ? { forTests: false, programs: {} } : bundledBuild;
