/**
 * The demo's guests under the product's own code: configuration and health over real SSH, on the real vSphere
 * simulator.
 */
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { fail, failure, ok } from '../../../core/base/errors.ts';
import { withoutKey } from '../../../core/gateway/seal.ts';
import { addressesOn } from '../../../core/plan/network/dns.ts';
import type { PlannedVm } from '../../../core/plan/model.ts';
import { type ConnectOptions, type SshSession, connectSsh } from '../../../main/adapters/ssh/connect.ts';
import { generateSshKeyPair } from '../../../main/adapters/ssh/key-pair.ts';
import { type ApplyOptions, applyFiles } from '../../../main/gateways/apply-files.ts';
import { measureFailover } from '../../../main/gateways/measure-failover.ts';
import { proveNoLogin } from '../../../main/gateways/prove-no-login.ts';
import { checkGateways } from '../../../main/runner/check-gateways.ts';
import { checkServers } from '../../../main/runner/check-servers.ts';
import { configureGateways } from '../../../main/runner/configure-gateways.ts';
import { prepareServers } from '../../../main/runner/prepare-servers.ts';
import { run, value } from '../deploy/laboratory.ts';
import { type GuestLaboratory, startGuestLaboratory } from './guest-laboratory.ts';

const signal = new AbortController().signal;

let made: GuestLaboratory;
const lanOf = (vm: PlannedVm): string => addressesOn(vm, 'lan')[0] ?? '';
const planned = (ending: string): PlannedVm => {
  const found = made.planned.plan.vms.find(({ name }) => name.endsWith(ending));
  if (found === undefined) throw new Error(`no VM ${ending}`);
  return found;
};
const hostKeyOf = async ({ name }: PlannedVm): Promise<string> =>
  (await made.vms()).find((vm) => vm.name === name)?.extraConfig?.['guestinfo.edge.hostkeys'] ?? '';

const optionsFor = async (vm: PlannedVm, more: Partial<ConnectOptions> = {}): Promise<ConnectOptions> => ({
  ...made.guests().guestAddress(lanOf(vm), 22),
  username: 'root',
  privateKey: made.key.privateKey,
  hostKeys: [await hostKeyOf(vm)],
  ...more,
});
const logIn = async (vm: PlannedVm, more: Partial<ConnectOptions> = {}): Promise<SshSession> =>
  value(await connectSsh(await optionsFor(vm, more)));
const refusal = async (vm: PlannedVm, more: Partial<ConnectOptions>): Promise<string> => {
  const result = await connectSsh(await optionsFor(vm, more));
  if (!result.ok) return result.failure.code;
  await result.value.close();
  return 'logged in';
};
/** A private key file with the public half of `known`, which signs with another private half. */
function withOtherSecret(known: string): string {
  const lines = known.trim().split('\n');
  const bytes = Buffer.from(lines.slice(1, -1).join(''), 'base64');
  const point = Buffer.from(made.key.publicKey.split(' ')[1] ?? '', 'base64').subarray(-32);
  // The private section holds the seed just before the second copy of the point.
  const seed = bytes.lastIndexOf(point) - 32;
  randomBytes(32).copy(bytes, seed);
  const body = bytes.toString('base64').match(/.{1,70}/g) ?? [];
  return [lines[0], ...body, lines.at(-1), ''].join('\n');
}
const configure = async () => value(await configureGateways(made.services, made.planned, made.access, signal));

beforeAll(async () => {
  made = await startGuestLaboratory();
}, 120_000);
afterAll(() => made?.close());

describe('the guests of the demo', () => {
  it('boot with the VMs that are on, and publish a host key of their own', async () => {
    const keys = await Promise.all(made.planned.plan.vms.map(hostKeyOf));
    for (const key of keys) expect(key).toMatch(/^SHA256:[A-Za-z0-9+/]{43}$/);
    expect(new Set(keys).size).toBe(made.planned.plan.vms.length);
  });

  it('are configured by the product, the slave first, each confirmed from a second connection', async () => {
    const results = await configure();
    expect(results.map(({ gateway, connections, failure }) => [gateway, connections, failure])).toEqual([
      ['lab-edge-gw-2', 2, undefined],
      ['lab-edge-gw-1', 2, undefined],
    ]);
    for (const { outcome } of results) {
      if (outcome === undefined || outcome === 'untouched') throw new Error('not configured');
      expect(outcome.written).toEqual(expect.arrayContaining(['/etc/wireguard/wg0.conf', '/etc/nftables.conf']));
      expect(outcome.restarted).toContainEqual({ unit: 'wg-quick@wg0.service', action: 'restart' });
    }
  });

  it('stay as they are in a second run, with one connection each', async () => {
    for (const { connections, outcome } of await configure()) {
      expect(connections).toBe(1);
      expect(outcome).toMatchObject({ written: [], drifted: [], restarted: [] });
    }
  });

  it('are healthy: every row passes, but the key of the disks and the backup that the site file leaves incomplete', async () => {
    const { findings, distrust } = value(await checkGateways(made.services, made.planned, made.access, signal));
    expect(distrust).toBeUndefined();
    const notGood = findings.filter(({ status }) => status !== 'pass' && status !== 'skipped');
    expect(notGood.map(({ rule, status }) => [rule, status])).toEqual([
      // The key of their data disks is a file: the VMs have no TPM.
      ['gateway.disks', 'warn'],
      ['gateway.disks', 'warn'],
      ['gateway.backup', 'warn'],
    ]);
    const passed = findings.filter(({ status }) => status === 'pass').map(({ rule }) => rule);
    expect(passed).toEqual(
      expect.arrayContaining(['gateway.handshake', 'gateway.vip', 'gateway.rules', 'gateway.files', 'gateway.servers']),
    );
  });

  it('answer for the servers too, which are reached through a gateway', async () => {
    const { findings } = value(await checkServers(made.services, made.planned, made.access, signal));
    expect(findings.filter(({ status }) => status !== 'pass' && status !== 'warn')).toEqual([]);
    const keyFiles = findings.filter(({ status }) => status === 'warn');
    expect(new Set(keyFiles.map(({ rule, variant }) => `${rule} ${variant}`))).toEqual(
      new Set(['gateway.server-disks key-file']),
    );
  });

  it('let the slave take the shared address while keepalived is stopped on the master, and give it back', async () => {
    const [from, to] = await Promise.all([logIn(planned('edge-gw-1')), logIn(planned('edge-gw-2'))]);
    const address = made.planned.plan.vips.find(({ name }) => name === 'edge-gw-vip')?.address ?? '';
    const sides = {
      from: { gateway: 'lab-edge-gw-1', session: from },
      to: { gateway: 'lab-edge-gw-2', session: to },
      address,
      lanInterface: 'lan0',
    };
    const measured = value(await measureFailover(sides));
    expect(measured).toMatchObject({ tunnel: true, restored: true });
    expect(measured.seconds).toBeLessThan(30);
    await Promise.all([from.close(), to.close()]);
  });

  it('refuse a wrong key, another account, and an unknown command', async () => {
    const gateway = planned('edge-gw-1');
    const other = generateSshKeyPair('other').privateKey;
    expect(await refusal(gateway, { privateKey: other })).toBe('ssh.key-refused');
    expect(await refusal(gateway, { privateKey: withOtherSecret(made.key.privateKey) })).toBe('ssh.key-refused');
    expect(await refusal(gateway, { username: 'admin' })).toBe('ssh.key-refused');
    expect(await refusal(gateway, { hostKeys: [`SHA256:${'A'.repeat(43)}`] })).toBe('ssh.host-key-changed');
    const session = await logIn(gateway);
    expect(value(await session.run(['rm', '-rf', '/'])).code).toBe(127);
    expect(value(await session.run(['sh', '-c', 'echo any']))).toMatchObject({ code: 127, stdout: '' });
    await session.close();
  });

  it('reach another VM through a gateway, and nothing but its SSH', async () => {
    const session = await logIn(planned('edge-gw-1'));
    const server = planned('all-in-one-1');
    const behind = await logIn(server, { host: lanOf(server), port: 22, via: session });
    expect(value(await behind.run(['date', '+%s'])).stdout).toMatch(/^\d+\n$/);
    const own = await logIn(planned('edge-gw-1'), { host: '127.0.0.1', port: 22, via: session });
    for (const one of [behind, own]) await one.close();
    for (const [host, port] of [
      [lanOf(server), 443],
      ['192.0.2.1', 22],
    ] as const) {
      expect(await session.forward(host, port)).toMatchObject({ ok: false, failure: { code: 'ssh.forward-refused' } });
    }
    await session.close();
  });

  it('keep their disks from one start to the next', async () => {
    const gateway = planned('edge-gw-2');
    const before = await hostKeyOf(gateway);
    await made.restart();
    expect(await hostKeyOf(gateway)).toBe(before);
    for (const { connections, outcome } of await configure()) {
      expect(connections).toBe(1);
      expect(outcome).toMatchObject({ written: [] });
    }
  });

  it('restore their old files when nobody confirms, and answer what became of it', async () => {
    const gateway = planned('edge-gw-2');
    const file = { path: '/etc/edge/test.conf', mode: 0o644, secret: false, content: 'a: 1\n' };
    const first = await logIn(gateway);
    const connect = vi.fn<ApplyOptions['connect']>(() => Promise.resolve(fail(failure('operation', 'ssh.timeout'))));
    connect.mockResolvedValueOnce(ok(first));
    // The laptop is cut off until the window is over.
    const cutOffUntil = Date.now() + 3000;
    connect.mockImplementation(async () =>
      Date.now() < cutOffUntil ? fail(failure('operation', 'ssh.timeout')) : ok(await logIn(gateway)),
    );
    const applied = await applyFiles({ gateway: gateway.name, connect, files: [file], now: Date.now, window: 1 });
    expect(applied).toMatchObject({ ok: false, failure: { code: 'configure.rolled-back' } });
    const again = await logIn(gateway);
    expect(value(await again.run(['cat', file.path])).code).toBe(1);
    await again.close();
  });

  it('set the recovery passphrase of data disks, and publish no secret', async () => {
    const vm = made.planned.plan.vms.find(({ disks }) => disks.length === 2);
    if (vm === undefined) throw new Error('no VM with one data disk');
    const server = await logIn(vm);
    expect(value(await server.run(['cat', '/run/edge/disks'])).stdout).toBe('data1=keyfile\n');
    const command = ['/usr/lib/edge/edge-disks', 'recovery'];
    expect(value(await server.run(command, { input: 'short\n' })).code).toBe(1);
    expect(value(await server.run(command, { input: 'a passphrase of the tests\n' })).code).toBe(0);
    expect(value(await server.run(['cat', '/run/edge/disks'])).stdout).toBe('data1=keyfile+recovery\n');
    await server.close();
    // Every other server too, by the product.
    expect(value(await prepareServers(made.services, made.planned, made.access, signal))).toEqual([]);
    const published = async () => (await made.vms()).find(({ name }) => name === vm.name)?.extraConfig ?? {};
    await vi.waitFor(async () => {
      expect((await published())['guestinfo.edge.disks']).toBe('data1=keyfile+recovery');
    }, 10_000);
    expect(JSON.stringify(await made.vms())).not.toMatch(/PRIVATE|a passphrase of the tests/);
  });

  it('let nobody in once the key has left authorized_keys', async () => {
    const gateway = planned('edge-gw-2');
    const session = await logIn(gateway);
    const path = '/root/.ssh/authorized_keys';
    const before = value(await session.run(['cat', path])).stdout;
    const content = withoutKey(path, before, made.key.publicKey);
    expect(content).not.toBe(before);
    const files = [{ path, mode: 0o600, secret: false, content }];
    const login = async () => connectSsh(await optionsFor(gateway));
    const sealed = await applyFiles({
      gateway: gateway.name,
      connect: () => Promise.resolve(ok(session)),
      files,
      now: Date.now,
      prove: () => proveNoLogin(gateway.name, [login]),
    });
    expect(sealed).toMatchObject({ ok: true, value: { written: [path] } });
    expect(await refusal(gateway, {})).toBe('ssh.key-refused');
  });

  it('end with their VM; one that is made again is another guest', async () => {
    const gateway = planned('edge-gw-1');
    const before = (await made.vms()).find(({ name }) => name === gateway.name);
    if (before === undefined) throw new Error('no gateway');
    await before.host.clear();
    await vi.waitFor(async () => expect(await refusal(gateway, {})).toBe('ssh.port-refused'), 10_000);
    value((await run(made.lab)).result);
    await vi.waitFor(async () => expect(await hostKeyOf(gateway)).toMatch(/^SHA256:/), 10_000);
    const after = (await made.vms()).find(({ name }) => name === gateway.name);
    expect(after?.id).not.toBe(before.id);
    expect(await hostKeyOf(gateway)).not.toBe(before.extraConfig?.['guestinfo.edge.hostkeys']);
    const session = await logIn(gateway);
    expect(value(await session.run(['wg', 'show', 'wg0', 'dump'])).code).toBe(1);
    await session.close();
  });
});
