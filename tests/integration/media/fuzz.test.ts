import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { targets } from '../../fuzz/media-targets.ts';

/** A short run of the fuzzer: half a minute for all targets. `npm run fuzz -- --seconds 3600 tar` is the long one. */
describe('fuzzing the media parsers', () => {
  it.each(Object.keys(targets))('%s: no crash, no hang, no growth', { timeout: 120_000 }, (name) => {
    const run = spawnSync(process.execPath, ['tests/fuzz/media.ts', '--seconds', '4', '--seed', '1', name], {
      encoding: 'utf8',
    });
    expect(run.stderr).toBe('');
    expect(run.stdout).toContain('nothing found');
    expect(run.status).toBe(0);
  });
});
