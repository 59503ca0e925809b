/** ALE's answer in the demo, and the simulated host from one start to the next. */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { parseCatalogue } from '../../../core/media/catalogue.ts';
import { formatSecretKey, parsePublicKey } from '../../../main/adapters/media/catalogue/minisign.ts';
import { publicKeyOf } from '../../../main/adapters/ssh/key-pair.ts';
import { programPath } from '../../../main/compose/services.ts';
import { answerAsAle, answerNewBundles } from '../../../main/demo/ale-answer.ts';
import { prepareDemoFolder } from '../../../main/demo/sample-site.ts';
import { startSimulator } from '../../../main/demo/simulator.ts';
import { checkSignedAnswer } from '../../../main/runner/acknowledgement.ts';
import { keptHandover } from '../../../main/records/kept-handover.ts';
import { createHandover } from '../../../main/runner/handover.ts';
import { readSiteMachines } from '../../../main/runner/site-machines.ts';
import { readPlannedSite } from '../../../main/runner/site-input.ts';
import { type Laboratory, openLaboratory, root, run, value } from '../deploy/laboratory.ts';

let lab: Laboratory;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'edge-demo-'));
  lab = await openLaboratory();
  value((await run(lab)).result);
}, 120_000);
afterAll(async () => {
  await lab?.close();
  await rm(folder, { recursive: true, force: true });
});

async function readLab() {
  const planned = value(await readPlannedSite(lab.siteFile));
  return { planned, machines: await readSiteMachines(lab.services, planned, new AbortController().signal) };
}

it('answers a bundle as ALE does: the product accepts it, and refuses it for another bundle', async () => {
  const { planned, machines } = await readLab();
  const { bundlePath } = value(await createHandover(lab.services, planned, machines, lab.out));
  const signingKey = join(folder, 'signing-key.sec');
  await writeFile(signingKey, await formatSecretKey(lab.signingKey));
  const path = value(await answerAsAle({ identity: lab.identity, signingKey }, bundlePath, new Date()));
  expect(path).toBe(join(dirname(bundlePath), 'ack-lab.json'));
  const signer = value(parsePublicKey(await readFile(lab.trust, 'utf8')));
  const answer = { document: await readFile(path), signature: await readFile(`${path}.minisig`, 'utf8') };
  const kept = await keptHandover(lab.stateDir, 'lab');
  const expected = { site: 'lab', bundleSha256: kept?.sha256 ?? '', gateways: kept?.gateways ?? [] };
  expect(expected.gateways).toHaveLength(2);
  expect(checkSignedAnswer([signer], answer, expected)).toMatchObject({ ok: true, value: { site: 'lab' } });
  const other = { ...expected, bundleSha256: 'ab'.repeat(32) };
  expect(checkSignedAnswer([signer], answer, other)).toMatchObject({ failure: { code: 'handover.answer-bundle' } });
});

it('answers each new bundle of the wizard, until it ends', async () => {
  const signingKey = join(folder, 'signing-key.sec');
  await writeFile(signingKey, await formatSecretKey(lab.signingKey));
  const { planned, machines } = await readLab();
  const ending = new AbortController();
  const ale = { identity: lab.identity, signingKey, stateDir: lab.stateDir };
  const answering = answerNewBundles(ale, ending.signal);
  const answerTo = async (out: string): Promise<unknown> => {
    const { sha256 } = value(await createHandover(lab.services, planned, machines, join(lab.out, out)));
    const read = async () => JSON.parse(await readFile(join(lab.out, out, 'ack-lab.json'), 'utf8')) as object;
    await vi.waitFor(async () => expect(await read()).toMatchObject({ bundleSha256: sha256 }), 10_000);
    return sha256;
  };
  expect(await answerTo('first')).not.toBe(await answerTo('second'));
  ending.abort();
  await answering;
});

it('has the keys of ALE in its folder, and fails for a bundle that ALE cannot open', async () => {
  const demo = value(await prepareDemoFolder(join(folder, 'demo'), new Date()));
  const catalogue = value(parseCatalogue(await readFile(join(demo.media, 'catalogue.json'), 'utf8')));
  expect(catalogue.noc?.sshAuthorizedKeys).toEqual([publicKeyOf(await readFile(demo.loginKey, 'utf8'))]);
  const bundle = join(folder, 'no-bundle.age');
  await writeFile(bundle, 'no bundle');
  expect(await answerAsAle(demo, bundle, new Date())).toMatchObject({ failure: { code: 'handover.not-age' } });
});

/** The error of an order that the simulator refused. */
const refused = (message: string) => ({ failure: { code: 'demo.simulator-failed', params: { message } } });

it('finds each VM of the simulated host again, with its MACs, and takes what a guest publishes', async () => {
  const hostFolder = join(folder, 'esxi');
  // As the simulator of an earlier version kept it: without MACs and without an identity.
  const vm = {
    name: 'edge-1',
    cpus: 2,
    memoryMb: 1024,
    home: '[standard-perf] edge-1/edge-1.vmx',
    poweredOn: true,
    disks: [{ file: '[standard-perf] edge-1/edge-1.vmdk', kb: 8 * 1024 ** 2 }],
    networks: ['EDGE-LAN', 'EDGE-WAN'],
  };
  await mkdir(hostFolder, { recursive: true });
  await writeFile(join(hostFolder, 'inventory.json'), JSON.stringify([vm]));
  const start = async () =>
    value(
      await startSimulator({
        binary: programPath(root, 'vsphere-simulator'),
        folder: hostFolder,
        port: 0,
        password: 'simulator',
      }),
    );
  const first = await start();
  const [before] = await first.vms();
  if (before === undefined) throw new Error('no VM');
  expect(new Set(before.macs).size).toBe(2);
  await first.publish(before.id, 'guestinfo.edge.state', 'done');
  await expect(first.publish(before.id, 'rainbow-edge.site', 'x')).rejects.toMatchObject(
    refused('a guest cannot write "rainbow-edge.site"'),
  );
  await expect(first.publish('no such VM', 'guestinfo.edge.state', 'x')).rejects.toMatchObject(
    refused('no VM "no such VM"'),
  );
  await first.stop();
  await expect(first.vms()).rejects.toMatchObject(refused('the simulator has ended'));
  const second = await start();
  const [after] = await second.vms();
  await second.stop();
  expect(after).toMatchObject({ id: before.id, macs: before.macs, extraConfig: { 'guestinfo.edge.state': 'done' } });
});
