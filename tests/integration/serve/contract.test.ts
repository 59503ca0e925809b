import { execFileSync } from 'node:child_process';
import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Result } from '../../../core/base/errors.ts';
import type { PreflightEvent } from '../../../core/contract.ts';
import { targetName } from '../../../core/deploy/operation.ts';
import type { RunEvent } from '../../../core/run/event.ts';
import { reduceRun, type RunState } from '../../../core/run/state.ts';
import { type Served } from '../../../main/serve/server.ts';
import { startWeb } from '../../../main/web.ts';
import {
  canaryPassword,
  govcProcesses,
  keptVms,
  type Laboratory,
  openLaboratory,
  value,
} from '../deploy/laboratory.ts';
import { siteName } from '../deploy/site-yaml.ts';
import { type Client, enter, openPage, type Page, type Session } from './browser.ts';

let lab: Laboratory;
let served: Served;
let session: Session;
let page: Page;
let client: Client;
let path: string;
/** All bytes received from the server. */
let received = '';

async function connect(): Promise<Page> {
  const opened = await openPage(served.port, session);
  opened.socket.on('message', (data: Buffer) => {
    received += data.toString('utf8');
  });
  return opened;
}

beforeAll(async () => {
  lab = await openLaboratory({ hosts: [['-upload-rate', '500KiB'], []] });
  path = lab.siteFile;
  const folder = join(lab.folder, 'page');
  await mkdir(folder);
  await writeFile(join(folder, 'index.html'), '<!doctype html>');
  served = value(
    await startWeb({
      page: folder,
      port: 0,
      session: {
        services: async () => lab.services,
        language: 'en',
        host: 'browser',
        demo: false,
        homeFolder: lab.folder,
        sitePath: path,
        findings: [],
      },
    }),
  );
  session = await enter(served.url);
  page = await connect();
  ({ client } = page);
});
afterAll(async () => {
  await served?.close();
  await lab?.close();
});

/** The code of the failure with which main refuses an input. */
const refused = (call: Promise<unknown>): Promise<string> =>
  call.then(
    () => 'ok',
    (error: unknown) => (error as { data?: { code?: string } }).data?.code ?? String(error),
  );

const failed = (result: Result<unknown>): string => (result.ok ? 'ok' : result.failure.code);

async function collect(
  run: string,
  after: number,
  until: (event: RunEvent) => boolean = () => false,
): Promise<RunEvent[]> {
  const events: RunEvent[] = [];
  for await (const event of await client.run.watch({ run, after })) {
    events.push(event);
    if (until(event)) break;
  }
  return events;
}

describe('site files', () => {
  it("are opened, saved over the version that was read, and not over another writer's version", async () => {
    const opened = value(await client.site.open({ path }));
    expect(opened).toMatchObject({ path, text: await readFile(path, 'utf8') });
    expect(value(await client.site.current())).toEqual(opened);
    const text = `${opened.text}# seen\n`;
    const saved = value(await client.site.save({ path, text, digest: opened.digest }));
    expect(await readFile(path, 'utf8')).toBe(text);
    expect(saved.digest).not.toBe(opened.digest);

    await writeFile(path, `${text}# by somebody else\n`);
    expect(failed(await client.site.save({ path, text, digest: saved.digest }))).toBe('common.site-changed');
    expect(await readFile(path, 'utf8')).toContain('# by somebody else');
    expect((await client.site.save({ path, text })).ok).toBe(true);
  });

  it('are the only files that can be written', async () => {
    for (const name of ['.bashrc', 'site.yaml/../.profile', 'x.sh', '.yaml']) {
      const target = join(lab.folder, name);
      expect(await refused(client.site.save({ path: target, text: 'x' })), name).toBe('common.site-name');
    }
  });

  it('are refused if they are missing or too large', async () => {
    expect(failed(await client.site.open({ path: join(lab.folder, 'nothing.yaml') }))).toBe('files.missing');
    await expect(client.site.save({ path, text: 'x'.repeat(4_000_001) })).rejects.toMatchObject({
      code: 'BAD_REQUEST',
    });
    await expect(client.site.open({ path: '' })).rejects.toMatchObject({ code: 'BAD_REQUEST' });
    for (const path of ['/etc/shadow', '/proc/self/environ', '/dev/zero', `${lab.folder}\0.yaml`]) {
      expect(await refused(client.site.open({ path })), path).toBe('common.site-name');
    }
    await symlink('/proc/self/environ', join(lab.folder, 'environ.yaml'));
    expect(failed(await client.site.open({ path: join(lab.folder, 'environ.yaml') }))).toBe('files.system-file');
    await symlink('/dev/zero', join(lab.folder, 'zero.yaml'));
    expect(failed(await client.site.open({ path: join(lab.folder, 'zero.yaml') }))).toBe('files.not-a-file');
    execFileSync('mkfifo', [join(lab.folder, 'pipe.yaml')]);
    const many = Array.from({ length: 12 }, () => client.site.open({ path: join(lab.folder, 'pipe.yaml') }));
    expect(new Set((await Promise.all(many)).map(failed))).toEqual(new Set(['files.not-a-file']));
    value(await client.site.open({ path }));
  });
});

describe('secrets', () => {
  it('are stored, listed by name, and never returned', async () => {
    expect(value(await client.secrets.set({ name: 'mail/smtp.lab.example', value: 'C4n4ry-of-the-mail' }))).toBeNull();
    expect(value(await client.secrets.list())).toMatchObject({
      backend: 'vault',
      names: expect.arrayContaining(['mail/smtp.lab.example']),
    });
    expect(value(await client.secrets.delete({ name: 'mail/smtp.lab.example' }))).toBe(true);
    expect(await refused(client.secrets.set({ name: 'nonsense', value: 'x' }))).toBe('secrets.name-invalid');
  });
});

describe('an address that two parsers read differently', () => {
  it('is refused before any connection, for every secret name', async () => {
    let connections = 0;
    const evil = createServer((socket) => {
      connections += 1;
      socket.destroy();
    });
    await new Promise<void>((resolve) => evil.listen(0, '127.0.0.1', resolve));
    const { port } = evil.address() as AddressInfo;
    const [host] = lab.hosts;
    const good = (host?.url ?? '').replace('https://', '');
    const fingerprint = host?.fingerprint ?? '';
    for (const between of ['\\@', '@', '#@', '/@', '\\', '\t@', '%2f@']) {
      const url = `https://127.0.0.1:${String(port)}${between}${good}`;
      expect(await refused(client.endpoint.inspect({ url, username: 'root', fingerprint })), url).toBe(
        'vsphere.address',
      );
      expect(await refused(client.endpoint.certificate({ url })), url).toBe('vsphere.address');
    }
    await new Promise((resolve) => evil.close(resolve));
    expect(connections).toBe(0);
  });

  it('is not repeated in the failure, nor its account and password', async () => {
    const error: unknown = await client.endpoint
      .certificate({ url: 'https://root:C4n4ry-in-a-URL@127.0.0.1' })
      .catch((reason: unknown) => reason);
    expect(error).toMatchObject({ data: { code: 'vsphere.address', params: { endpoint: '***@127.0.0.1' } } });
    expect(received).not.toContain('C4n4ry-in-a-URL');
  });
});

describe('endpoints and media', () => {
  it('show the certificate before it is pinned, and the host after', async () => {
    const [host] = lab.hosts;
    const { url, fingerprint } = host ?? { url: '', fingerprint: '' };
    expect(value(await client.endpoint.certificate({ url }))).toMatchObject({ fingerprint });
    const seen = value(await client.endpoint.inspect({ url, username: 'root', fingerprint }));
    expect(seen).toMatchObject({
      kind: 'esxi',
      writable: true,
      networks: expect.arrayContaining(['EDGE-LAN', 'EDGE-WAN']),
    });
    const other = lab.hosts[1]?.fingerprint ?? '';
    expect(failed(await client.endpoint.inspect({ url, username: 'root', fingerprint: other }))).toBe(
      'vsphere.certificate-mismatch',
    );
  });

  it('return a medium relative to the site file', async () => {
    expect(value(await client.media.open({ folder: 'media', site: path }))).toMatchObject({
      folder: lab.media,
      release: '2026.4',
    });
    const events = [];
    for await (const event of await client.media.verify({ folder: 'media', site: path })) events.push(event);
    expect(events.at(-1)).toMatchObject({ kind: 'finished', result: { ok: true } });
  });

  it('list folders, without hidden entries and without content', async () => {
    const listing = value(await client.files.list({ folder: lab.folder }));
    expect(listing.entries.map(({ name }) => name)).toEqual(expect.arrayContaining(['media', 'site.yaml']));
    expect(failed(await client.files.list({ folder: path }))).toBe('common.not-a-folder');
  });
});

describe('a run', () => {
  const vms = [`${siteName}-edge-gw-1`, `${siteName}-logs-1`];

  it('is checked and previewed first', async () => {
    expect(await client.run.state({ path })).toBeNull();
    let last: PreflightEvent | undefined;
    for await (const event of await client.preflight.run({ path })) last = event;
    if (last?.kind !== 'finished') throw new Error('no end');
    expect(value(last.result).filter(({ status }) => status === 'fail' || status === 'error')).toEqual([]);
    expect(value(await client.deploy.preview({ path })).phases.flatMap(({ work }) => work)).toHaveLength(9);
  });

  it('is started, watched, and watched again from a later sequence by a reloaded page', async () => {
    const preview = value(await client.deploy.preview({ path }));
    const { run } = value(await client.run.start({ path, vms }));
    expect(failed(await client.run.start({ path }))).toBe('deploy.busy');
    const first = await collect(run, 0, (event) => event.kind === 'operation-finished');
    const seen = first.reduce<RunState | undefined>(reduceRun, undefined);

    await page.close();
    page = await connect();
    ({ client } = page);
    const state = await client.run.state({ path });
    expect(state).toMatchObject({ run, site: siteName });
    expect(state?.outcome).toBeUndefined();
    expect(state?.sequence).toBeGreaterThanOrEqual(seen?.sequence ?? 0);

    const rest = await collect(run, first.at(-1)?.sequence ?? 0);
    expect(rest.at(-1)).toMatchObject({ kind: 'run-finished', outcome: 'done' });
    const all = [...first, ...rest];
    expect(all.map(({ sequence }) => sequence)).toEqual(all.map(({ sequence }) => sequence).toSorted((a, b) => a - b));
    expect(new Set(all.map(({ sequence }) => sequence)).size).toBe(all.length);
    const end = all.reduce<RunState | undefined>(reduceRun, undefined);
    expect(end).toMatchObject({ outcome: 'done' });
    expect(end?.vms.filter(({ status }) => status === 'done').map(({ vm }) => vm)).toEqual(vms);
    expect(end?.vms.filter(({ status }) => status === 'waiting')).toHaveLength(7);

    // The run has the operations of the preview.
    const shown = preview.phases.flatMap(({ work }) =>
      work
        .filter(({ target }) => vms.includes(targetName(target)))
        .flatMap(({ operations }) => operations.map(({ id }) => id)),
    );
    const ran = all.flatMap((event) => (event.kind === 'operation-started' ? [event.id] : []));
    expect(ran.toSorted()).toEqual(shown.toSorted());
    const names = (await Promise.all(lab.hosts.map((host) => keptVms(host)))).flat().map(({ name }) => name);
    expect(names.toSorted()).toEqual(vms);

    // Watching an ended run ends.
    expect(await collect(run, end?.sequence ?? 0)).toEqual([]);
    expect(await collect('no-such-run', 0)).toEqual([]);
  });

  it('is cancelled, and leaves no process', async () => {
    const { run } = value(await client.run.start({ path }));
    await collect(run, 0, (event) => event.kind === 'operation-progress');
    expect((await client.run.cancel({ run })).ok).toBe(true);
    expect(govcProcesses(lab.hosts)).toEqual([]);
    expect(await client.run.state({ path })).toMatchObject({ run, outcome: 'cancelled' });
    expect(failed(await client.run.cancel({ run: 'no-such-run' }))).toBe('deploy.no-run');
  });

  it('continues without a page, and ends with the server', async () => {
    const { run } = value(await client.run.start({ path }));
    await collect(run, 0, (event) => event.kind === 'operation-started');
    await page.close();
    page = await connect();
    ({ client } = page);
    expect((await client.run.state({ path }))?.outcome).toBeUndefined();
    await served.close();
    expect(govcProcesses(lab.hosts)).toEqual([]);
  });
});

describe('all bytes received from the server', () => {
  it('contain no password and no private key', async () => {
    expect(received.length).toBeGreaterThan(10_000);
    const names = value(await lab.secrets.list());
    const secrets = await Promise.all(names.map(async (name) => value(await lab.secrets.get(name)) ?? ''));
    const keys = secrets.flatMap((secret) => secret.match(/[A-Za-z0-9+/]{42,43}=/g) ?? []);
    expect(keys.length).toBeGreaterThanOrEqual(2);
    for (const secret of [canaryPassword, JSON.stringify(canaryPassword).slice(1, -1), 'C4n4ry-of-the-mail', ...keys]) {
      expect(received.includes(secret)).toBe(false);
    }
  });
});
