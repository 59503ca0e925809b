import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const minute = 60_000;

/** The tests of one file use the same guests, one after the other. */
export default defineConfig({
  test: {
    root: fileURLToPath(new URL('../../..', import.meta.url)),
    include: ['tests/deep/guests/*.test.ts'],
    testTimeout: 25 * minute,
    hookTimeout: 45 * minute,
    teardownTimeout: minute,
    maxWorkers: 1,
    pool: 'forks',
    passWithNoTests: false,
    allowOnly: false,
  },
});
