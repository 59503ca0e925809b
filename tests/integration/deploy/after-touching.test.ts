/** Failures after VMs were deployed: exit code 1, and never the text or exit code of work that was not started. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { exitCodes, type Failure, fail, failure, type Result } from '../../../core/base/errors.ts';
import { ensureSiteKey } from '../../../main/adapters/ssh/site-key.ts';
import { gatewaySecretName } from '../../../main/adapters/wireguard/gateway-keys.ts';
import { readPlannedSite } from '../../../main/runner/site-input.ts';
import { startRun } from '../../../main/runner/start-run.ts';
import { plainEnvironment } from './cli-process.ts';
import { cliFails } from '../cli/command.ts';
import { allStages, deployStages, type Laboratory, openLaboratory, value } from './laboratory.ts';

let lab: Laboratory;
let vms: string[];
beforeAll(async () => {
  lab = await openLaboratory({ grains: 1 });
  vms = value(await readPlannedSite(lab.siteFile)).plan.vms.map(({ name }) => name);
  // The deployment needs the bootstrap key before its first VM.
  value(await ensureSiteKey(lab.secrets, 'lab'));
});
afterAll(() => lab?.close());

/** Failures of the secret store and of keys of the kinds `input` and `blocked`. */
const reasons: readonly Failure[] = [
  failure('input', 'secrets.vault-unusable', { path: '/vault.age', reason: 'EACCES' }),
  failure('input', 'secrets.passphrase-empty'),
  failure('preflight', 'deploy.blocked', { count: 1 }),
];

it.each(reasons.map((reason, index) => [reason.code, reason, index] as const))(
  '%s after a VM was deployed is a failed operation',
  async (_code, reason, index) => {
    const refuse = async (): Promise<Result<never>> => fail(reason);
    const { secrets } = lab.services;
    const started = value(
      await startRun(
        {
          ...lab.services,
          secrets: {
            ...secrets,
            check: refuse,
            get: (name) => (name.startsWith('wireguard/') ? refuse() : secrets.get(name)),
          },
        },
        {
          planned: value(await readPlannedSite(lab.siteFile)),
          stages: allStages,
          outDir: lab.out,
          vms: vms.slice(index, index + 1),
          signal: new AbortController().signal,
        },
      ),
    );
    expect(await started.finished).toEqual(fail({ ...reason, kind: 'operation' }));
    const state = started.stream.state();
    expect(state?.vms.find(({ vm }) => vm === vms[index])?.status).toBe('done');
    expect(state?.stages.find(({ stage }) => stage === 'keys')?.failure?.kind).toBe('operation');
  },
);

it('a run with all keys present does not check whether the store is writable', async () => {
  const first = vms.find((name) => name.includes('edge-gw')) ?? '';
  value(await lab.secrets.set(gatewaySecretName(first), 'not a key'));
  const deploy = ['deploy', lab.siteFile, '--vault', lab.vault, '--trust', lab.trust];
  const failed = await cliFails(plainEnvironment(lab), deploy);
  expect([failed.code, failed.error.code]).toEqual([exitCodes.operation, 'handover.wireguard-key']);
  expect(failed.json.vms).toEqual({ total: vms.length, done: vms.length });
  value(await lab.secrets.delete(gatewaySecretName(first)));

  const run = async (secrets: typeof lab.secrets) => {
    const { signal } = new AbortController();
    const planned = value(await readPlannedSite(lab.siteFile));
    const options = { planned, stages: deployStages, outDir: lab.out, signal };
    return value(await startRun({ ...lab.services, secrets }, options)).finished;
  };
  expect(await run(lab.secrets)).toEqual({ ok: true, value: 'nothing-to-do' });
  const readOnly = async (): Promise<Result<never>> =>
    fail(failure('input', 'secrets.vault-unusable', { path: lab.vault, reason: 'EROFS' }));
  expect(await run({ ...lab.secrets, check: readOnly, set: readOnly, delete: readOnly })).toEqual({
    ok: true,
    value: 'nothing-to-do',
  });
});
