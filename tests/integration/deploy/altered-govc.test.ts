/** A program in place of govc: it receives no password, and the run ends with exit code 4. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { exitCodes } from '../../../core/base/errors.ts';
import { provenProgram } from '../../../main/system/processes/program.ts';
import { openEntry } from '../../../main/runner/endpoints.ts';
import { canaryPassword, type Laboratory, openLaboratory, run, value } from './laboratory.ts';

let lab: Laboratory;
beforeAll(async () => {
  lab = await openLaboratory({ hosts: [[]] });
});
afterAll(() => lab?.close());

/** The laboratory with a script as govc that records its input. */
async function withScript(): Promise<{ altered: Laboratory; trace: string }> {
  const trace = join(lab.folder, 'trace');
  const path = join(lab.folder, 'govc');
  await writeFile(path, `#!/bin/sh\necho "$GOVC_URL" > ${trace}\n`, { mode: 0o755 });
  const govcProgram = () => provenProgram({ name: 'govc', path, sha256: '0'.repeat(64) });
  return { altered: { ...lab, services: { ...lab.services, govcProgram } }, trace };
}

it('ends a run with exit code 4, and is never started', async () => {
  const { altered, trace } = await withScript();
  const { result, events } = await run(altered);
  if (result.ok) throw new Error(`it went through: ${result.value}`);
  expect([result.failure.code, exitCodes[result.failure.kind]]).toEqual(['common.program-altered', 4]);
  const words = lab.services.text('common.errors.program-altered.detail', result.failure.params);
  expect(words).toContain(join(lab.folder, 'govc'));
  expect(words).toContain('0'.repeat(64));
  const findings = events.flatMap((event) => (event.kind === 'findings' ? event.findings : []));
  expect(findings.find(({ rule }) => rule === 'infrastructure.reachable')).toMatchObject({
    status: 'fail',
    variant: 'program-altered',
  });
  expect(events.some(({ kind }) => kind === 'operation-started')).toBe(false);
  await expect(readFile(trace)).rejects.toThrow('ENOENT');
});

it('is reported by the wizard when it connects', async () => {
  const { altered, trace } = await withScript();
  const [host] = lab.hosts;
  if (host === undefined) throw new Error('no host');
  const { url, fingerprint } = host;
  const opened = value(await openEntry(altered.services, 'vsphere', { url, username: 'root', fingerprint }));
  const read = await opened.inspect();
  await opened.close();
  expect(read).toMatchObject({ ok: false, failure: { kind: 'trust', code: 'common.program-altered' } });
  expect(JSON.stringify(read)).not.toContain(canaryPassword);
  await expect(readFile(trace)).rejects.toThrow('ENOENT');
});
