/** The probe against a real mail server (aiosmtpd) and against one that misbehaves on purpose. Loopback only. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { probeFindings } from '../../../core/preflight/mail-probe-rules.ts';
import type { SmtpFacts } from '../../../core/preflight/probe-facts.ts';
import { findingInWords } from '../../../core/base/text.ts';
import { probeSite } from '../../../main/commands/probe-site.ts';
import { probeSmtp } from '../../../main/adapters/smtp/probe.ts';
import { plainSite } from '../../fixtures/sample-sites.ts';
import { english } from '../../fixtures/words.ts';
import { makeAuthority, type ServerCertificate, type TestAuthority } from './certificates.ts';
import { type Script, type ScriptedServer, scriptedServer } from './scripted-server.ts';

const folder = mkdtempSync(join(tmpdir(), 'edge-smtp-'));
let authority: TestAuthority;
beforeAll(() => {
  authority = makeAuthority(folder);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const never = new AbortController().signal;

async function look(
  port: number,
  tls: SmtpFacts['tls'],
  more: { host?: string; timeoutMs?: number; ca?: string[] } = {},
): Promise<SmtpFacts> {
  const { host = '127.0.0.1', ...options } = more;
  const seen = await probeSmtp(
    { host, port, tls },
    { signal: never, timeoutMs: 5000, ca: [authority.root], ...options },
  );
  if (!seen.ok) throw new Error(JSON.stringify(seen.failure));
  return seen.value;
}

/** `rule: status variant`, the words checked for gaps. */
function judged(smtp: SmtpFacts, username?: string): string[] {
  const mail = {
    mode: 'corporate',
    host: smtp.host,
    tls: smtp.tls,
    from: 'a@b.example',
    ...(username === undefined ? {} : { username }),
  } as const;
  return probeFindings(plainSite({ mail }), { smtp }).flatMap((finding) => {
    const words = findingInWords(english, finding);
    expect(`${words.message} ${words.remedy}`).not.toMatch(/[{}]|smtp\.|not checked/);
    if (finding.status === 'warn' || finding.status === 'fail') expect(words.remedy).toMatch(/\S/);
    if (finding.rule.startsWith('storage.')) return [];
    return [`${finding.rule}: ${finding.status}${finding.variant === undefined ? '' : ` ${finding.variant}`}`];
  });
}

const python = ['python3', '/usr/bin/python3'].find((name) => spawnSync(name, ['-c', 'import aiosmtpd']).status === 0);
if (python === undefined)
  console.warn('skipped: the real mail server, since aiosmtpd (package python3-aiosmtpd) is missing');

describe.runIf(python !== undefined)('a real mail server', () => {
  const running: ChildProcess[] = [];
  afterEach(async () => {
    for (const child of running.splice(0)) {
      child.stdin?.end();
      if (child.exitCode === null) await once(child, 'exit');
    }
  });

  async function start(mode: SmtpFacts['tls'], certificate?: ServerCertificate) {
    const script = join(import.meta.dirname, 'real_server.py');
    const child = spawn(python ?? '', [script, mode, certificate?.certFile ?? '', certificate?.keyFile ?? ''], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    running.push(child);
    const heard: string[] = [];
    const port = await new Promise<number>((resolve, reject) => {
      child.once('exit', (code) => reject(new Error(`ended with ${code}`)));
      createInterface({ input: child.stdout }).on('line', (line) => {
        if (/^\d+$/.test(line)) resolve(Number(line));
        else heard.push(line);
      });
    });
    return { port, heard };
  }

  /** Read-only: no sender, no recipient, no data, no login. */
  async function expectOnly(heard: readonly string[], commands: readonly string[]): Promise<void> {
    await expect.poll(() => heard).toEqual(commands);
  }

  it('passes every rule with STARTTLS and a good certificate, and receives no mail', async () => {
    const { port, heard } = await start('starttls', authority.good);
    const seen = await look(port, 'starttls');
    expect(seen).toMatchObject({
      greeted: true,
      fault: null,
      detail: '',
      greeting: expect.stringMatching(/^220 relay\.test/),
      offersStarttls: true,
      protocol: 'TLSv1.3',
      authInClear: [],
      certificate: { subject: 'good.example', issuer: 'Test Root', chainFault: null, namesHost: true },
    });
    expect(seen.auth).toEqual(expect.arrayContaining(['PLAIN', 'LOGIN']));
    await expectOnly(heard, ['EHLO', 'STARTTLS', 'EHLO', 'QUIT']);
    expect(judged(seen, 'rainbow')).toEqual([
      'smtp.reachable: pass',
      'smtp.starttls: pass',
      'smtp.certificate: pass',
      'smtp.auth: pass',
    ]);
  });

  it('is probed with TLS from the start, by its name', async () => {
    const { port, heard } = await start('tls', authority.good);
    const seen = await look(port, 'tls', { host: 'localhost' });
    expect(seen).toMatchObject({
      fault: null,
      protocol: 'TLSv1.3',
      certificate: { chainFault: null, namesHost: true },
    });
    await expectOnly(heard, ['EHLO', 'QUIT']);
    expect(judged(seen)).toContain('smtp.starttls: pass implicit');
  });

  it('is probed without encryption if the site file asks for none', async () => {
    const { port, heard } = await start('none');
    const seen = await look(port, 'none');
    expect(seen).toMatchObject({ fault: null, offersStarttls: false, protocol: null, certificate: null });
    await expectOnly(heard, ['EHLO', 'QUIT']);
    expect(judged(seen, 'rainbow')).toContain('smtp.auth: warn clear');
    expect(judged(seen)).toEqual(expect.arrayContaining(['smtp.starttls: skipped', 'smtp.certificate: skipped']));
  });

  it.each([
    ['selfSigned', 'DEPTH_ZERO_SELF_SIGNED_CERT', true, 'self-signed'],
    ['expired', 'CERT_HAS_EXPIRED', true, 'expired'],
    ['otherName', null, false, 'other-name'],
  ] as const)(
    'with a certificate that is %s gives a finding, and the session continues',
    async (kind, chainFault, namesHost, variant) => {
      const { port, heard } = await start('starttls', authority[kind]);
      const seen = await look(port, 'starttls');
      expect(seen).toMatchObject({ fault: null, certificate: { chainFault, namesHost } });
      expect(seen.auth).toContain('PLAIN');
      await expectOnly(heard, ['EHLO', 'STARTTLS', 'EHLO', 'QUIT']);
      expect(judged(seen)).toContain(`smtp.certificate: warn ${variant}`);
    },
  );

  it('is reported if its authority is unknown', async () => {
    const { port } = await start('starttls', authority.good);
    const seen = await look(port, 'starttls', { ca: [] });
    expect(seen.certificate?.chainFault).toMatch(/UNABLE_TO|SELF_SIGNED/);
    expect(judged(seen)).toContain('smtp.certificate: warn chain');
  });

  it('with STARTTLS fails with the reason if the site file wants TLS from the start', async () => {
    const { port } = await start('starttls', authority.good);
    const seen = await look(port, 'tls');
    expect(seen).toMatchObject({ greeted: false, fault: 'tls' });
    expect(judged(seen)).toEqual(expect.arrayContaining(['smtp.reachable: warn tls', 'smtp.starttls: fail no-tls']));
  });
});

describe('a mail server that misbehaves', () => {
  const servers: ScriptedServer[] = [];
  afterEach(async () => {
    for (const server of servers.splice(0)) {
      await vi.waitFor(() => {
        if (server.open() > 0) throw new Error('the probe left a connection');
      });
      await server.close();
    }
  });
  const start = async (script: Script): Promise<ScriptedServer> => {
    const server = await scriptedServer(script);
    servers.push(server);
    return server;
  };
  const hello = '250-relay.test\r\n250-PIPELINING\r\n250-STARTTLS\r\n250 AUTH=PLAIN LOGIN\r\n';
  const usual = { EHLO: hello, QUIT: '221 bye\r\n', STARTTLS: '220 go ahead\r\n' };

  it('is reported if it offers no STARTTLS', async () => {
    const { port, heard } = await start({
      greeting: '220 x\r\n',
      answers: { ...usual, EHLO: '250-x\r\n250 SIZE 10\r\n' },
    });
    const seen = await look(port, 'starttls');
    expect(seen).toMatchObject({ greeted: true, fault: null, offersStarttls: false, auth: null });
    expect(judged(seen)).toContain('smtp.starttls: fail not-offered');
    expect(heard).toEqual([expect.stringMatching(/^EHLO \[127\.0\.0\.1]$/), 'QUIT']);
  });

  it('is reported if it offers STARTTLS that the site file does not use', async () => {
    const { port } = await start({ greeting: '220 x\r\n', answers: usual });
    expect(judged(await look(port, 'none'))).toContain('smtp.starttls: warn offered');
  });

  it('is reported if it offers no login although the site file names a user', async () => {
    const { port } = await start({ greeting: '220 x\r\n', answers: { ...usual, EHLO: '250 x\r\n' } });
    const seen = await look(port, 'none');
    expect(judged(seen, 'rainbow')).toContain('smtp.auth: fail');
    expect(judged(seen)).toContain('smtp.auth: pass open');
  });

  it('is reported if it refuses STARTTLS after offering it', async () => {
    const { port } = await start({ greeting: '220 x\r\n', answers: { ...usual, STARTTLS: '454 not now\r\n' } });
    const seen = await look(port, 'starttls');
    expect(seen).toMatchObject({ greeted: true, fault: 'tls', detail: '454 not now' });
    expect(judged(seen)).toContain('smtp.starttls: fail broken');
  });

  it('is reported if it speaks no TLS after STARTTLS', async () => {
    const { port } = await start({ greeting: '220 x\r\n', answers: usual });
    const seen = await look(port, 'starttls', { timeoutMs: 1500 });
    expect(seen).toMatchObject({ greeted: true, protocol: null, auth: null });
    expect(['tls', 'timeout']).toContain(seen.fault);
    expect(judged(seen)).toHaveLength(4);
  });

  it('cannot inject replies before the encryption', async () => {
    const { port, heard } = await start({
      greeting: '220 x\r\n',
      certificate: authority.good,
      answers: { ...usual, STARTTLS: '220 go ahead\r\n250-x\r\n250 AUTH PLAIN\r\n' },
    });
    const seen = await look(port, 'starttls');
    expect(seen).toMatchObject({ fault: 'protocol', protocol: null, auth: null });
    expect(heard).toHaveLength(2);
  });

  it.each<[string, Script, string]>([
    ['says nothing', {}, 'timeout'],
    ['greets line by line without end', { greeting: '220-hello\r\n' }, 'timeout'],
    ['hangs up at EHLO', { greeting: '220 x\r\n', answers: { EHLO: 'close' } }, 'closed'],
    ['never answers EHLO', { greeting: '220 x\r\n', answers: { EHLO: 'hang' } }, 'timeout'],
    ['is a web server', { greeting: 'HTTP/1.1 400 Bad Request\r\n\r\n' }, 'protocol'],
    ['is an SSH server', { greeting: 'SSH-2.0-OpenSSH_9.2\r\n' }, 'protocol'],
    ['takes no mail today', { greeting: '554 no service\r\n' }, 'protocol'],
    ['mixes codes', { greeting: '220-a\r\n221 b\r\n' }, 'protocol'],
    ['sends endless text without a line end', { greeting: `220 ${'x'.repeat(200_000)}` }, 'protocol'],
    [
      'answers with control characters',
      { greeting: '220 \u001b[31mred\u0007\r\n', answers: { EHLO: '550 \u001b[2Jno\r\n' } },
      'protocol',
    ],
  ])('that %s', async (_name, script, fault) => {
    const { port } = await start(script);
    const began = Date.now();
    const seen = await look(port, 'none', { timeoutMs: 400 });
    expect(seen.fault).toBe(fault);
    expect(`${seen.detail}${seen.greeting}`).toMatch(/^[\x20-\x7e]*$/);
    expect(Date.now() - began).toBeLessThan(3000);
    expect(judged(seen)[0]).toMatch(/^smtp\.reachable: warn /);
  });

  it('is reported if it is down', async () => {
    const free = createServer();
    await new Promise<void>((resolve) => free.listen(0, '127.0.0.1', resolve));
    const { port } = free.address() as AddressInfo;
    await new Promise((resolve) => free.close(resolve));
    const seen = await look(port, 'starttls');
    expect(seen).toMatchObject({ greeted: false, fault: 'refused' });
    expect(judged(seen)).toEqual([
      'smtp.reachable: warn refused',
      'smtp.starttls: skipped',
      'smtp.certificate: skipped',
      'smtp.auth: skipped',
    ]);
  });

  it('is disconnected at once when the user stops', async () => {
    const { port, open } = await start({});
    const abort = new AbortController();
    const running = probeSmtp({ host: '127.0.0.1', port, tls: 'none' }, { signal: abort.signal });
    await expect.poll(open).toBe(1);
    const began = Date.now();
    abort.abort();
    expect(await running).toMatchObject({ ok: false, failure: { code: 'common.cancelled' } });
    expect(Date.now() - began).toBeLessThan(500);
    expect(await probeSmtp({ host: '127.0.0.1', port, tls: 'none' }, { signal: abort.signal })).toMatchObject({
      ok: false,
    });
  });
});

describe('the probe of a site', () => {
  it('contacts only the two hosts of the site file', async () => {
    const relay = await scriptedServer({ greeting: '220 x\r\n', answers: { EHLO: '250 x\r\n', QUIT: '221 x\r\n' } });
    const backup = await scriptedServer({ greeting: 'SSH-2.0-Test\r\n' });
    try {
      const site = plainSite({
        mail: { mode: 'corporate', host: '127.0.0.1', port: relay.port, tls: 'none', from: 'a@b.example' },
        backup: { type: 'sftp', host: '127.0.0.1', port: backup.port, path: '/', location: 'elsewhere' },
      });
      const facts = await probeSite(site, { signal: never, timeoutMs: 5000 });
      expect(facts).toMatchObject({ ok: true, value: { smtp: { greeted: true }, backup: { answered: true } } });
      expect(relay.heard).toEqual([expect.stringMatching(/^EHLO /), 'QUIT']);
      expect(backup.heard).toEqual([]);
      const mailer = { ...site, mail: { ...site.mail, mode: 'mailer' as const } };
      expect(await probeSite(mailer, { signal: never })).toMatchObject({ ok: true, value: { backup: {} } });
      expect(relay.heard).toHaveLength(2);
    } finally {
      await relay.close();
      await backup.close();
    }
  });
});
