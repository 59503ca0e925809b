import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pageFolder } from '../../../main/compose/services.ts';
import { plainEnvironment, startCli } from '../deploy/cli-process.ts';
import { root } from '../deploy/laboratory.ts';
import { ask, enter, openPage } from '../serve/browser.ts';
import { cliFails, expectOrderly } from './command.ts';

const built = existsSync(join(pageFolder(root), 'index.html'));
let folder: string;
let env: NodeJS.ProcessEnv;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'edge-cli-serve-'));
  env = plainEnvironment({ folder, stateDir: join(folder, 'state'), passphraseFile: join(folder, 'none') });
});
afterAll(() => rm(folder, { recursive: true, force: true }));

it.runIf(!built)('serve without a built page names the build command (skipped if it is built)', async () => {
  expect(await cliFails(env, ['serve'])).toMatchObject({ code: 1, error: { code: 'cli.no-page' } });
});

describe.skipIf(!built)('serve (skipped if the page is not built: npm test builds it)', () => {
  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
    'prints its address as JSON and ends at %s with exit code 0',
    async (signal) => {
      let url: string | undefined;
      let answered: Promise<void> | undefined;
      const serving = startCli(env, ['serve', '--json', '--vault', join(folder, 'vault.age')], {
        onStdout: (text) => {
          if (!text.includes('\n')) return;
          answered ??= (async () => {
            ({ url } = JSON.parse(text) as { url: string });
            const port = Number(new URL(url).port);
            expect((await ask(port, {})).status).toBe(200);
            const page = await openPage(port, await enter(url));
            expect(await page.client.app.info()).toMatchObject({ version: root.version, host: 'browser', demo: false });
            serving.child.kill(signal);
          })().catch((error: unknown) => {
            serving.child.kill('SIGKILL');
            throw error;
          });
        },
      });
      const end = await serving.end;
      await answered;
      expectOrderly(end);
      expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/#[\w-]{43}$/);
      expect([end.code, end.stdout, end.stderr]).toEqual([0, `${JSON.stringify({ url })}\n`, '']);
    },
  );

  it('reports a port that is in use', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', () => resolve()));
    const address = other.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const { code, error } = await cliFails(env, [
      'serve',
      '--port',
      String(port),
      '--vault',
      join(folder, 'vault.age'),
    ]);
    expect([code, error.code]).toEqual([1, 'common.no-port']);
    expect(error.detail).toContain(String(port));
    other.close();
  });
});
