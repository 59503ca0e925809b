/**
 * `gateway rotate-keys` against the fast bed: real WireGuard on the gateways and at the NOC, the command line on the
 * installer.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { generatePrivateKey, publicKeyOf } from '../../../main/adapters/wireguard/keys.ts';
import { endGroup } from '../../testbed/commands.ts';
import { prepareRoot } from '../../testbed/root.ts';
import { pings, until } from '../testbed/bed-checks.ts';
import { type GatewayLaboratory, nocTunnelAddress, siteName, startGatewayLaboratory } from './gateway-laboratory.ts';

const prepared = await prepareRoot();
if (!prepared.ready) process.stderr.write(`Skipped, the test bed cannot run: ${prepared.reasons.join('; ')}\n`);

const [master, slave] = [`${siteName}-edge-gw-1`, `${siteName}-edge-gw-2`];

/** The tunnel addresses that the gateways can have. */
const addresses = { old: ['100.64.0.2', '100.64.0.3'], next: ['100.64.0.254', '100.64.0.253'] } as const;

/** s. Without the other gateway the change of a key would take longer: WireGuard tries a handshake every 5 s. */
const longestGap = 2;

interface Row {
  readonly gateway: string;
  readonly status: string;
  readonly error?: { readonly code: string };
}

describe.skipIf(!prepared.ready)('gateway rotate-keys', () => {
  let lab: GatewayLaboratory;
  /** The peer sections that `handover open` printed for the new bundle, by VM. */
  let peers: Readonly<Record<string, string>> = {};
  let answerCode = '';

  const trust = (): string[] => ['--trust', lab.at('signer.pub')];
  const rotateArgs = (more: readonly string[] = []): string[] =>
    ['gateway', 'rotate-keys', lab.at('site.yaml'), '--out', lab.at('new')].concat(more, trust());
  const rotate = (...more: string[]) => lab.json(rotateArgs(more));
  const rotateWithCode = async (code: string) => {
    const { code: exit, stdout } = await lab.edge(rotateArgs(['--code', '--json']), { input: code });
    return { code: exit, json: JSON.parse(stdout) as Record<string, unknown> };
  };
  const rowsOf = (json: Record<string, unknown>) =>
    (json['gateways'] as readonly Row[]).map(({ gateway, status, error }) => [gateway, status, error?.code]);
  const bundle = (folder: string): string => lab.at(folder, `handover-${siteName}.age`);
  const peerSections = async (folder: string): Promise<Record<string, string>> => {
    const open = ['handover', 'open', bundle(folder), '--identity', lab.at('identity.txt'), '--format', 'wireguard'];
    const { stdout } = await lab.edge(open);
    return Object.fromEntries(
      stdout.split(/^(?=# bed-edge-gw-)/m).map((section) => [/^# (\S+)/.exec(section)?.[1] ?? '', section]),
    );
  };
  const addPeer = (section: string) =>
    lab.bed.noc.must(['sh', '-c', 'umask 077; cat > /tmp/peer && wg addconf wg0 /tmp/peer'], { input: section });
  const keys = () =>
    Promise.all(lab.bed.gateways.map(async (one) => (await one.must(['wg', 'show', 'wg0', 'public-key'])).trim()));
  const acknowledge = (folder: string, out: string) =>
    lab.json(
      ['handover', 'acknowledge', bundle(folder), '--identity', lab.at('identity.txt')].concat(
        ['--key', lab.at('signer.key')],
        ['--out', lab.at(out)],
      ),
    );
  const names = async () => JSON.stringify((await lab.json(['secret', 'list'])).json);

  /** The longest time in which the NOC had no answer from any gateway while `work` ran, in seconds. */
  async function longestSilence<T>(work: () => Promise<T>): Promise<{ readonly value: T; readonly gap: number }> {
    let output = '';
    const all = [...addresses.old, ...addresses.next];
    const children = all.map((address) => lab.bed.noc.spawn(['ping', '-D', '-n', '-i', '0.2', address]));
    for (const child of children) child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    const times = () =>
      [...output.matchAll(/^\[([\d.]+)\] 64 bytes/gm)].map(([, time]) => Number(time)).toSorted((a, b) => a - b);
    await until('the NOC has answers', async () => times().length > 10);
    const value = await work();
    const before = times().length;
    await until('the NOC has answers afterwards', async () => times().length > before + 10);
    for (const child of children) endGroup(child);
    const sorted = times();
    return { value, gap: Math.max(...sorted.slice(1).map((time, index) => time - (sorted[index] ?? 0))) };
  }

  beforeAll(async () => {
    if (!prepared.ready) return;
    lab = await startGatewayLaboratory(prepared.root);
    await lab.writeSite(await lab.hostKeys());
  });
  afterAll(async () => {
    if (prepared.ready) await lab.end();
  });

  it('has nothing to change on a gateway without keys', async () => {
    const { code, json } = await rotate();
    expect([code, (json['error'] as { code: string }).code]).toEqual([1, 'rotate.not-configured']);
    expect(await names()).not.toContain('wireguard');
  });

  it('writes a bundle with the new keys and waits, while the old keys carry the tunnel', async () => {
    const configured = await lab.json(['gateway', 'configure', lab.at('site.yaml'), ...trust()]);
    expect(configured.code, JSON.stringify(configured.json)).toBe(0);
    await lab.cheapenVault();
    await lab.json(['handover', 'create', lab.at('site.yaml'), '--out', lab.at('out'), ...trust()]);
    const section = `[Interface]\nPrivateKey = ${lab.nocKey}\nAddress = ${nocTunnelAddress}/24\nListenPort = 51820\n`;
    const first = Object.values(await peerSections('out')).join('\n');
    await lab.bed.noc.must(['sh', '-c', 'umask 077; cat > /etc/wireguard/wg0.conf'], { input: `${section}${first}` });
    await lab.bed.noc.must(['systemctl', 'start', 'wg-quick@wg0']);
    for (const gateway of lab.bed.gateways) {
      await until('the tunnel is up', () => pings(gateway, nocTunnelAddress));
    }

    const before = await keys();
    const { code, json } = await rotate();
    expect(code, JSON.stringify(json)).toBe(0);
    expect(json).toMatchObject({ outcome: 'waiting', waitingFor: 'ale-answer', bundlePath: bundle('new') });
    await lab.cheapenVault();
    const again = await rotate();
    expect(again.json).toEqual(json);
    expect(await keys()).toEqual(before);
    expect(await names()).toContain(`wireguard-next/${master}`);

    peers = await peerSections('new');
    expect(Object.values(peers).join('')).toContain(`AllowedIPs = ${addresses.next[0]}/32`);
    for (const key of before) expect(Object.values(peers).join('')).not.toContain(key);
    const acknowledged = await acknowledge('new', 'answer');
    expect(acknowledged.code, JSON.stringify(acknowledged.json)).toBe(0);
    answerCode = String(acknowledged.json['answerCode']);
  });

  it('does not take a wrong code, or the answer to another bundle', async () => {
    const wrong = await rotateWithCode('0000-0000-0001');
    expect([wrong.code, (wrong.json['error'] as { code: string }).code]).toEqual([4, 'handover.answer-code-wrong']);
    await acknowledge('out', 'other');
    const other = await rotate('--answer', lab.at('other', `ack-${siteName}.json`));
    expect([other.code, (other.json['error'] as { code: string }).code]).toEqual([4, 'handover.answer-bundle']);
  });

  it('goes back to the old key where the NOC has entered another one', async () => {
    const before = await keys();
    const stranger = publicKeyOf(generatePrivateKey());
    const wrong = (peers[slave] ?? '').replace(/^PublicKey = .*$/m, `PublicKey = ${stranger.ok ? stranger.value : ''}`);
    await addPeer(wrong);
    const { value, gap } = await longestSilence(() => rotate('--answer', lab.at('answer', `ack-${siteName}.json`)));
    expect(value.code, JSON.stringify(value.json)).toBe(1);
    expect(rowsOf(value.json)).toEqual([
      [slave, 'failed', 'rotate.no-handshake'],
      [master, 'untouched', undefined],
    ]);
    expect(await keys()).toEqual(before);
    expect(gap).toBeLessThan(longestGap);
    for (const gateway of lab.bed.gateways) {
      await until('the tunnel is up under the old key', () => pings(gateway, nocTunnelAddress));
    }
    await lab.bed.noc.must(['wg', 'set', 'wg0', 'peer', stranger.ok ? stranger.value : '', 'remove']);
  });

  it('continues a rotation that was cut off at the master, and loses the tunnel at no moment', async () => {
    const before = await keys();
    await addPeer(peers[slave] ?? '');
    const { gap } = await longestSilence(async () => {
      const laptop = new AbortController();
      // The answer of the earlier run is kept.
      const cut = lab.edge(rotateArgs(['--json']), { signal: laptop.signal });
      await until(
        'the master tries its new key',
        async () => {
          const { stdout } = await lab.bed.gateways[0].run(['wg', 'show', 'wg0', 'public-key']);
          return stdout.trim() !== '' && stdout.trim() !== before[0];
        },
        60_000,
      );
      laptop.abort();
      expect((await cut).code).not.toBe(0);
      const configure = await lab.json(['gateway', 'configure', lab.at('site.yaml'), ...trust()]);
      expect([configure.code, (configure.json['error'] as { code: string }).code]).toEqual([1, 'rotate.unfinished']);

      await addPeer(peers[master] ?? '');
      const resumed = await rotateWithCode(answerCode);
      expect(resumed.code, JSON.stringify(resumed.json)).toBe(0);
      expect(rowsOf(resumed.json)).toEqual([
        [slave, 'already', undefined],
        [master, 'rotated', undefined],
      ]);
    });
    expect(gap).toBeLessThan(longestGap);
    await lab.cheapenVault();
    const after = await keys();
    expect(after.map((key, index) => key !== before[index])).toEqual([true, true]);
    for (const key of after) expect(Object.values(peers).join('')).toContain(`PublicKey = ${key}`);
    for (const [index, gateway] of lab.bed.gateways.entries()) {
      expect(await gateway.must(['ip', '-4', '-o', 'address', 'show', 'wg0'])).toContain(addresses.next[index]);
      await until('the tunnel is up under the new key', () => pings(gateway, nocTunnelAddress));
    }
    expect(await names()).not.toContain('wireguard-next');
  });

  it('leaves gateways that are as planned, and a handover with the new keys', async () => {
    const configure = await lab.json(['gateway', 'configure', lab.at('site.yaml'), ...trust()]);
    const rows = configure.json['gateways'] as readonly { readonly status: string }[];
    expect([configure.code, rows.map(({ status }) => status)]).toEqual([0, ['unchanged', 'unchanged']]);
    await lab.json(['handover', 'create', lab.at('site.yaml'), '--out', lab.at('third'), ...trust()]);
    const third = Object.values(await peerSections('third')).join('');
    for (const key of await keys()) expect(third).toContain(key);
    expect(third).toContain(`AllowedIPs = ${addresses.next[0]}/32`);
  });

  it('gives the first tunnel addresses again the next time', async () => {
    const { code, json } = await rotate();
    expect([code, json['outcome']]).toEqual([0, 'waiting']);
    expect(Object.values(await peerSections('new')).join('')).toContain(`AllowedIPs = ${addresses.old[1]}/32`);
  });
});
