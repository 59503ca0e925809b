import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fail, failure, ok } from '../../../core/base/errors.ts';
import { buildHandoverBundle } from '../../../core/handover/bundle.ts';
import { writeFileAtomic } from '../../../main/system/files/atomic.ts';
import { openBundle } from '../../../main/adapters/handover/age-bundle.ts';
import { writeHandover } from '../../../main/adapters/handover/write-handover.ts';
import { sampleInput } from '../../unit/core/handover/sample.ts';

const missing = ['/usr/bin/age', '/usr/bin/age-keygen'].filter((path) => !existsSync(path));
if (missing.length > 0) process.stderr.write(`Skipped, the standard tools are not installed: ${missing.join(', ')}\n`);

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'edge-interop-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** A new identity file; the value is its recipient. */
function keygen(name: string): string {
  execFileSync('age-keygen', ['-o', join(folder, name)], { stdio: 'ignore' });
  return execFileSync('age-keygen', ['-y', join(folder, name)], { encoding: 'utf8' }).trim();
}

async function written(recipients: readonly string[]) {
  const result = await writeHandover({
    input: sampleInput,
    recipients,
    outDir: folder,
    text: (key) => key,
    nowIso: sampleInput.createdIso,
    writeFile: writeFileAtomic,
  });
  if (!result.ok) throw new Error(result.failure.code);
  return result.value;
}

const built = buildHandoverBundle(sampleInput);

describe.skipIf(missing.length > 0)('the handover and the standard tools', () => {
  it('age opens our bundle with the identity of each recipient, and with no other', async () => {
    const recipients = [keygen('noc.key'), keygen('partner.key')];
    keygen('stranger.key');
    const { bundlePath } = await written(recipients);
    for (const name of ['noc.key', 'partner.key']) {
      const json = execFileSync('age', ['-d', '-i', join(folder, name), bundlePath], { encoding: 'utf8' });
      expect(ok(JSON.parse(json))).toEqual(built);
    }
    expect(spawnSync('age', ['-d', '-i', join(folder, 'stranger.key'), bundlePath]).status).not.toBe(0);
    const stranger = await readFile(join(folder, 'stranger.key'), 'utf8');
    expect(await openBundle(await readFile(bundlePath), stranger)).toEqual(
      fail(failure('input', 'handover.wrong-identity')),
    );
  });

  it.each(['binary', 'armored'])('the product opens a bundle that age sealed, %s', async (form) => {
    const recipient = keygen(`${form}.key`);
    if (!built.ok) throw new Error(built.failure.code);
    await writeFile(join(folder, 'bundle.json'), JSON.stringify(built.value));
    const flags = form === 'armored' ? ['-a'] : [];
    const sealed = execFileSync('age', [...flags, '-r', recipient, join(folder, 'bundle.json')]);
    const identity = await readFile(join(folder, `${form}.key`), 'utf8');
    expect(identity).toMatch(/^# created/);
    expect(await openBundle(sealed, identity)).toEqual(ok({ bundle: built.value, json: JSON.stringify(built.value) }));
  });

  it('sha256sum, bc and python3 give the same hash and confirmation code', async () => {
    const { bundlePath, sha256, confirmationCode } = await written([keygen('code.key')]);
    expect(execFileSync('sha256sum', [bundlePath], { encoding: 'utf8' }).slice(0, 64)).toBe(sha256);
    const digits = confirmationCode.replaceAll('-', '');
    const python =
      "import hashlib,sys; print('%012d' % (int.from_bytes(hashlib.sha256(open(sys.argv[1],'rb').read()).digest()[:8],'big') % 10**12))";
    expect(execFileSync('python3', ['-c', python, bundlePath], { encoding: 'utf8' }).trim()).toBe(digits);
    const bc = 'echo "ibase=16; $(sha256sum "$0" | cut -c1-16 | tr a-f A-F) % E8D4A51000" | bc';
    expect(execFileSync('sh', ['-c', bc, bundlePath], { encoding: 'utf8' }).trim().padStart(12, '0')).toBe(digits);
  });
});
