import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { buildHandoverBundle } from '../../../core/handover/bundle.ts';
import { wireguardPeers } from '../../../core/handover/wireguard-config.ts';
import { sampleInput } from '../../unit/core/handover/sample.ts';

const missing = ['/usr/bin/wg', '/usr/bin/wireguard-go', '/dev/net/tun'].filter((path) => !existsSync(path));
if (spawnSync('unshare', ['-n', '-m', 'true']).status !== 0) missing.push('permission for a network namespace');
if (missing.length > 0) process.stderr.write(`Skipped, no WireGuard interface can be made: ${missing.join(', ')}\n`);

/** An interface in its own network namespace, with its control socket on a separate file system. */
const script = `
mkdir -p /run/wireguard && mount -t tmpfs none /run/wireguard || exit 1
WG_I_PREFER_BUGGY_USERSPACE_TO_POLISHED_KMOD=1 wireguard-go -f noc >/dev/null 2>&1 &
for try in $(seq 100); do [ -S /run/wireguard/noc.sock ] && break; sleep 0.1; done
wg addconf noc "$0" && wg show noc dump
result=$?
kill $!
exit $result`;

describe.skipIf(missing.length > 0)('the peers that the NOC adds', () => {
  it.each([
    [false, ['100.64.0.2/32', '100.64.0.3/32']],
    [true, ['100.64.0.2/32,10.20.0.2/32', '100.64.0.3/32,10.20.0.3/32']],
  ])('are taken by wg addconf as they are (LAN addresses: %s)', async (includeLan, allowed) => {
    const customer = 'ACME [Peer] # "Söhne" & Co. = SA';
    const bundle = buildHandoverBundle({ ...sampleInput, site: { ...sampleInput.site, customer } });
    if (!bundle.ok) throw new Error(bundle.failure.code);
    const folder = await mkdtemp(join(tmpdir(), 'edge-peers-'));
    try {
      const file = join(folder, 'peers.conf');
      await writeFile(file, wireguardPeers(bundle.value, { includeLan }));
      const { stdout, stderr, status } = spawnSync('unshare', ['-n', '-m', 'sh', '-c', script, file], {
        encoding: 'utf8',
        timeout: 60_000,
      });
      expect({ stderr, status }).toEqual({ stderr: '', status: 0 });
      const peers = stdout.trim().split('\n').slice(1);
      const columns = peers.map((line) => line.split('\t').slice(0, 4).join(' '));
      const expected = sampleInput.gateways.map(({ publicKey, presharedKey, wireguardAddress }, index) =>
        [publicKey, presharedKey, wireguardAddress, allowed[index]].join(' '),
      );
      expect(columns.toSorted()).toEqual(expected.toSorted());
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
