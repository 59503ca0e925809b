/** Files of a gateway, applied over a real sshd to a real root, with real parsers. */
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fail, failure, ok } from '../../../core/base/errors.ts';
import type { GatewayFile } from '../../../core/gateway/file.ts';
import { plannedState } from '../../../core/gateway/file-verdict.ts';
import { type SshSession, connectSsh } from '../../../main/adapters/ssh/connect.ts';
import { generateSshKeyPair } from '../../../main/adapters/ssh/key-pair.ts';
import type { ApplyOptions } from '../../../main/gateways/apply-files.ts';
import { sha256Of } from '../../../main/gateways/apply-program.ts';
import { proveNoLogin } from '../../../main/gateways/prove-no-login.ts';
import { applyInOrder } from '../../../main/gateways/apply-in-order.ts';
import { apply, applied, applyCode, paths, sampleFiles, unitCalls, wholeState } from './apply-laboratory.ts';
import { type TestGateway, startGateway, whyNoGateway } from './gateway-host.ts';

const reason = whyNoGateway();
if (reason !== undefined) process.stderr.write(`Skipped, no gateway can be made here: ${reason}\n`);

let gateway: TestGateway;

describe.skipIf(reason !== undefined)('files of a gateway', () => {
  beforeEach(async () => {
    gateway = await startGateway();
  });
  afterEach(() => gateway.stop());

  const [firewall = '', tunnel = '', unit = '', motd = ''] = paths;
  const exists = (path: string): boolean => gateway.shell(`[ -e ${path} ] && echo yes || echo no`) === 'yes\n';

  it('are all written at first, then only the changed ones, then none', async () => {
    const counts = { connections: 0, channels: 0 };
    const before = gateway.shell(`cat ${firewall}`);
    expect(await applied(gateway, sampleFiles(1), { counts })).toMatchObject({
      written: paths,
      unchanged: [],
      drifted: [],
      settled: undefined,
      warnings: [],
    });
    expect(counts).toEqual({ connections: 2, channels: 3 });
    expect(gateway.shell(`cat ${motd}; stat -c '%a %U' ${tunnel}`)).toBe(`${sampleFiles(1)[3]?.content}600 root\n`);
    expect(gateway.shell(`cat /var/lib/rainbow-edge/backup${firewall}`)).toBe(before);
    // A unit file is known to systemd before its service starts; each service is enabled once.
    const calls = unitCalls(gateway);
    expect(calls.indexOf('systemctl daemon-reload')).toBeGreaterThan(0);
    expect(calls.indexOf('systemctl daemon-reload')).toBeLessThan(
      calls.indexOf('systemctl restart edge-mirror.service'),
    );
    expect(calls).toContain('systemctl enable --quiet wg-quick@wg0.service');

    const settled = wholeState(gateway);
    const again = { connections: 0, channels: 0 };
    expect(await applied(gateway, sampleFiles(1), { counts: again })).toMatchObject({ written: [], unchanged: paths });
    expect(again).toEqual({ connections: 1, channels: 1 });
    expect(wholeState(gateway)).toBe(settled);
    expect(unitCalls(gateway)).toEqual([]);

    const [first, ...others] = sampleFiles(1);
    const changed = { ...first, content: `${first?.content}# more\n` } as (typeof others)[number];
    const outcome = await applied(gateway, [changed, ...others]);
    expect(outcome.written).toEqual([firewall]);
    expect(outcome.restarted).toEqual([{ unit: 'nftables.service', action: 'reload' }]);
    expect(unitCalls(gateway).filter((call) => /restart|reload|enable/.test(call))).toEqual([
      'systemctl reload nftables.service',
    ]);
    // Neither backup contains a private key.
    expect(gateway.shell('find /var/lib/rainbow-edge/backup -type f')).toBe(
      `/var/lib/rainbow-edge/backup${firewall}\n`,
    );
    await applied(gateway, sampleFiles(2));
    expect(gateway.shell('find /var/lib/rainbow-edge/backup -type f')).not.toContain('wg0.conf');
    expect(gateway.shell('find /etc /var/lib/rainbow-edge -name ".rainbow-edge" | wc -l')).toBe('0\n');
  });

  it('are left alone and named if they were changed or deleted on the gateway', async () => {
    await applied(gateway, sampleFiles(1));
    gateway.shell(
      `echo '# ALE' >>${firewall}; rm ${motd}; chmod 644 ${tunnel}; unlink /etc/systemd/system/edge-mirror.service`,
    );
    const changed = gateway.shell(`sha256sum ${firewall}`);
    const same = await applied(gateway, sampleFiles(1));
    expect(same).toMatchObject({ written: [], drifted: [firewall, tunnel, unit, motd] });
    const next = await applied(gateway, sampleFiles(2));
    expect(next).toMatchObject({ written: [], drifted: [firewall, tunnel, unit, motd] });
    expect(gateway.shell(`sha256sum ${firewall}`)).toBe(changed);
    expect(exists(motd)).toBe(false);
    // A file of an earlier plan is named as well; a file that is as planned again is no longer named.
    gateway.shell(`chmod 600 ${tunnel}`);
    expect(await applied(gateway, sampleFiles(1).slice(1))).toMatchObject({
      drifted: [unit, motd],
      obsolete: [firewall],
    });
  });

  it('are taken over without a restart if they already have the planned content', async () => {
    const [, , , file] = sampleFiles(1);
    if (file === undefined) throw new Error('no file');
    gateway.shell(`mkdir -p /etc/edge; cat >${motd} <<'END'\n${file.content}END\nchmod 644 ${motd}`);
    const counts = { connections: 0, channels: 0 };
    expect(await applied(gateway, [file], { counts })).toMatchObject({ written: [], unchanged: [motd] });
    expect(counts).toEqual({ connections: 1, channels: 2 });
    gateway.shell(`echo ALE >${motd}`);
    expect(await applied(gateway, [{ ...file, content: 'new' }])).toMatchObject({ drifted: [motd] });
  });

  it('are refused by the parser of their daemon before any file is replaced', async () => {
    await applied(gateway, sampleFiles(1));
    const before = wholeState(gateway);
    const files = sampleFiles(2);
    const bad = files.map((file) => (file.path === firewall ? { ...file, content: 'table inet {' } : file));
    const result = await apply(gateway, bad);
    expect(result).toMatchObject({ ok: false, failure: { code: 'configure.refused', params: { path: firewall } } });
    expect(JSON.stringify(result)).toContain('syntax error');
    expect(wholeState(gateway)).toBe(before);
    // The parser's message for a secret file is left out, since it may contain the secret.
    const secret = files.map((file) =>
      file.path === tunnel ? { ...file, check: ['sh', '-c', 'cat "$0" >&2; exit 1', '{file}'] } : file,
    );
    const quiet = await apply(gateway, secret);
    expect(quiet).toMatchObject({
      ok: false,
      failure: { code: 'configure.refused', params: { path: tunnel, reason: '–' } },
    });
    expect(wholeState(gateway)).toBe(before);
  });

  it('are rolled back at once if a service refuses them', async () => {
    await applied(gateway, sampleFiles(1));
    const before = wholeState(gateway);
    gateway.shell('mkdir -p /etc/edge-test/broken; touch /etc/edge-test/broken/edge-mirror.service');
    const result = await apply(gateway, sampleFiles(2));
    expect(result).toMatchObject({
      ok: false,
      failure: { code: 'configure.service', params: { unit: 'edge-mirror.service' } },
    });
    expect(wholeState(gateway)).toBe(before);
    gateway.shell(
      'rm /etc/edge-test/broken/edge-mirror.service; mkdir /etc/edge-test/missing; touch /etc/edge-test/missing/edge-mirror.service',
    );
    expect(await applyCode(gateway, sampleFiles(2))).toBe('configure.service');
    gateway.shell('rm /etc/edge-test/missing/edge-mirror.service');
    expect((await applied(gateway, sampleFiles(2))).written).toEqual(paths);
  });

  it('are rolled back by the gateway if they lock us out, and the next run reports it', async () => {
    await applied(gateway, sampleFiles(1));
    gateway.shell('touch /run/units/active.ssh.service /run/units/enabled.ssh.service');
    const before = wholeState(gateway);
    // sshd reads keys from an empty path: its parser accepts that, and no new login works.
    const config = gateway.shell('cat /etc/edge-test/sshd_config');
    const locked = {
      path: '/etc/edge-test/sshd_config',
      mode: 0o644,
      content: config.replace('/etc/edge-test/authorized', '/etc/edge-test/nobody'),
      secret: false,
      check: ['/usr/sbin/sshd', '-t', '-f', '{file}'],
      service: { unit: 'ssh.service', action: 'reload' as const },
    };
    const start = performance.now();
    const result = await apply(gateway, [...sampleFiles(2), locked], { window: 4 });
    expect(result).toMatchObject({ ok: false, failure: { code: 'configure.rolled-back' } });
    expect(performance.now() - start).toBeGreaterThan(4000);
    expect(gateway.shell('cat /etc/edge-test/sshd_config')).toBe(config);
    expect(wholeState(gateway).replace('rolled-back\n', '')).toBe(before);
    const next = await applied(gateway, sampleFiles(2));
    expect(next).toMatchObject({ written: paths, settled: 'rolled-back' });
    expect((await applied(gateway, sampleFiles(2))).settled).toBeUndefined();
  });

  it('of an unconfirmed activation are confirmed by the next connection', async () => {
    let connections = 0;
    const { privateKey, hostKeys, port } = gateway;
    const controller = new AbortController();
    const result = await apply(gateway, sampleFiles(1), {
      signal: controller.signal,
      connect: async () => {
        connections += 1;
        if (connections > 1) controller.abort();
        const signal = controller.signal;
        return connectSsh({ host: '127.0.0.1', port, username: 'root', privateKey, hostKeys, signal });
      },
    });
    expect(result).toMatchObject({ ok: false, failure: { kind: 'cancelled' } });
    expect(exists('/var/lib/rainbow-edge/transaction')).toBe(true);
    expect(await applied(gateway, sampleFiles(1))).toMatchObject({
      written: [],
      unchanged: paths,
      settled: 'confirmed',
    });
    expect(exists('/var/lib/rainbow-edge/transaction')).toBe(false);
  });

  it('are confirmed once, even if the answer was lost', async () => {
    let connections = 0;
    const { privateKey, hostKeys, port } = gateway;
    const outcome = await applied(gateway, sampleFiles(1), {
      connect: async () => {
        connections += 1;
        const made = await connectSsh({ host: '127.0.0.1', port, username: 'root', privateKey, hostKeys });
        if (!made.ok || connections !== 2) return made;
        const cut = fail(failure('operation', 'ssh.cut'));
        return ok({ ...made.value, run: async (...given) => (await made.value.run(...given), cut) });
      },
    });
    expect([outcome.written, connections]).toEqual([paths, 3]);
  });

  it('that end our own access are confirmed by a proof of it, and rolled back without the proof', async () => {
    await applied(gateway, sampleFiles(1));
    const keys = '/etc/edge-test/authorized';
    const ale = generateSshKeyPair('ale');
    gateway.shell(`cp ${keys} /etc/edge-test/second; echo '${ale.publicKey}' >>${keys}; chmod 600 ${keys}`);
    const text = gateway.shell(`cat ${keys}`);
    const without: GatewayFile = { path: keys, mode: 0o600, content: `${ale.publicKey}\n`, secret: false };
    // The record has an earlier version: ALE's key was added since.
    await applied(gateway, [{ ...without, content: text }]);
    gateway.shell(`echo '# ALE' >>${keys}`);
    const basis = new Map([[keys, plannedState(sha256Of(`${text}# ALE\n`), 0o600)]]);
    const { hostKeys, port } = gateway;
    const login = (privateKey: string, via?: SshSession) =>
      connectSsh({
        host: '127.0.0.1',
        port,
        username: 'root',
        privateKey,
        hostKeys,
        ...(via === undefined ? {} : { via }),
      });
    const seal = (prove: NonNullable<ApplyOptions['prove']>) => apply(gateway, [without], { basis, prove });

    expect(await applied(gateway, [without])).toMatchObject({ written: [], drifted: [keys] });
    const unproven = await seal(async () => proveNoLogin('gw', [() => login(ale.privateKey)]));
    expect(unproven).toMatchObject({ ok: false, failure: { code: 'configure.still-open' } });
    expect(gateway.shell(`cat ${keys}`)).toBe(`${text}# ALE\n`);
    const elsewhere = await seal(async () =>
      proveNoLogin('gw', [
        () => connectSsh({ host: '127.0.0.1', port: 9, username: 'root', privateKey: gateway.privateKey, hostKeys }),
      ]),
    );
    expect(elsewhere).toMatchObject({ ok: false, failure: { code: 'configure.not-proven' } });
    expect(gateway.shell(`cat ${keys}`)).toBe(`${text}# ALE\n`);

    const sealed = await seal(async (session) =>
      proveNoLogin('gw', [() => login(gateway.privateKey), () => login(gateway.privateKey, session)]),
    );
    expect(sealed).toMatchObject({ ok: true, value: { written: [keys] } });
    expect(await login(gateway.privateKey)).toMatchObject({ ok: false, failure: { code: 'ssh.key-refused' } });
    const theirs = await login(ale.privateKey);
    expect(theirs.ok).toBe(true);
    if (theirs.ok) await theirs.value.close();
    expect(gateway.shell('[ -e /var/lib/rainbow-edge/transaction ] || echo settled')).toBe('settled\n');
  });

  it('fail on a full disk and on a read-only one', async () => {
    await applied(gateway, sampleFiles(1));
    const before = wholeState(gateway);
    const large = sampleFiles(2).map((file) => (file.path === motd ? { ...file, content: 'x'.repeat(300_000) } : file));
    gateway.shell(
      'mkdir /tmp/edge; cp -a /etc/edge/. /tmp/edge; mount -t tmpfs -o size=128k none /etc/edge; cp -a /tmp/edge/. /etc/edge',
    );
    const full = await apply(gateway, large);
    expect(full).toMatchObject({ ok: false, failure: { code: 'configure.disk-full' } });
    expect(wholeState(gateway)).toBe(before);
    gateway.shell('mount -o remount,ro /etc/edge');
    expect(await applyCode(gateway, sampleFiles(2))).toBe('configure.read-only');
    expect(wholeState(gateway)).toBe(before);
    gateway.shell(
      'umount /etc/edge; cp -a /var/lib/rainbow-edge /tmp/kept; mount -t tmpfs -o size=20k none /var/lib/rainbow-edge; cp -a /tmp/kept/. /var/lib/rainbow-edge',
    );
    expect(await applyCode(gateway, large)).toBe('configure.disk-full');
    gateway.shell('mount -o remount,ro /var/lib/rainbow-edge');
    expect(await applyCode(gateway, large)).toBe('configure.read-only');
    // Without changes the disk need not be writable.
    expect((await applied(gateway, sampleFiles(1))).unchanged).toEqual(paths);
    gateway.shell('umount /var/lib/rainbow-edge');
    expect(wholeState(gateway)).toBe(before);
  });

  it('fail with the name of a missing program, an account without a shell, and an account that is not root', async () => {
    const missing = sampleFiles(1).map((file) => ({ ...file, check: ['no-such-daemon', '{file}'] }));
    expect(await apply(gateway, missing)).toMatchObject({
      ok: false,
      failure: { code: 'configure.program-missing', params: { programs: 'no-such-daemon' } },
    });
    const { privateKey, hostKeys, port } = gateway;
    const as = (username: string) => ({
      connect: () => connectSsh({ host: '127.0.0.1', port, username, privateKey, hostKeys }),
    });
    gateway.shell(`sed -i 's/^nobody:[^:]*:/nobody:*:/' /etc/shadow`);
    expect(await applyCode(gateway, sampleFiles(1), as('nobody'))).toBe('configure.no-shell');
    gateway.shell('usermod -s /bin/sh nobody');
    expect(await applyCode(gateway, sampleFiles(1), as('nobody'))).toBe('configure.not-root');
    gateway.shell('mkdir -p /etc/edge/motd');
    expect(await applyCode(gateway, sampleFiles(1))).toBe('configure.not-a-file');
    expect(exists('/var/lib/rainbow-edge')).toBe(false);
    gateway.shell(
      'rmdir /etc/edge/motd; rm /usr/local/bin/systemd-run; printf "#!/bin/sh\\necho Failed to connect to bus >&2; exit 1" >/usr/local/bin/systemd-run; chmod 755 /usr/local/bin/systemd-run',
    );
    expect(await apply(gateway, sampleFiles(1))).toMatchObject({
      ok: false,
      failure: { code: 'configure.no-timer', params: { reason: 'Failed to connect to bus' } },
    });
    expect(exists(motd)).toBe(false);
  });

  it('give a warning if the clocks differ by years', async () => {
    const year = 365 * 24 * 3600;
    const outcome = await applied(gateway, sampleFiles(1), { now: () => Date.now() - 3 * year * 1000 });
    const [warning] = outcome.warnings;
    expect(warning?.code).toBe('configure.clock');
    expect(Math.abs(Number(warning?.params.seconds) - 3 * year)).toBeLessThan(60);
  });

  it('replace a symbolic link, and restore it', async () => {
    gateway.shell('mkdir -p /etc/edge; echo target >/etc/edge/target; ln -s target /etc/edge/motd');
    gateway.shell('mkdir -p /etc/edge-test/broken; touch /etc/edge-test/broken/edge-mirror.service');
    expect(await applyCode(gateway, sampleFiles(1))).toBe('configure.service');
    expect(gateway.shell('readlink /etc/edge/motd; cat /etc/edge/target')).toBe('target\ntarget\n');
    gateway.shell('rm /etc/edge-test/broken/*');
    expect((await applied(gateway, sampleFiles(1))).written).toEqual(paths);
    expect(gateway.shell('cat /etc/edge/target; head -1 /etc/edge/motd')).toBe('target\nVersion 1\n');
  });

  it('wait for another apply that holds the lock', async () => {
    await applied(gateway, sampleFiles(1));
    gateway.shell('flock /var/lib/rainbow-edge sleep 1.5 >/dev/null 2>&1 &');
    await pause(100);
    const start = performance.now();
    expect((await applied(gateway, sampleFiles(2))).written).toEqual(paths);
    expect(performance.now() - start).toBeGreaterThan(1000);
  });
});

describe.skipIf(reason !== undefined)('two gateways', () => {
  let pair: TestGateway[] = [];
  beforeEach(async () => {
    pair = [await startGateway(), await startGateway()];
  });
  afterEach(async () => {
    for (const one of pair) await one.stop();
  });

  it('are configured slave first, with two connections each and one without changes; after a fault the master is unchanged', async () => {
    const counts = { connections: 0, channels: 0 };
    const both = (version: number) =>
      applyInOrder(
        pair.map(({ port, privateKey, hostKeys }, index) => ({
          gateway: `acme-edge-gw-${2 - index}`,
          connect: () => connectSsh({ host: '127.0.0.1', port, username: 'root', privateKey, hostKeys, counts }),
          files: sampleFiles(version),
          now: Date.now,
        })),
      );
    const first = await both(1);
    expect(first.map(({ gateway: name }) => name)).toEqual(['acme-edge-gw-2', 'acme-edge-gw-1']);
    expect(first.map(({ result }) => result !== 'untouched' && result.ok)).toEqual([true, true]);
    expect(counts).toEqual({ connections: 4, channels: 6 });
    Object.assign(counts, { connections: 0, channels: 0 });
    await both(1);
    expect(counts).toEqual({ connections: 2, channels: 2 });
    const [slave, master] = pair;
    slave?.shell('mkdir -p /etc/edge-test/broken; touch /etc/edge-test/broken/edge-mirror.service');
    const failed = await both(2);
    expect(failed[1]).toMatchObject({ result: 'untouched', because: { code: 'configure.service' } });
    expect(master?.shell('head -1 /etc/edge/motd')).toBe('Version 1\n');
  });
});
