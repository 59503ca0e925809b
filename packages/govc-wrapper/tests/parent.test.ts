import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { programs, startSimulator } from './simulator.ts';
import { writeTinyOva } from './tiny-ova.ts';

describe('govc without its parent', () => {
  it('ends when the pipe from its parent closes, in the middle of a call', async () => {
    // An endpoint that accepts the connection and never answers: govc would wait for it.
    const silent = createServer();
    silent.listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const connected = once(silent, 'connection');
    const { port } = silent.address() as AddressInfo;
    const govc = spawn(programs().govc, ['about'], {
      env: { GOVC_URL: `https://a:b@127.0.0.1:${String(port)}`, GOVC_PARENT_PIPE: '1', HOME: '/nonexistent' },
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    try {
      await connected;
      expect(govc.exitCode).toBeNull();
      const ended = once(govc, 'exit');
      govc.stdin.end();
      expect(await ended).toEqual([1, null]);
    } finally {
      govc.kill('SIGKILL');
      silent.close();
    }
  });
});

describe('govc that is stopped in the middle of an upload', () => {
  const ways: readonly (readonly [string, (govc: ChildProcess) => unknown])[] = [
    ['by its pipe', (govc) => govc.stdin?.end()],
    ['by SIGTERM', (govc) => govc.kill('SIGTERM')],
    ['by SIGINT', (govc) => govc.kill('SIGINT')],
  ];
  it.each(ways)('%s: releases its lease and its session, and the VM is removed', async (_way, stop) => {
    const simulator = await startSimulator();
    const folder = await mkdtemp(join(tmpdir(), 'parent-'));
    const file = join(folder, 'tiny.ova');
    await writeTinyOva(file);
    await simulator.disturb([{ method: 'upload', action: 'hold', atBytes: 1_000 }]);
    const { username, password } = simulator.options;
    const govc = spawn(programs().govc, ['import.ova', '-ds=standard-perf', file], {
      env: {
        GOVC_URL: `https://${username}:${password}@${simulator.address.host}:${simulator.address.port}/sdk`,
        GOVC_INSECURE: '1',
        GOVC_PARENT_PIPE: '1',
        GOVC_PERSIST_SESSION: 'false',
        HOME: folder,
      },
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    try {
      await expect.poll(async () => (await simulator.state()).calls['upload'], { timeout: 30_000 }).toBe(1);
      const ended = once(govc, 'exit');
      stop(govc);
      expect(await ended).toEqual([1, null]);
      await simulator.disturb([]);
      expect(await simulator.state()).toMatchObject({ leases: 0, sessions: 0, folders: null });
    } finally {
      govc.kill('SIGKILL');
      await simulator.stop();
      await rm(folder, { recursive: true, force: true });
    }
  });
});
