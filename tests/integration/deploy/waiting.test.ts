/**
 * A run that waits for a person: exit code 0, the stages after the wait are left for the next run, the summary is
 * written.
 */
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { ok } from '../../../core/base/errors.ts';
import type { Stage } from '../../../core/run/event.ts';
import type { CommandContext } from '../../../main/commands/context.ts';
import { runSite } from '../../../main/commands/run-stages.ts';
import { keptRuns } from '../../../main/records/journal.ts';
import type { StageRow } from '../../../main/runner/stages/stage.ts';
import { stageRows } from '../../../main/runner/stages/stages.ts';
import { type Laboratory, openLaboratory, root, value } from './laboratory.ts';
import { siteYaml } from './site-yaml.ts';

let lab: Laboratory;
beforeAll(async () => {
  lab = await openLaboratory({ grains: 1, hosts: [] });
  const fingerprint = `SHA256:${Array.from({ length: 32 }, () => 'AB').join(':')}`;
  await writeFile(lab.siteFile, siteYaml([{ url: 'https://127.0.0.1:1', fingerprint }]));
});
afterAll(() => lab?.close());

/** Stages without a host, with one stage after the wait that is not marked for it. */
const stages: readonly Stage[] = ['check', 'media', 'handover', 'keys', 'summary'];

/** The known stages, with a wait for an answer after the handover. */
function rowsThat(answered: () => boolean): readonly StageRow[] {
  const rowOf = (stage: Stage): StageRow[] => stageRows.filter((row) => row.stage === stage);
  return stages.flatMap(rowOf).map((row) => {
    if (row.stage !== 'handover') return row;
    return {
      ...row,
      work: async (run) => {
        const end = await row.work(run);
        return 'failure' in end || answered() ? end : { outcome: 'waiting', waitingFor: 'ale-answer' };
      },
    };
  });
}

/** Exit code and output. */
async function runIt(answered: boolean, json: boolean): Promise<{ code: number; stdout: string; stderr: string }> {
  const context: CommandContext = {
    root,
    text: lab.services.text,
    json,
    progress: 'auto',
    signal: new AbortController().signal,
    secrets: lab.secrets,
    warn: lab.services.warn,
    services: async () => ok(lab.services),
  };
  const printed = { stdout: '', stderr: '' };
  const spies = (['stdout', 'stderr'] as const).map((stream) =>
    vi.spyOn(process[stream], 'write').mockImplementation((words) => ((printed[stream] += String(words)), true)),
  );
  try {
    const code = await runSite(context, lab.siteFile, { out: lab.out }, { stages, rows: rowsThat(() => answered) });
    return { code, ...printed };
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
}

const lastRun = async () => value(await keptRuns(lab.stateDir, 'lab')).at(-1)?.state;

it('ends with the reason of its wait, in JSON and in the journal', async () => {
  const { code, stdout } = await runIt(false, true);
  expect(code).toBe(0);
  const result = JSON.parse(stdout) as { files: string[] };
  expect(result).toMatchObject({ outcome: 'waiting', waitingFor: 'ale-answer' });
  for (const ending of ['.age', '.pdf', '.json'])
    expect(
      result.files.some((file) => file.endsWith(ending) && existsSync(file)),
      ending,
    ).toBe(true);
  const state = await lastRun();
  expect(state).toMatchObject({ outcome: 'waiting', waitingFor: 'ale-answer' });
  expect(state?.stages.map(({ stage, status, waitingFor }) => [stage, status, waitingFor])).toEqual([
    ['check', 'done', undefined],
    ['media', 'done', undefined],
    ['handover', 'waiting', 'ale-answer'],
    ['keys', 'not-started', undefined],
    ['summary', 'done', undefined],
  ]);
});

it('is shown in the summary as waiting, not as an earlier failure', async () => {
  const { files } = JSON.parse((await runIt(false, true)).stdout) as { files: string[] };
  const summary = JSON.parse(
    await readFile(files.find((file) => file.endsWith('.json')) ?? join(lab.out, 'none'), 'utf8'),
  ) as unknown;
  const words = JSON.stringify(summary);
  expect(words).toContain(lab.services.text('deploy.waiting-for.ale-answer'));
  expect(words).toContain('"waiting"');
  expect(words).not.toContain('Earlier runs that did not come to a good end');
});

it('prints the reason of its wait', async () => {
  const { code, stdout, stderr } = await runIt(false, false);
  expect(code).toBe(0);
  const sentence = lab.services.text('deploy.waiting-for.ale-answer');
  expect(stdout).toContain(sentence);
  expect(stderr).toContain(sentence);
});

it('continues when it is run again', async () => {
  const { code, stdout } = await runIt(true, true);
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ outcome: 'done' });
  expect(JSON.parse(stdout)).not.toHaveProperty('waitingFor');
  expect((await lastRun())?.stages.every(({ status }) => status === 'done')).toBe(true);
});
