/**
 * The run from the first login to the seal, on simulated hosts and guests: each wait, each refusal, each second laptop.
 */
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Stage } from '../../../core/run/event.ts';
import { answerCode } from '../../../core/handover/acknowledgement.ts';
import { vsphereSecretName } from '../../../core/platform/vsphere/secret.ts';
import { tagKeys } from '../../../core/platform/vsphere/tags.ts';
import { formatSecretKey } from '../../../main/adapters/media/catalogue/minisign.ts';
import { answerAsAle } from '../../../main/demo/ale-answer.ts';
import { keptRuns } from '../../../main/records/journal.ts';
import { keptHandover } from '../../../main/records/kept-handover.ts';
import { acceptAnswerCode } from '../../../main/runner/acknowledgement.ts';
import { openAccess } from '../../../main/runner/gateway-access.ts';
import { createHandover } from '../../../main/runner/handover.ts';
import { connectSsh } from '../../../main/adapters/ssh/connect.ts';
import { addressesOn } from '../../../core/plan/network/dns.ts';
import { hostKeysOf, readSiteMachines } from '../../../main/runner/site-machines.ts';
import { sealStages, stagesBeforeSeal } from '../../../main/runner/stages/stages.ts';
import { startRun } from '../../../main/runner/start-run.ts';
import { canaryPassword, value } from '../deploy/laboratory.ts';
import { type GuestLaboratory, startGuestLaboratory } from './guest-laboratory.ts';

let made: GuestLaboratory;
const { signal } = new AbortController();

async function runOn(stages: readonly Stage[], more: { readonly typedSite?: string; stateDir?: string } = {}) {
  const { services, planned, lab } = made;
  const { typedSite, stateDir = lab.stateDir } = more;
  const started = value(
    await startRun({ ...services, stateDir }, { planned, stages, outDir: lab.out, signal, typedSite }),
  );
  const result = await started.finished;
  const state = started.stream.state();
  if (state === undefined) throw new Error('a run without a state');
  return { result, state };
}
const statusOf = (state: Awaited<ReturnType<typeof runOn>>['state']) =>
  Object.fromEntries(state.stages.map(({ stage, status }) => [stage, status]));
const marks = async () =>
  (await made.vms()).map(({ extraConfig = {} }) => [extraConfig[tagKeys.stage], extraConfig[tagKeys.sealed]] as const);
const secretNames = async () => value(await made.lab.secrets.list());
const machinesNow = () => readSiteMachines(made.services, made.planned, signal);

beforeAll(async () => {
  made = await startGuestLaboratory();
}, 120_000);
afterAll(() => made?.close());

describe('a run', () => {
  it("configures the gateways, writes the bundle, and ends with the wait for ALE's answer", async () => {
    const { result, state } = await runOn(stagesBeforeSeal);
    expect(result).toEqual({ ok: true, value: 'waiting' });
    expect(state.waitingFor).toBe('ale-answer');
    expect(statusOf(state)).toMatchObject({
      gateways: 'done',
      handover: 'done',
      answer: 'waiting',
      health: 'not-started',
      summary: 'done',
    });
    const kept = (await made.vms()).filter(({ name }) => name.includes('edge-gw'));
    const bundle = await keptHandover(made.lab.stateDir, 'lab');
    expect(new Set(kept.map(({ extraConfig = {} }) => extraConfig[tagKeys.wireguard]))).toEqual(
      new Set(bundle?.gateways.map(({ publicKey }) => publicKey)),
    );
    expect(bundle?.gateways).toHaveLength(2);
  });

  it('keeps the bundle that ALE is answering', async () => {
    const before = await keptHandover(made.lab.stateDir, 'lab');
    expect((await runOn(stagesBeforeSeal)).state.waitingFor).toBe('ale-answer');
    expect((await keptHandover(made.lab.stateDir, 'lab'))?.sha256).toBe(before?.sha256);
  });

  it('is not sealed before ALE has confirmed, and nothing is changed', async () => {
    const { result } = await runOn(sealStages);
    expect(result).toMatchObject({ failure: { kind: 'input', code: 'gateway.seal-unconfirmed' } });
    const other = await runOn(sealStages, { typedSite: 'another' });
    expect(other.result).toMatchObject({ failure: { code: 'gateway.seal-unconfirmed' } });
    expect(await secretNames()).toContain('ssh/lab');
  });

  it('makes no key on a second laptop while the gateways have some', async () => {
    const empty = new Map<string, string>();
    const { lab } = made;
    const secrets = {
      ...lab.secrets,
      get: async (name: string) =>
        name.startsWith('vsphere/') ? lab.secrets.get(name) : ({ ok: true, value: empty.get(name) } as const),
      set: async (name: string, text: string) => (empty.set(name, text), { ok: true, value: undefined } as const),
    };
    const { planned, services } = made;
    const stateDir = join(lab.folder, 'second-laptop');
    const started = value(
      await startRun(
        { ...services, secrets, stateDir },
        { planned, stages: stagesBeforeSeal, outDir: join(lab.folder, 'second-out'), signal },
      ),
    );
    expect(await started.finished).toMatchObject({ ok: false, failure: { code: 'handover.key-elsewhere' } });
    expect([...empty.keys()].filter((name) => name.startsWith('wireguard/'))).toEqual([]);
  });

  it('refuses a code of another bundle, and the confirmation code', async () => {
    const kept = await keptHandover(made.lab.stateDir, 'lab');
    const secret = value(await made.lab.secrets.get('handover/lab')) ?? '';
    const refused = async (code: string) => {
      const accepted = await acceptAnswerCode(made.services, made.planned, code);
      return accepted.ok ? 'accepted' : accepted.failure.code;
    };
    expect(await refused(answerCode(secret, 'ab'.repeat(32)))).toBe('handover.answer-code-wrong');
    expect(await refused(kept?.confirmationCode ?? '')).toBe('handover.answer-code-own');
    expect(await refused('12')).toBe('handover.answer-code-form');
  });

  it('ends with exit code 4 at an answer that somebody altered', async () => {
    const { lab } = made;
    const kept = await keptHandover(lab.stateDir, 'lab');
    const signingKey = join(lab.folder, 'signing-key.sec');
    await writeFile(signingKey, await formatSecretKey(lab.signingKey));
    const bundle = kept?.bundleFile ?? '';
    const path = value(await answerAsAle({ identity: lab.identity, signingKey }, bundle, new Date()));
    const text = await readFile(path, 'utf8');
    await writeFile(path, text.replace('"lab"', '"lob"'));
    const { result } = await runOn(stagesBeforeSeal);
    expect(result).toMatchObject({ failure: { kind: 'trust', code: 'handover.answer-altered' } });
    await writeFile(path, text);
  });

  it('goes on with the answer, confirms the tunnel, and deletes the keys with a receipt', async () => {
    const { result, state } = await runOn(stagesBeforeSeal);
    expect(result).toMatchObject({ ok: true });
    expect(statusOf(state)).toMatchObject({ answer: 'done', health: 'done', 'delete-keys': 'done', summary: 'done' });
    expect(state.tunnelConfirmed).toBe(true);
    expect(new Set((await marks()).map(([stage]) => stage))).toEqual(new Set(['handed-over']));
    const left = await secretNames();
    expect(left.filter((name) => /^(?:wireguard|disk|handover)\//.test(name))).toEqual([]);
    expect(left).toContain('ssh/lab');
    const folder = join(made.lab.stateDir, 'sites', 'lab');
    const files = (await readdir(folder, { recursive: true })).filter((name) => name.endsWith('.ndjson'));
    const journals = await Promise.all(files.map((name) => readFile(join(folder, name), 'utf8')));
    expect(journals.join('')).toContain('"kind":"secrets-deleted"');
  });

  it('makes no key and no bundle after that', async () => {
    const { result } = await runOn(stagesBeforeSeal);
    expect(result).toMatchObject({ ok: true });
    expect((await secretNames()).filter((name) => name.startsWith('wireguard/'))).toEqual([]);
  });
});

describe('the seal', () => {
  it('removes our access from every VM, proves it, and empties the store', async () => {
    const { planned, services, key, ale } = made;
    // The seal deletes the passwords of the hosts, which tell the host keys.
    const machines = await machinesNow();
    const { result, state } = await runOn(sealStages);
    expect(result).toMatchObject({ ok: true });
    expect(await secretNames()).toEqual([]);
    expect(state.sealedVms?.toSorted()).toEqual(made.planned.plan.vms.map(({ name }) => name).toSorted());
    for (const vm of planned.plan.vms) {
      const login = {
        ...services.guestAddress(addressesOn(vm, 'lan')[0] ?? '', 22),
        username: 'root',
        hostKeys: hostKeysOf(planned, machines, vm),
      };
      expect(await connectSsh({ ...login, privateKey: key.privateKey })).toMatchObject({
        failure: { code: 'ssh.key-refused' },
      });
      const theirs = value(await connectSsh({ ...login, privateKey: ale.privateKey }));
      await theirs.close();
    }
    for (const [stage, on] of await marks()) expect([stage, on]).toEqual(['sealed', state.sealedAt]);
    const files = await Promise.all(
      state.files.filter((name) => name.endsWith('.json')).map((name) => readFile(name, 'utf8')),
    );
    expect(files.join('')).toContain('"sealedAt"');
    expect(files.join('')).not.toContain('infrastructure.password');
  });

  it('is known to every later command, which makes no key', async () => {
    const { services, planned, lab } = made;
    for (const { url } of lab.hosts) value(await lab.secrets.set(value(vsphereSecretName(url)), canaryPassword));
    const machines = await machinesNow();
    expect(await openAccess(services, planned, machines, signal)).toMatchObject({
      failure: { kind: 'input', code: 'gateway.sealed' },
    });
    expect(await createHandover(services, planned, machines, lab.out)).toMatchObject({
      failure: { code: 'gateway.sealed' },
    });
    const again = await runOn(stagesBeforeSeal);
    expect(again.result).toEqual({ ok: true, value: 'nothing-to-do' });
    expect(again.state.sealedAt).not.toBeUndefined();
    expect((await secretNames()).filter((name) => !name.startsWith('vsphere/'))).toEqual([]);
    expect(value(await keptRuns(lab.stateDir, 'lab')).length).toBeGreaterThan(1);
  });
});
