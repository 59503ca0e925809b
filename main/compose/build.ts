/** What is fixed when a program is bundled. Nothing in the environment or on the command line changes it. */

/** Source: `scripts/build-main.mjs`. */
export interface Build {
  /** True in the build for end-to-end tests only: it may be driven over DevTools. */
  readonly forTests: boolean;
  /** SHA-256 in hex of each program of ours, by system (`linux-x64`, as Node names it) and name. */
  readonly programs: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

declare const bundledBuild: Build;

/** Sources that run in a checkout were not bundled: the checkout says itself what it built. */
export const build: Build = typeof bundledBuild === 'undefined' ? { forTests: false, programs: {} } : bundledBuild;
