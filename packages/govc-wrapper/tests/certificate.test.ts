import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createGovc, fetchCertificate, normalizeFingerprint } from '../src/govc.ts';
import { startSimulator } from './simulator.ts';
import type { Simulator } from './simulator.ts';

const wrongPin = `SHA256:${Array.from({ length: 32 }, () => 'AB').join(':')}`;
const started: Simulator[] = [];
const start = async (args: readonly string[]): Promise<Simulator> => {
  const simulator = await startSimulator(args);
  started.push(simulator);
  return simulator;
};
let folder: string;
let plain: Simulator;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'certificate-'));
  plain = await start(['--tls-dir', join(folder, 'plain')]);
}, 180_000);
afterAll(async () => {
  await Promise.all(started.map((simulator) => simulator.stop()));
  await rm(folder, { recursive: true, force: true });
});

describe('fetching a certificate', () => {
  it('returns the certificate fields that a person compares', async () => {
    const certificate = await fetchCertificate(plain.address);
    expect(certificate.fingerprint).toBe(plain.fingerprint);
    expect(certificate.pem).toMatch(/^-----BEGIN CERTIFICATE-----/);
    expect(certificate.subject).toContain('localhost.localdomain');
    expect(certificate.notBefore.getTime()).toBeLessThan(Date.now());
    expect(certificate.notAfter.getTime()).toBeGreaterThan(Date.now());
    expect(plain.logins).toEqual([]);
  });

  it('fails with unreachable if no server listens', async () => {
    await expect(fetchCertificate({ host: '127.0.0.1', port: 1 })).rejects.toMatchObject({ kind: 'unreachable' });
  });

  it('gives up on a silent server, and on abort', async () => {
    const silent = createServer(() => undefined).listen(0, '127.0.0.1');
    await new Promise((resolve) => silent.once('listening', resolve));
    const { port } = silent.address() as AddressInfo;
    const address = { host: '127.0.0.1', port };
    await expect(fetchCertificate({ ...address, timeoutMs: 100 })).rejects.toMatchObject({ kind: 'timeout' });
    const abort = new AbortController();
    setTimeout(() => abort.abort(), 50);
    await expect(fetchCertificate({ ...address, signal: abort.signal })).rejects.toMatchObject({ kind: 'aborted' });
    silent.close();
  });

  it.each(['http://127.0.0.1', 'root:secret@127.0.0.1', 'esx.example:443', 'a\\b', 'müller', '[::1]', 'a\n', ''])(
    'refuses %j',
    async (host) => {
      await expect((async () => fetchCertificate({ host }))()).rejects.toMatchObject({ kind: 'invalid-argument' });
    },
  );
});

describe('a fingerprint', () => {
  it('is equal with and without prefix and colons', () => {
    const plainDigits = plain.fingerprint
      .replace(/^SHA256:/, '')
      .replace(/:/g, '')
      .toLowerCase();
    expect(normalizeFingerprint(plainDigits)).toBe(plain.fingerprint);
    expect(normalizeFingerprint(plain.fingerprint)).toBe(plain.fingerprint);
  });

  it('refuses a SHA-1 fingerprint', () => {
    expect(normalizeFingerprint('AB:'.repeat(19) + 'AB')).toBeUndefined();
    expect(() => plain.client({ fingerprint: 'AB:CD' })).toThrow('SHA-256');
  });
});

describe('a pin', () => {
  it('accepts the pinned certificate, which no authority signed', async () => {
    const simulator = await start([]);
    await expect(simulator.client().about()).resolves.toMatchObject({ apiType: 'HostAgent' });
    expect(simulator.logins).toEqual([{ event: 'login', username: 'root', ok: true }]);
  });

  it('accepts it under a host name that it does not contain, as on ESXi', async () => {
    const simulator = await start(['--tls-host', 'esx.example']);
    await expect(simulator.client().about()).resolves.toMatchObject({ apiType: 'HostAgent' });
  });

  it('refuses any other certificate before a credential is sent', async () => {
    const before = plain.logins.length;
    const error = await plain
      .client({ fingerprint: wrongPin })
      .about()
      .catch((reason: unknown) => reason);
    expect(error).toMatchObject({ kind: 'certificate-mismatch', seenFingerprint: plain.fingerprint, command: [] });
    expect(plain.logins.length).toBe(before);
  });

  it('refuses any other certificate even if an authority signed it', async () => {
    const trusted = { SSL_CERT_FILE: join(folder, 'plain', 'cert.pem') };
    const before = plain.logins.length;
    const client = plain.client({ fingerprint: wrongPin, env: trusted });
    await expect(client.about()).rejects.toMatchObject({ kind: 'certificate-mismatch' });
    expect(plain.logins.length).toBe(before);
    // Without a pin the authority is accepted; otherwise the lines above would prove nothing.
    const unpinned = createGovc({ ...plain.options, env: trusted });
    await expect(unpinned.about()).resolves.toMatchObject({ apiType: 'HostAgent' });
    await unpinned.dispose();
  });

  it('is checked again on the connection of govc', async () => {
    // After the library's check another server takes the port.
    const first = await start(['--tls-dir', join(folder, 'first')]);
    const client = createGovc({ ...first.options, fingerprint: first.fingerprint });
    await client.about();
    const port = String(first.address.port);
    await first.stop();
    const second = await start(['--tls-dir', join(folder, 'second'), '--listen', `127.0.0.1:${port}`]);
    expect(second.fingerprint).not.toBe(first.fingerprint);
    await expect(client.about()).rejects.toMatchObject({ kind: 'certificate-mismatch', command: ['about', '-json'] });
    expect(second.logins).toEqual([]);
    await client.dispose();
  });

  it('is optional: without it an authority must have signed the certificate', async () => {
    const before = plain.logins.length;
    const client = createGovc(plain.options);
    await expect(client.about()).rejects.toMatchObject({ kind: 'certificate-mismatch' });
    expect(plain.logins.length).toBe(before);
    await client.dispose();
  });

  it('does not make an expired certificate valid; the error names the validity', async () => {
    const simulator = await start([
      '--tls-not-before',
      '2019-01-01T00:00:00Z',
      '--tls-not-after',
      '2020-01-01T00:00:00Z',
    ]);
    const error = await simulator
      .client()
      .about()
      .catch((reason: unknown) => reason);
    expect(error).toMatchObject({ kind: 'certificate-validity' });
    expect(simulator.logins).toEqual([]);
  });

  it('does not make a future certificate valid: the clock of this machine may be wrong', async () => {
    const simulator = await start([
      '--tls-not-before',
      '2190-01-01T00:00:00Z',
      '--tls-not-after',
      '2199-01-01T00:00:00Z',
    ]);
    await expect(simulator.client().about()).rejects.toMatchObject({ kind: 'certificate-validity' });
  });
});
