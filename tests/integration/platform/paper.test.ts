/**
 * A platform is one folder on each side and one row in each table. This test adds the rows of the paper platform to the
 * two tables; the rest is the unchanged product: site file, plan, checks, runner and commands.
 */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Machine } from '../../../core/platform/inventory.ts';
import type { RunEvent } from '../../../core/run/event.ts';
import { reduceRun, type RunState } from '../../../core/run/state.ts';
import { formatPublicKey, generateKeyPair } from '../../../main/adapters/media/catalogue/minisign.ts';
import { createVault } from '../../../main/adapters/secrets/vault.ts';
import { composeText } from '../../../main/compose/services.ts';
import type { Services } from '../../../main/runner/services.ts';
import { writeFileAtomic } from '../../../main/system/files/atomic.ts';
import { tryLock } from '../../../main/system/files/lock.ts';
import { makeMedium } from '../deploy/laboratory.ts';
import { siteYaml } from '../deploy/site-yaml.ts';

vi.mock('../../../core/platform/platforms.ts', async (original) => {
  const { paper } = await import('../../fixtures/paper-platform/core/platform.ts');
  const { platforms } = await original<{ platforms: object }>();
  return { platforms: { ...platforms, paper } };
});
vi.mock('../../../main/platforms/platforms.ts', async (original) => {
  const { paperDriver } = await import('../../fixtures/paper-platform/main/driver.ts');
  const { drivers } = await original<{ drivers: object }>();
  return { drivers: { ...drivers, paper: paperDriver } };
});

const { startRun } = await import('../../../main/runner/start-run.ts');
const { readPlannedSite } = await import('../../../main/runner/site-input.ts');
const { allInventories, readEndpoints, withEndpoints } = await import('../../../main/runner/endpoints.ts');
const { reconcileSite } = await import('../../../main/runner/inventory.ts');
const { compareInventory } = await import('../../../core/deploy/comparison.ts');
const { ownedVms } = await import('../../../core/deploy/reconcile.ts');
const { siteJsonSchema } = await import('../../../core/site/json-schema.ts');

let folder = '';
let services: Services;
const at = (name: string): string => join(folder, name);
const machines = async (): Promise<readonly Machine[]> => {
  const desks = await Promise.all(['north.json', 'south.json'].map((name) => readFile(at(name), 'utf8')));
  return desks.flatMap((desk) => (JSON.parse(desk) as { machines: Machine[] }).machines);
};
const value = <T>(result: { ok: true; value: T } | { ok: false; failure: unknown }): T => {
  if (!result.ok) throw new Error(JSON.stringify(result.failure));
  return result.value;
};

async function run(siteFile = 'site.yaml'): Promise<{ outcome: unknown; events: RunEvent[] }> {
  const events: RunEvent[] = [];
  const started = await startRun(services, {
    planned: value(await readPlannedSite(at(siteFile))),
    stages: ['check', 'media', 'preflight', 'deploy'],
    outDir: at('out'),
    listeners: [(event) => events.push(event)],
    signal: new AbortController().signal,
  });
  return { outcome: await value(started).finished, events };
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'edge-paper-'));
  const { secretKey } = generateKeyPair();
  await makeMedium(at('media'), { secretKey });
  for (const desk of ['north.json', 'south.json']) await writeFile(at(desk), '{ "machines": [], "images": [] }');
  const section = `    platform: paper
    paper:
      desks: [{ file: "${at('north.json')}" }, { file: "${at('south.json')}" }]
      drawers: { standard: top, premium: bottom }
      lines: { lan: red, wan: blue }
`;
  const yaml = siteYaml([], (text) => text.replace(/ {4}platform: vsphere[\s\S]*?(?=network:\n)/, section));
  await writeFile(at('site.yaml'), yaml);
  services = {
    name: 'Rainbow Edge Installer',
    version: '0.0.0',
    stateDir: at('state'),
    secrets: createVault({
      path: at('vault.age'),
      passphrase: async () => ({ ok: true, value: 'a passphrase of the tests' }),
      writeFile: writeFileAtomic,
      tryLock,
      workFactor: 10,
    }),
    guestAddress: () => ({ host: '127.0.0.1', port: 1 }),
    bootLimit: 0,
    govcProgram: () => Promise.reject(new Error('the paper platform needs no govc')),
    trustedKeys: [{ name: 'trust', publicKeyText: formatPublicKey(secretKey) }],
    imageIssuers: [],
    text: await composeText('en'),
    now: () => new Date(),
    warn: () => undefined,
  };
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('a platform of one folder on each side and one row', () => {
  it('is a form of a data centre in the site file and its JSON schema', async () => {
    const planned = value(await readPlannedSite(at('site.yaml')));
    expect(planned.site.datacentres[0]?.platform).toBe('paper');
    expect(new Set(planned.plan.vms.map(({ endpointIndex }) => endpointIndex))).toEqual(new Set([0, 1]));
    expect(JSON.stringify(siteJsonSchema())).toContain('"drawers"');
  });

  it('is planned, and each desk gets each image once', async () => {
    const planned = value(await readPlannedSite(at('site.yaml')));
    const images = (await run()).events.flatMap((event) => (event.kind === 'image-verified' ? [event.image] : []));
    expect(images.length).toBeGreaterThan(0);
    const after = await withEndpoints(services, planned.site, async (endpoints) =>
      reconcileSite(services, planned, await readEndpoints(endpoints), images),
    );
    expect(value(after)).toMatchObject({ phases: [], drift: [] });
    expect(value(after).done).toHaveLength(planned.plan.vms.length);
  });

  it('is deployed by the product’s runner: machines as planned, uploads before machines', async () => {
    await writeFile(at('north.json'), '{ "machines": [], "images": [] }');
    await writeFile(at('south.json'), '{ "machines": [], "images": [] }');
    const planned = value(await readPlannedSite(at('site.yaml')));
    const { outcome, events } = await run();
    expect(outcome).toEqual({ ok: true, value: 'done' });
    const made = await machines();
    expect(made.map(({ name }) => name).toSorted()).toEqual(planned.plan.vms.map(({ name }) => name).toSorted());
    expect(made.every(({ poweredOn, owner }) => poweredOn && owner?.stage === 'configured')).toBe(true);
    const uploads = events.flatMap((event) =>
      event.kind === 'operation-started' && event.operation === 'upload-image' ? [event.id] : [],
    );
    expect(new Set(uploads).size).toBe(uploads.length);
    expect(uploads.length).toBeGreaterThan(7);
    const rules = events.flatMap((event) => (event.kind === 'findings' ? event.findings : []));
    expect(rules.find(({ rule }) => rule === 'paper.drawers')?.status).toBe('pass');
    expect(rules.find(({ rule }) => rule === 'vsphere.datastores')?.status).toBe('skipped');
  });

  it('makes no change the second time, and repairs missing machines', async () => {
    expect((await run()).outcome).toEqual({ ok: true, value: 'nothing-to-do' });
    const desk = JSON.parse(await readFile(at('north.json'), 'utf8')) as { machines: Machine[]; images: string[] };
    const [first, ...others] = desk.machines;
    if (first === undefined) throw new Error('no machine');
    await writeFile(
      at('north.json'),
      JSON.stringify({ ...desk, machines: [{ ...first, poweredOn: false }, ...others] }),
    );
    const { outcome, events } = await run();
    expect(outcome).toEqual({ ok: true, value: 'done' });
    expect(events.flatMap((event) => (event.kind === 'operation-started' ? [event.id] : []))).toEqual([
      `${first.name}/power-on`,
    ]);
  });

  it('reports its status, and is rolled back to nothing', async () => {
    const planned = value(await readPlannedSite(at('site.yaml')));
    await withEndpoints(services, planned.site, async (endpoints) => {
      const inventories = value(allInventories(await readEndpoints(endpoints)));
      const { vms } = compareInventory(planned.plan, planned.site.datacentres, inventories);
      expect(new Set(vms.map(({ status }) => status))).toEqual(new Set(['as-planned']));
    });
    const { run: rollback } = await import('../../../main/commands/rollback.ts');
    const said: string[] = [];
    const out = vi.spyOn(process.stdout, 'write').mockImplementation((chunk) => said.push(String(chunk)) > 0);
    const code = await rollback(
      {
        text: services.text,
        json: true,
        signal: new AbortController().signal,
        services: async () => ({ ok: true, value: services }),
      } as unknown as Parameters<typeof rollback>[0],
      at('site.yaml'),
      { yes: planned.site.site.name },
    );
    out.mockRestore();
    expect(code).toBe(0);
    expect((JSON.parse(said.join('')) as { removed: string[] }).removed).toHaveLength(planned.plan.vms.length);
    expect(await machines()).toEqual([]);
    expect(ownedVms(planned.plan.site, [])).toEqual([]);
  });
});

describe('a data centre without an automatic platform', () => {
  it('gets manual steps: each machine appears in the preview, the run and the document', async () => {
    const byHand = (await readFile(at('site.yaml'), 'utf8'))
      .replace(/ {4}platform: paper[\s\S]*?(?=network:\n)/, '    platform: kvm\n')
      .replace('name: lab', 'name: handmade');
    await writeFile(at('by-hand.yaml'), byHand);
    const planned = value(await readPlannedSite(at('by-hand.yaml')));
    const names = planned.plan.vms.map(({ name }) => name);
    const preview = value(await reconcileSite(services, planned, [], []));
    expect(preview.phases.flatMap(({ work }) => work.flatMap((one) => one.operations.map(({ by }) => by)))).toEqual(
      names.map(() => 'hand'),
    );
    const { outcome, events } = await run('by-hand.yaml');
    expect(outcome).toEqual({ ok: true, value: 'done' });
    const state = events.reduce<RunState | undefined>(reduceRun, undefined);
    expect(state?.vms.map(({ vm, status }) => [vm, status])).toEqual(names.map((name) => [name, 'by-hand']));
    expect(state?.files).toEqual([at('out/manual-steps.html')]);
    const page = await readFile(at('out/manual-steps.html'), 'utf8');
    for (const name of names) expect(page).toContain(name);
  });
});
