import { defineConfig } from 'vitest/config';

/** Real parts on a small machine: two at a time, and long enough for a key derivation or a Go binary's first start. */
const minute = 60_000;

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['tests/unit/**/*.test.ts'],
          testTimeout: 20_000,
        },
      },
      {
        test: {
          name: 'integration',
          include: ['tests/integration/**/*.test.ts', 'packages/*/tests/**/*.test.ts'],
          testTimeout: 3 * minute,
          hookTimeout: 3 * minute,
        },
      },
    ],
    maxWorkers: 2,
    pool: 'forks',
    teardownTimeout: minute,
    passWithNoTests: false,
    allowOnly: false,
  },
});
