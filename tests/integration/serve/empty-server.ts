/** A loopback server with a page of two small files and nothing to install. */
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createApi } from '../../../main/api/api.ts';
import { createSession } from '../../../main/api/session.ts';
import { composeProgram, composeSecrets, composeText, findRoot } from '../../../main/compose/services.ts';
import { plannedAddress } from '../../../main/runner/services.ts';
import { type Served, serveWizard } from '../../../main/serve/server.ts';

const root = findRoot(import.meta.dirname);

export interface EmptyServer {
  serve(): Promise<Served>;
  remove(): Promise<void>;
}

export async function prepareServer(): Promise<EmptyServer> {
  const folder = await mkdtemp(join(tmpdir(), 'edge-serve-'));
  await mkdir(join(folder, 'page', 'assets'), { recursive: true });
  await writeFile(join(folder, 'page', 'index.html'), '<!doctype html><title>wizard</title>');
  await writeFile(join(folder, 'page', 'assets', 'main.js'), 'export {};');
  await writeFile(join(folder, 'outside.txt'), 'outside');
  await symlink(join(folder, 'outside.txt'), join(folder, 'page', 'link.txt'));
  const services = {
    name: 'x',
    version: '1',
    stateDir: join(folder, 'state'),
    secrets: composeSecrets(join(folder, 'vault.age'), async () => ({ ok: true, value: 'x' })),
    guestAddress: plannedAddress,
    govcProgram: composeProgram(root, 'govc'),
    trustedKeys: [],
    imageIssuers: [],
    text: await composeText('en'),
    now: () => new Date(),
    warn: () => undefined,
  };
  return {
    async serve() {
      const session = await createSession({
        services: async () => services,
        language: 'en',
        host: 'browser',
        demo: false,
        homeFolder: folder,
        findings: [],
      });
      const result = await serveWizard({ router: createApi(session).router, page: join(folder, 'page'), port: 0 });
      if (!result.ok) throw new Error(result.failure.code);
      return result.value;
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}
