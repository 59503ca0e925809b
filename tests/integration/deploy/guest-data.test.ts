/**
 * What the guests get at their creation and publish later, on simulated ESXi hosts, which assign MAC addresses at
 * power-on only.
 */
import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createGovc, type Govc } from 'govc-wrapper';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exitCodes, fail, failure, type Result } from '../../../core/base/errors.ts';
import { macsByVm } from '../../../core/deploy/macs.ts';
import { isMachineWork } from '../../../core/deploy/operation.ts';
import type { EndpointReading, Machine } from '../../../core/platform/inventory.ts';
import { createMedium } from '../../../main/adapters/media/catalogue/create.ts';
import { formatSecretKey } from '../../../main/adapters/media/catalogue/minisign.ts';
import { publicKeyFingerprint } from '../../../main/adapters/ssh/host-key.ts';
import { generateSshKeyPair } from '../../../main/adapters/ssh/key-pair.ts';
import { readSiteKey } from '../../../main/adapters/ssh/site-key.ts';
import { programPath } from '../../../main/compose/services.ts';
import { reconcileWithKey } from '../../../main/runner/bootstrap-key.ts';
import { endpointAt, readEndpoints, withEndpoints } from '../../../main/runner/endpoints.ts';
import { reconcileSite } from '../../../main/runner/inventory.ts';
import { readSiteMedium } from '../../../main/runner/media.ts';
import { runPhases } from '../../../main/runner/phases.ts';
import { preflightOf, seeMedium } from '../../../main/runner/preflight.ts';
import type { Services } from '../../../main/runner/services.ts';
import { readPlannedSite, type PlannedSite } from '../../../main/runner/site-input.ts';
import { plainEnvironment, startCli } from './cli-process.ts';
import { fixedProperty, gatewayOva, otherProperty, withGatewayImage } from './keyless-medium.ts';
import {
  canaryPassword,
  type Host,
  keptVms,
  type Laboratory,
  openLaboratory,
  root,
  run,
  servicesIn,
  value,
} from './laboratory.ts';

const [gateway, second, single] = ['lab-edge-gw-1', 'lab-edge-gw-2', 'lab-logs-1'];

let lab: Laboratory;
let planned: PlannedSite;
let govcs: readonly Govc[] = [];

const clientOf = ({ port, fingerprint }: Host): Govc =>
  createGovc({
    binary: programPath(root, 'govc'),
    host: '127.0.0.1',
    port,
    username: 'root',
    password: canaryPassword,
    fingerprint,
  });

beforeAll(async () => {
  lab = await openLaboratory();
  planned = value(await readPlannedSite(lab.siteFile));
  govcs = lab.hosts.map(clientOf);
});
afterAll(async () => {
  await Promise.all(govcs.map((govc) => govc.dispose()));
  await lab?.close();
});

const never = (): AbortSignal => new AbortController().signal;
const read = (services: Services): Promise<EndpointReading[]> =>
  withEndpoints(services, planned.site, (endpoints) => readEndpoints(endpoints));

/** Deploys `vms` as the stage `deploy` does. */
async function deploy(services: Services, vms: readonly string[]): Promise<Result<void>> {
  const medium = value(await readSiteMedium(services, planned, never(), () => undefined));
  value(await medium.finished);
  return withEndpoints(services, planned.site, async (endpoints) => {
    const readings = await readEndpoints(endpoints);
    const reconciled = await reconcileWithKey(services, planned, readings, medium.soFar().images, vms);
    if (!reconciled.ok) return reconciled;
    return runPhases({
      phases: reconciled.value.phases.map(({ name, work }) => ({
        name,
        work: work.filter((one) => !isMachineWork(one) || vms.includes(one.target.machine)),
      })),
      endpointAt: (place) => endpointAt(endpoints, place) ?? fail(failure('input', 'deploy.no-endpoint', {})),
      images: new Map(medium.images.map((image) => [image.file, image])),
      emit: () => undefined,
      signal: never(),
    });
  });
}

const kept = async (name: string) => {
  const vms = (await Promise.all(lab.hosts.map((host) => keptVms(host)))).flat();
  const vm = vms.find((one) => one.name === name);
  if (vm === undefined) throw new Error(name);
  return vm;
};
const machines = async (): Promise<Machine[]> =>
  (await read(lab.services)).flatMap(({ inventory }) => inventory?.machines ?? []);
const machine = async (name: string): Promise<Machine> => {
  const found = (await machines()).find((one) => one.name === name);
  if (found === undefined) throw new Error(name);
  return found;
};

/** Changes a VM on its host, as an administrator or its guest may. */
async function onHost(name: string, change: (govc: Govc, vm: { readonly moref: string }) => Promise<unknown>) {
  for (const govc of govcs) {
    const vm = await govc.vm({ name }).catch(() => undefined);
    if (vm !== undefined) return change(govc, { moref: vm.moref });
  }
  throw new Error(name);
}

/** Another laptop: its own state and vault, with the passwords of the hosts only. */
async function otherLaptop(name: string): Promise<Services> {
  const folder = join(lab.folder, name);
  await cp(lab.trust, join(folder, 'trust.pub'));
  const services = await servicesIn(folder);
  for (const secret of value(await lab.secrets.list())) {
    const text = value(await lab.secrets.get(secret));
    if (secret.startsWith('vsphere/') && text !== undefined) value(await services.secrets.set(secret, text));
  }
  return services;
}

describe('the bootstrap key', () => {
  it('is made before the first VM, and its public half reaches the guest', async () => {
    expect(value(await readSiteKey(lab.secrets, 'lab'))).toBeUndefined();
    expect(await deploy(lab.services, [gateway])).toEqual({ ok: true, value: undefined });
    const key = value(await readSiteKey(lab.secrets, 'lab'));
    if (key === undefined) throw new Error('no key');
    const { extraConfig = {} } = await kept(gateway);
    const property = /oe:key="ssh_authorized_key" oe:value="([^"]*)"/.exec(extraConfig['guestinfo.ovfEnv'] ?? '');
    expect(property?.[1]).toBe(key.publicKey);
    expect(extraConfig['rainbow-edge.ssh-key']).toBe(publicKeyFingerprint(key.publicKey));
    expect(JSON.stringify(await kept(gateway))).not.toContain('PRIVATE KEY');
  });

  it('has the fingerprint that ssh-keygen prints', async () => {
    const { execFileSync } = await import('node:child_process');
    const { publicKey } = generateSshKeyPair('a comment');
    const file = join(lab.folder, 'some.pub');
    await writeFile(file, `${publicKey}\n`);
    const said = execFileSync('ssh-keygen', ['-l', '-f', file], { encoding: 'utf8' });
    expect(said.split(' ')[1]).toBe(publicKeyFingerprint(publicKey));
  });

  it('is the same for a later VM', async () => {
    expect(await deploy(lab.services, [single])).toEqual({ ok: true, value: undefined });
    const recorded = await Promise.all(
      [gateway, single].map(async (name) => (await machine(name)).owner?.bootstrapKey),
    );
    expect(new Set(recorded).size).toBe(1);
    expect(recorded[0]).toMatch(/^SHA256:/);
  });

  it('is not made on a second laptop while machines have one, and the failure says where it is', async () => {
    const other = await otherLaptop('laptop-2');
    const before = await Promise.all(lab.hosts.map((host) => keptVms(host)));
    const result = await deploy(other, [second]);
    expect(result).toMatchObject({ failure: { code: 'ssh.key-elsewhere', params: { name: 'ssh/lab', vm: gateway } } });
    if (result.ok) throw new Error('it went through');
    expect(lab.services.text('ssh.errors.key-elsewhere.remedy', result.failure.params)).toContain(
      'secret export ssh/lab --to',
    );
    expect(exitCodes[result.failure.kind]).toBe(1);
    expect(value(await other.secrets.list()).filter((name) => !name.startsWith('vsphere/'))).toEqual([]);
    expect(await Promise.all(lab.hosts.map((host) => keptVms(host)))).toEqual(before);
    // The key of the first laptop is imported.
    value(await other.secrets.set('ssh/lab', value(await lab.secrets.get('ssh/lab')) ?? ''));
    expect(await deploy(other, [second])).toEqual({ ok: true, value: undefined });
    expect((await machine(second)).owner?.bootstrapKey).toBe((await machine(gateway)).owner?.bootstrapKey);
  });

  it('is not replaced by another key of another laptop', async () => {
    const other = await otherLaptop('laptop-3');
    const { privateKey, publicKey } = generateSshKeyPair('another');
    value(await other.secrets.set('ssh/lab', privateKey));
    expect(await deploy(other, ['lab-backup-1'])).toMatchObject({
      failure: { code: 'ssh.key-differs', params: { name: 'ssh/lab', stored: publicKeyFingerprint(publicKey) } },
    });
    expect(value(await other.secrets.get('ssh/lab'))).toBe(privateKey);
  });

  it('is needed neither by a run that makes nothing nor by a comparison', async () => {
    const other = await otherLaptop('laptop-4');
    // A store that cannot be opened.
    const locked = { ...other.secrets, get: async () => fail(failure('operation', 'secrets.keychain-locked', {})) };
    const medium = value(await readSiteMedium(lab.services, planned, never(), () => undefined));
    const { images } = medium.soFar();
    const readings = await read(lab.services);
    const all = await reconcileWithKey({ ...lab.services, secrets: locked }, planned, readings, images, [
      gateway,
      single,
    ]);
    expect(all).toMatchObject({ ok: true });
    expect(await reconcileSite(lab.services, planned, readings, images)).toMatchObject({ ok: true });
    await medium.finished;
    expect(value(await other.secrets.list()).filter((name) => name.startsWith('ssh/'))).toEqual([]);
  });
});

describe('the networks of the NICs', () => {
  it('are told by MAC address before the first power-on, although the host has assigned none', async () => {
    const { nics, poweredOn } = await machine(gateway);
    expect(poweredOn).toBe(true);
    expect(nics.map(({ network, told }) => [network, told])).toEqual([
      ['EDGE-LAN', 'lan'],
      ['EDGE-WAN', 'wan'],
    ]);
    const { extraConfig = {} } = await kept(gateway);
    expect(extraConfig['guestinfo.edge.nics']).toBe(`${nics[0]?.mac}=lan,${nics[1]?.mac}=wan`);
    // The guest's own syntax.
    const script = await readFile(join(root.folder, 'resources/guest/site-data.bash'), 'utf8');
    const syntax = /^nic='(.*)'$/m.exec(script)?.[1];
    expect(extraConfig['guestinfo.edge.nics']).toMatch(new RegExp(`^${syntax},${syntax}$`));
  });

  it('are the MAC addresses for the DHCP reservations', async () => {
    const macs = macsByVm(planned.plan, await machines());
    const { nics } = await machine(gateway);
    expect(macs[gateway]).toEqual({ lan: nics[0]?.mac, wan: nics[1]?.mac });
    expect(Object.keys(macs).toSorted()).toEqual([gateway, second, single]);
    expect(Object.keys(macs[single] ?? {})).toEqual(['lan']);
  });

  it('are told again only to a machine that is off and lost them', async () => {
    const images = value(await readSiteMedium(lab.services, planned, never(), () => undefined));
    value(await images.finished);
    const kinds = async (): Promise<string[]> => {
      const reconciled = value(
        await reconcileSite(lab.services, planned, await read(lab.services), images.soFar().images),
      );
      return reconciled.phases
        .flatMap(({ work }) => work)
        .filter((one) => isMachineWork(one) && one.target.machine === gateway)
        .flatMap(({ operations }) => operations.map(({ kind }) => kind));
    };
    expect(await kinds()).toEqual([]);
    const before = (await kept(gateway)).extraConfig?.['guestinfo.edge.nics'];
    await onHost(gateway, (govc, vm) => govc.changeVm({ vm, extraConfig: { 'guestinfo.edge.nics': '' } }));
    expect(await kinds()).toEqual([]);
    await onHost(gateway, (govc, vm) => govc.powerOff(vm));
    expect(await kinds()).toEqual(['tell-nics', 'power-on']);
    expect(await deploy(lab.services, [gateway])).toEqual({ ok: true, value: undefined });
    expect(await kept(gateway)).toMatchObject({ poweredOn: true, extraConfig: { 'guestinfo.edge.nics': before } });
    expect(await kinds()).toEqual([]);
  });
});

describe('host keys that a guest publishes', () => {
  it('are read with the inventory, and nothing else is', async () => {
    expect((await machine(gateway)).hostKeys).toBeUndefined();
    const [first, other] = [`SHA256:${'a'.repeat(42)}A`, `SHA256:${'b'.repeat(42)}Q`];
    const published = `${first},SHA256:short,${other}\n${first},`;
    await onHost(gateway, (govc, vm) =>
      govc.changeVm({ vm, extraConfig: { 'guestinfo.edge.hostkeys': `${published},${other}` } }),
    );
    expect((await machine(gateway)).hostKeys).toEqual([first, other]);
    await onHost(gateway, (govc, vm) =>
      govc.changeVm({ vm, extraConfig: { 'guestinfo.edge.hostkeys': 'trust me; rm -rf /' } }),
    );
    expect((await machine(gateway)).hostKeys).toBeUndefined();
  });
});

describe('the stage deploy', () => {
  it('gives a new VM the key that the others have', async () => {
    expect((await run(lab, { vms: ['lab-metrics-1'] })).result).toEqual({ ok: true, value: 'done' });
    expect((await machine('lab-metrics-1')).owner?.bootstrapKey).toBe((await machine(gateway)).owner?.bootstrapKey);
  });
});

describe('an image of the gateways that does not take the key', () => {
  it.each([
    ['lacks the property', otherProperty],
    ['does not let it be set', fixedProperty],
  ])('that %s stops preflight, run and media verify before anything is deployed', async (_what, change) => {
    await withGatewayImage(lab.media, lab.signingKey, gatewayOva(change));
    const expected = {
      code: 'media.gateway-property',
      params: { file: 'edge-gw.ova', property: 'ssh_authorized_key' },
    };
    const ended = await run(lab);
    expect(ended.result).toMatchObject({ ok: false, failure: expected });
    expect(ended.events.some(({ kind }) => kind === 'operation-started')).toBe(false);
    const media = value(await seeMedium(lab.services, planned, never(), () => undefined));
    const { findings, blocking } = await preflightOf(lab.services, planned, { media });
    expect(findings.filter(({ rule }) => rule === 'infrastructure.media')).toMatchObject([
      { status: 'fail', params: { code: 'media.gateway-property' } },
    ]);
    expect(blocking).toBeGreaterThan(0);
    const args = ['media', 'verify', lab.media, '--trust', lab.trust];
    const { code, stderr } = await startCli(plainEnvironment(lab), args).end;
    expect(code).toBe(2);
    expect(stderr).toContain('edge-gw.ova is the image of the gateways');
  });

  it('is not signed by media create', async () => {
    const created = await createMedium({
      folder: lab.media,
      secretKeyText: await formatSecretKey(lab.signingKey),
      release: '2026.9',
      created: '2026-11-20T10:00:00Z',
      expires: '2027-11-20T00:00:00Z',
    });
    expect(created).toMatchObject({ failure: { code: 'media.gateway-property', params: { file: 'edge-gw.ova' } } });
  });
});
