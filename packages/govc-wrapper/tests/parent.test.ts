import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { programs } from './simulator.ts';

describe('govc without its parent', () => {
  it('ends when the pipe from its parent closes, in the middle of a call', async () => {
    // An endpoint that takes the connection and says nothing: govc would wait for it.
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
