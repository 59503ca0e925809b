import { execFileSync, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { unwrap } from '../../../core/base/errors.ts';
import { readOva } from '../../../main/adapters/media/image/ova-reader.ts';
import { generateKeyPair } from '../../../main/adapters/media/catalogue/minisign.ts';
import { writeSampleMedium } from '../../../main/demo/medium/sample.ts';
import { writeSampleDescriptor } from '../../../main/demo/medium/sample-descriptor.ts';

const bin = path.resolve('build', 'bin');
const ready = existsSync(path.join(bin, 'govc')) && existsSync(path.join(bin, 'vsphere-simulator'));
if (!ready) console.warn('skipped: build/bin/govc and build/bin/vsphere-simulator are missing (npm run build:tools)');

/** The output of `vm.info` for a disk of 8 GiB. */
const disk = '"capacityInBytes": 8589934592';
let folder = '';
let simulator: ChildProcess | undefined;
let url = '';

describe.skipIf(!ready)('images that the reader accepts and govc imports', () => {
  beforeAll(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'edge-govc-'));
    const child = spawn(
      path.join(bin, 'vsphere-simulator'),
      [
        '-kind',
        'esx',
        '-port-group',
        'EDGE-LAN',
        '-port-group',
        'EDGE-WAN',
        '-datastore',
        'store=2TB',
        '-exit-with-parent',
      ],
      {
        stdio: ['pipe', 'pipe', 'inherit'],
      },
    );
    simulator = child;
    url = await new Promise<string>((resolve, reject) => {
      child.stdout?.once('data', (line: Buffer) => resolve(String(JSON.parse(line.toString('utf8')).url)));
      child.once('error', reject);
      child.once('exit', (code) => reject(new Error(`the simulator ended with ${code}`)));
    });
  });
  afterAll(() => {
    simulator?.stdin?.end();
    simulator?.kill();
    rmSync(folder, { recursive: true, force: true });
  });

  const govc = (...args: readonly string[]): string =>
    execFileSync(path.join(bin, 'govc'), args, {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        ...process.env,
        GOVC_URL: url,
        GOVC_USERNAME: 'root',
        GOVC_PASSWORD: 'simulator',
        GOVC_INSECURE: 'true',
        GOVC_PERSIST_SESSION: 'false',
      },
    });

  const importAndLook = (ova: string, name: string, networks: readonly string[]): string => {
    const spec = path.join(folder, `${name}.json`);
    const mapping = networks.map((network) => ({ Name: network, Network: `EDGE-${network}` }));
    writeFileSync(spec, JSON.stringify({ DiskProvisioning: 'thin', NetworkMapping: mapping }));
    govc('import.ova', '-name', name, '-ds', 'store', '-options', spec, ova);
    return govc('vm.info', '-json', name);
  };

  it('sample images, with one NIC and with two', { timeout: 60_000 }, async () => {
    const media = path.join(folder, 'media');
    await writeSampleMedium(media, {
      components: ['edge-gw', 'logs'],
      release: '2026.4',
      createdIso: '2026-11-20T10:00:00Z',
      expiresIso: '2027-11-20T00:00:00Z',
      secretKey: generateKeyPair().secretKey,
    });
    const gateway = unwrap(await readOva(path.join(media, 'edge-gw.ova')));
    expect(importAndLook(gateway.file, 'acme-edge-gw-1', gateway.descriptor.networks)).toContain(disk);
    const logs = unwrap(await readOva(path.join(media, 'logs.ova')));
    expect(importAndLook(logs.file, 'acme-logs-1', logs.descriptor.networks)).toContain(disk);
  });

  it('an image made by qemu-img, sha256sum and GNU tar', { timeout: 60_000 }, async () => {
    const run = (program: string, ...args: readonly string[]): string =>
      execFileSync(program, args, { cwd: folder, encoding: 'utf8' });
    run('sh', '-c', 'dd if=/dev/urandom of=raw bs=64k count=20 2>/dev/null && truncate -s 8G raw');
    run('qemu-img', 'convert', '-O', 'vmdk', '-o', 'subformat=streamOptimized', 'raw', 'q-disk1.vmdk');
    const diskBytes = Number(run('stat', '-c', '%s', 'q-disk1.vmdk'));
    writeFileSync(
      path.join(folder, 'q.ovf'),
      writeSampleDescriptor({ component: 'q', release: '1', disk: 'q-disk1.vmdk', diskBytes, diskGb: 8, wan: false }),
    );
    run(
      'sh',
      '-c',
      'for f in q.ovf q-disk1.vmdk; do echo "SHA256($f)= $(sha256sum < $f | cut -d" " -f1)"; done > q.mf',
    );
    run('tar', '--format=ustar', '-cf', 'q.ova', 'q.ovf', 'q.mf', 'q-disk1.vmdk');
    const report = unwrap(await readOva(path.join(folder, 'q.ova')));
    expect(report.sha256).toBe(run('sha256sum', 'q.ova').slice(0, 64));
    expect(report.members.map(({ name, sha256 }) => `${sha256}  ${name}\n`).join('')).toBe(
      run('sha256sum', 'q.ovf', 'q.mf', 'q-disk1.vmdk'),
    );
    expect(importAndLook(report.file, 'acme-q-1', ['LAN'])).toContain(disk);
  });
});
