import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { FailureSignal } from '../../../core/base/errors.ts';
import { parseOvf } from '../../../core/media/ovf/ovf.ts';
import messages from '../../../core/locales/en/media.json' with { type: 'json' };

/** govmomi's descriptors: hundreds of unusual and broken ones. Read if the Go module is installed. */

function corpusFolder(): string | undefined {
  try {
    const cache = execFileSync('go', ['env', 'GOMODCACHE'], { encoding: 'utf8' }).trim();
    const modules = path.join(cache, 'github.com', 'vmware');
    const govmomi = readdirSync(modules).find((name) => name.startsWith('govmomi@'));
    const folder = govmomi === undefined ? '' : path.join(modules, govmomi, 'ovf', 'fixtures');
    return existsSync(folder) ? folder : undefined;
  } catch {
    return undefined;
  }
}

const folder = corpusFolder();
if (folder === undefined) console.warn('skipped: the Go module cache has no govmomi, whose fixtures this test reads');
const files =
  folder === undefined
    ? []
    : readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ovf'));

/** The code of the refusal, or `accepted`. */
function outcome(name: string): string {
  const started = performance.now();
  try {
    parseOvf(readFileSync(path.join(folder ?? '', name)), 'a.ovf');
    return 'accepted';
  } catch (error) {
    if (!(error instanceof FailureSignal)) throw error;
    expect(error.failure.params['byte']).toBeGreaterThanOrEqual(0);
    return error.failure.code;
  } finally {
    expect(performance.now() - started).toBeLessThan(2000);
  }
}

describe.skipIf(folder === undefined)("govmomi's descriptors", () => {
  it('are each accepted or refused with a reason, without a crash', { timeout: 120_000 }, () => {
    const outcomes = files.map(outcome);
    const reasons = new Set(outcomes.filter((code) => code !== 'accepted').map((code) => code.replace('media.', '')));
    expect([...reasons].filter((code) => !(code in messages.errors))).toEqual([]);
    expect(files.length).toBeGreaterThan(900);
    expect(outcomes.filter((code) => code === 'accepted').length).toBeGreaterThan(430);
  });

  it("of VMware's own appliances are accepted", () => {
    const own = files.filter((name) => name.startsWith(`vmware${path.sep}`));
    expect(own.length).toBeGreaterThan(0);
    expect(own.map((name) => [name, outcome(name)]).filter(([, code]) => code !== 'accepted')).toEqual([]);
  });
});
