/** The backup host's probe against real sockets on the loopback interface. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { createServer as createHttps } from 'node:https';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { probeFindings } from '../../../core/preflight/mail-probe-rules.ts';
import type { BackupFacts } from '../../../core/preflight/probe-facts.ts';
import { findingInWords } from '../../../core/base/text.ts';
import { probeBackup } from '../../../main/adapters/backup/probe.ts';
import { plainSite } from '../../fixtures/sample-sites.ts';
import { english } from '../../fixtures/words.ts';
import { makeAuthority, type TestAuthority } from '../smtp/certificates.ts';

const folder = mkdtempSync(join(tmpdir(), 'edge-backup-'));
let authority: TestAuthority;
beforeAll(() => {
  authority = makeAuthority(folder);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const servers: Server[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await new Promise((resolve) => server.close(resolve));
});

async function listen(server: Server): Promise<number> {
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

const heard: string[] = [];
const saying = (words: string, hangUp = false): Promise<number> =>
  listen(
    createServer((socket) => {
      socket.on('error', () => undefined);
      socket.on('data', (data) => heard.push(String(data)));
      if (hangUp) socket.end(words);
      else socket.write(words);
    }),
  );

async function look(type: BackupFacts['type'], port: number, ca: readonly string[] = []): Promise<BackupFacts> {
  const options = { signal: new AbortController().signal, timeoutMs: 600, ca };
  const seen = await probeBackup({ type, host: '127.0.0.1', port }, options);
  if (!seen.ok) throw new Error(JSON.stringify(seen.failure));
  return seen.value;
}

function judged(backup: BackupFacts): string[] {
  return probeFindings(plainSite(), { backup }).flatMap((finding) => {
    const words = findingInWords(english, finding);
    expect(`${words.message} ${words.remedy}`).not.toMatch(/[{}]|storage\.|not checked/);
    if (finding.status === 'warn') expect(words.remedy).toMatch(/\S/);
    return finding.rule.startsWith('smtp.')
      ? []
      : [`${finding.rule}: ${finding.status} ${finding.variant ?? ''}`.trim()];
  });
}

describe('the backup host', () => {
  it('of SFTP is recognised by its banner, even after other lines; the probe sends nothing', async () => {
    const seen = await look('sftp', await saying('Welcome\r\nSSH-2.0-OpenSSH_9.2p1 Debian\r\n'));
    expect(seen).toMatchObject({ answered: true, fault: null, detail: 'SSH-2.0-OpenSSH_9.2p1 Debian' });
    expect(judged(seen)).toEqual(['storage.reachable: pass pass-sftp', 'storage.certificate: skipped']);
    expect(heard).toEqual([]);
  });

  it.each([
    ['another service', '220 mail.example ESMTP\r\n', true, 'protocol'],
    ['an old SSH', 'SSH-1.5-old\r\n', true, 'protocol'],
    ['endless words', 'x'.repeat(20_000), false, 'protocol'],
    ['silence', '', false, 'timeout'],
    ['a server that hangs up', '', true, 'closed'],
  ] as const)('of SFTP with %s behind its port', async (_name, words, hangUp, fault) => {
    const seen = await look('sftp', await saying(words, hangUp));
    expect(seen).toMatchObject({ answered: false, fault });
    expect(judged(seen)[0]).toBe(`storage.reachable: warn ${fault}`);
  });

  it('of NFS is recognised by an open port', async () => {
    expect(judged(await look('nfs', await saying('')))).toEqual([
      'storage.reachable: pass pass-nfs',
      'storage.certificate: skipped',
    ]);
  });

  it('of S3 shows its certificate', async () => {
    const { good, expired } = authority;
    const seen = await look('s3', await listen(createHttps({ key: good.key, cert: good.cert })), [authority.root]);
    expect(seen).toMatchObject({ answered: true, certificate: { chainFault: null, namesHost: true } });
    expect(judged(seen)).toEqual(['storage.reachable: pass pass-s3', 'storage.certificate: pass']);
    const old = await look('s3', await listen(createHttps({ key: expired.key, cert: expired.cert })), [authority.root]);
    expect(judged(old)).toContain('storage.certificate: warn expired');
    const plain = await look('s3', await saying('220 no TLS here\r\n'));
    expect(plain).toMatchObject({ answered: false, fault: 'tls' });
    expect(judged(plain)[0]).toBe('storage.reachable: warn tls');
  });

  it('is refused if no server listens', async () => {
    const port = await saying('');
    for (const server of servers.splice(0)) await new Promise((resolve) => server.close(resolve));
    expect(await look('nfs', port)).toMatchObject({ answered: false, fault: 'refused' });
  });

  it('is disconnected at once when the user stops', async () => {
    const port = await saying('');
    const abort = new AbortController();
    const running = probeBackup({ type: 'sftp', host: '127.0.0.1', port }, { signal: abort.signal });
    setTimeout(() => abort.abort(), 50);
    expect(await running).toMatchObject({ ok: false, failure: { code: 'common.cancelled' } });
  });
});
