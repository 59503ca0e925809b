/** The demo's guests under the product's own code: configuration and health over real SSH, on the real vSphere simulator. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addressesOn } from '../../../core/plan/network/dns.ts';
import type { PlannedVm } from '../../../core/plan/model.ts';
import { type ConnectOptions, type SshSession, connectSsh } from '../../../main/adapters/ssh/connect.ts';
import { generateSshKeyPair } from '../../../main/adapters/ssh/key-pair.ts';
import { checkGateways } from '../../../main/runner/check-gateways.ts';
import { configureGateways } from '../../../main/runner/configure-gateways.ts';
import { value } from '../deploy/laboratory.ts';
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

  it('are healthy: every row passes, but the backup that the site file leaves incomplete', async () => {
    const { findings, distrust } = value(await checkGateways(made.services, made.planned, made.access, signal));
    expect(distrust).toBeUndefined();
    const notGood = findings.filter(({ status }) => status !== 'pass' && status !== 'skipped');
    expect(notGood.map(({ rule, status }) => [rule, status])).toEqual([['gateway.backup', 'warn']]);
    const passed = findings.filter(({ status }) => status === 'pass').map(({ rule }) => rule);
    expect(passed).toEqual(
      expect.arrayContaining(['gateway.handshake', 'gateway.vip', 'gateway.rules', 'gateway.files', 'gateway.servers']),
    );
  });

  it('refuse a wrong key, another account, and an unknown command', async () => {
    const gateway = planned('edge-gw-1');
    const other = generateSshKeyPair('other').privateKey;
    expect(await refusal(gateway, { privateKey: other })).toBe('ssh.key-refused');
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
});
