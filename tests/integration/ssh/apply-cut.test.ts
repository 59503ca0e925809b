/** The connection is cut at random bytes: the run after an interruption ends in the same state. */
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cancelled, fail } from '../../../core/base/errors.ts';
import { connectSsh } from '../../../main/adapters/ssh/connect.ts';
import { isDeep } from '../../fixtures/depth.ts';
import { fixedSeed, randomNumbers } from '../../fixtures/random-numbers.ts';
import { startCuttingProxy } from '../../testbed/cutting-proxy.ts';
import { apply, applied, sampleFiles, wholeState } from './apply-laboratory.ts';
import { type TestGateway, startGateway, whyNoGateway } from './gateway-host.ts';

const reason = whyNoGateway();
if (reason !== undefined) process.stderr.write(`Skipped, no gateway can be made here: ${reason}\n`);

const cuts = isDeep ? 50 : 12;
/** ms. Each cut is one interrupted run and one whole run. */
const timeLimit = 600_000;

let gateway: TestGateway;

/** The whole state, with backups and open activations. */
const everything = (): string =>
  `${wholeState(gateway)}${gateway.shell('cd /var/lib/rainbow-edge; find backup -type f | sort | xargs sha256sum')}`;

/** One run over a connection that is cut for good after `bytes`. Returns the bytes that passed. */
async function cutRun(version: number, bytes: number, window: number) {
  const proxy = await startCuttingProxy({ host: '127.0.0.1', port: gateway.port });
  proxy.cut({ afterBytes: bytes, how: 'close', refuseAfter: true });
  const passed = (): number => proxy.count().sent + proxy.count().received;
  const { privateKey, hostKeys } = gateway;
  const result = await apply(gateway, sampleFiles(version), {
    window,
    connect: async () =>
      passed() >= bytes
        ? fail(cancelled)
        : connectSsh({ host: '127.0.0.1', port: proxy.port, username: 'root', privateKey, hostKeys }),
  });
  await proxy.stop();
  return { passed: passed(), result };
}

describe.skipIf(reason !== undefined)('a connection that is cut', () => {
  beforeAll(async () => {
    gateway = await startGateway();
  });
  afterAll(() => gateway.stop());

  it(
    `at ${cuts} random bytes leaves the same state after the next run`,
    async () => {
      const next = randomNumbers(fixedSeed);
      await applied(gateway, sampleFiles(1));
      const whole = await cutRun(2, Number.POSITIVE_INFINITY, 60);
      const reference = new Map([[2, everything()]]);
      await applied(gateway, sampleFiles(1));
      reference.set(1, everything());

      const tally = new Map<string, number>();
      for (let number = 0; number < cuts; number += 1) {
        const version = number % 2 === 0 ? 2 : 1;
        const bytes = Math.floor(next() * whole.passed);
        // Every fifth time the gateway rolls back before the next run.
        const window = number % 5 === 4 ? 1 : 60;
        const { result } = await cutRun(version, bytes, window);
        const said = result.ok ? 'applied' : result.failure.code;
        if (window === 1) await pause(2500);
        const after = await applied(gateway, sampleFiles(version));
        expect(
          everything(),
          `cut ${number} after ${bytes} of ${whole.passed} bytes: ${said}, then ${after.settled}`,
        ).toBe(reference.get(version));
        const kind = `${after.written.length === 0 ? 'nothing left to write' : 'written again'}, ${after.settled ?? 'nothing to settle'}`;
        tally.set(kind, (tally.get(kind) ?? 0) + 1);
      }
      process.stderr.write(`cuts in ${whole.passed} bytes: ${JSON.stringify(Object.fromEntries(tally))}\n`);
      // The cuts also hit the activation, not only the transfer.
      expect(tally.get('written again, nothing to settle')).toBeGreaterThan(cuts / 10);
      expect(tally.get('nothing left to write, confirmed')).toBeGreaterThan(cuts / 25);
    },
    timeLimit,
  );
});
