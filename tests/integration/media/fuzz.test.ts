import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { isDeep } from '../../fixtures/depth.ts';
import { targets } from '../../fuzz/media-targets.ts';

/** A short run of the fuzzer: a quarter of a minute for all targets, half a minute with `EDGE_DEEP=1`. `npm run fuzz -- --seconds 3600 tar` is the long one. */
describe('fuzzing the media parsers', () => {
  it.each(Object.keys(targets))('%s: no crash, no hang, no growth', { timeout: 120_000 }, (name) => {
    const run = spawnSync(
      process.execPath,
      ['tests/fuzz/media.ts', '--seconds', isDeep ? '4' : '2', '--seed', '1', name],
      {
        encoding: 'utf8',
      },
    );
    expect(run.stderr).toBe('');
    expect(run.stdout).toContain('nothing found');
    expect(run.status).toBe(0);
  });
});
