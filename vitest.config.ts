import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Real parts on a small machine: two at a time, and long enough for a key derivation or a Go binary's first start. */
const minute = 60_000;

/** Files that take longest, mostly waiting for timers and daemons. At the end of a run they would leave a processor idle. */
const longFiles = [
  'gateway/configure',
  'gateway/rotate-keys',
  'testbed/bed',
  'deploy/interruption',
  'deploy/reading-beside',
  'ssh/apply',
].map((name) => `/tests/integration/${name}.test.ts`);

/** Vitest's own order, with {@link longFiles} first. */
class LongFilesFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    // oxlint-disable-next-line unicorn/no-array-sort -- this is the sequencer's own method.
    const sorted = await super.sort(files);
    const isLong = ({ moduleId }: TestSpecification): boolean => longFiles.some((name) => moduleId.endsWith(name));
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))];
  }
}

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['tests/unit/**/*.test.ts'],
          testTimeout: 20_000,
          // The modules are loaded once per worker, not once per file.
          isolate: false,
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
    sequence: { sequencer: LongFilesFirst },
    maxWorkers: 2,
    pool: 'forks',
    teardownTimeout: minute,
    passWithNoTests: false,
    allowOnly: false,
  },
});
