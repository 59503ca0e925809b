import { describe, expect, it } from 'vitest';
import { findingInWords } from '../../../../core/base/text.ts';
import type { CommandOutput } from '../../../../core/gateway/check.ts';
import { type ServerAnswer, judgeServers, serversOf } from '../../../../core/gateway/server-checks.ts';
import { bytesPerGb } from '../../../../core/plan/model.ts';
import { fullSite, gatewayInputs } from '../../../fixtures/gateway-samples.ts';
import { english } from '../../../fixtures/words.ts';

const [gateway] = gatewayInputs(fullSite({}, {}));
if (gateway === undefined) throw new Error('There is no gateway.');
const servers = serversOf(gateway.plan);
const server = servers.find(({ disks }) => disks.length > 1);
if (server === undefined) throw new Error('There is no server with a data disk.');
const sizes = server.disks.map(({ sizeGb }) => sizeGb);

type State = 'encrypted' | 'locked' | 'plain';

/** Text of lsblk -J of util-linux 2.38. */
const lsblk = (data: readonly State[], bytes: readonly number[] = sizes.map((gb) => gb * bytesPerGb)): string =>
  JSON.stringify({
    blockdevices: [
      { name: 'loop0', size: 4096, type: 'loop', fstype: null, mountpoints: ['/snap'] },
      {
        name: 'sda',
        size: bytes[0],
        type: 'disk',
        fstype: null,
        mountpoints: [null],
        children: [{ name: 'sda1', size: 1, type: 'part', fstype: 'ext4', mountpoints: ['/'] }],
      },
      ...data.map((state, index) => ({
        name: `sd${'bcdefgh'[index] ?? ''}`,
        size: bytes[index + 1],
        type: 'disk',
        fstype: state === 'plain' ? 'ext4' : 'crypto_LUKS',
        mountpoints: [null],
        ...(state === 'encrypted'
          ? { children: [{ name: 'edge-data1', size: 1, type: 'crypt', fstype: 'ext4', mountpoints: ['/srv/data1'] }] }
          : {}),
      })),
      { name: 'sr0', size: 1, type: 'rom', fstype: 'iso9660', mountpoints: [null] },
    ],
  });

const addresses = (list: readonly string[]): string =>
  JSON.stringify([
    { ifname: 'lo', addr_info: [{ family: 'inet', local: '127.0.0.1', prefixlen: 8 }] },
    { ifname: 'lan0', addr_info: list.map((local) => ({ family: 'inet', local, prefixlen: 24 })) },
    { ifname: 'down0' },
  ]);

const out = (stdout: string, code = 0): CommandOutput => ({ stdout, code });
const planned = server.nics.flatMap(({ addresses: all }) => all);
const data = server.disks.slice(1).map((): State => 'encrypted');

const answer = (
  how: { readonly found?: readonly string[]; readonly disks?: string; readonly keys?: string } = {},
): ServerAnswer => ({
  vm: server,
  outputs: {
    'gateway.server-address': [out(addresses(how.found ?? planned))],
    // One of the two files is missing.
    'gateway.server-disks': [out(how.disks ?? lsblk(data)), out(how.keys ?? 'data1=tpm+recovery\n', 1)],
  },
});
const rows = (...answers: readonly ServerAnswer[]): string[] =>
  judgeServers(answers).map(({ rule, status, variant }) => [rule, status, variant].filter(Boolean).join(' '));
const sound = ['gateway.server-login pass', 'gateway.server-address pass', 'gateway.server-disks pass'];
const withRow = (index: number, row: string): string[] => sound.map((one, at) => (at === index ? row : one));

describe('the servers beside the gateways', () => {
  it('are every VM but the gateways', () => {
    expect(servers.length).toBe(gateway.plan.vms.length - 2);
    expect(servers.some(({ component }) => component === 'edge-gw')).toBe(false);
  });

  it('pass with their addresses and their disks', () => {
    expect(rows(answer())).toEqual(sound);
    expect(rows()).toEqual([]);
  });

  it('fail without a planned address', () => {
    expect(rows(answer({ found: ['10.20.0.99'] }))).toEqual(withRow(1, 'gateway.server-address fail'));
    expect(rows(answer({ found: [] }))).toEqual(withRow(1, 'gateway.server-address fail'));
  });

  it.each<[string, Parameters<typeof answer>[0], string]>([
    ['a plain data disk', { disks: lsblk(data.map(() => 'plain')) }, 'fail'],
    ['a locked data disk', { disks: lsblk(data.map(() => 'locked')) }, 'fail locked'],
    ['a missing data disk', { disks: lsblk(data.slice(1)) }, 'fail missing'],
    [
      'a disk that is too small',
      {
        disks: lsblk(
          data,
          sizes.map((gb, index) => gb * bytesPerGb - (index === 1 ? 1 : 0)),
        ),
      },
      'fail missing',
    ],
    [
      'a larger disk',
      {
        disks: lsblk(
          data,
          sizes.map((gb) => (gb + 1) * bytesPerGb),
        ),
      },
      'pass',
    ],
    ['no list of disks', { disks: 'sh: lsblk: not found' }, 'fail no-answer'],
    ['a key file of the first boot', { keys: 'data1=keyfile+recovery,data2=tpm\n' }, 'warn key-file'],
    ['a key file without a recovery passphrase', { keys: 'data1=tpm,data2=keyfile\n' }, 'warn key-file'],
    ['a key file in crypttab', { keys: 'data UUID=1 /etc/keys/data luks\n' }, 'warn key-file'],
    ['a sealed key in crypttab', { keys: 'data UUID=1 /etc/keys/x luks,tpm2-device=auto\n' }, 'pass'],
  ])('with %s', (_, how, status) => {
    expect(rows(answer(how))).toEqual(withRow(2, `gateway.server-disks ${status}`));
  });

  it('that could not be asked are named, and leave the other rows open', () => {
    const unreachable: ServerAnswer = { vm: server, closed: 'unreachable', reason: 'No answer' };
    expect(rows(unreachable)).toEqual([
      'gateway.server-login fail',
      'gateway.server-address pending',
      'gateway.server-disks pending',
    ]);
    expect(rows({ ...unreachable, closed: 'no-login' })[0]).toBe('gateway.server-login warn no-login');
    expect(rows(unreachable, answer())).toEqual(withRow(0, 'gateway.server-login fail'));
    expect(rows({ vm: server, outputs: {} })).toEqual([
      'gateway.server-login pass',
      'gateway.server-address pending',
      'gateway.server-disks pending',
    ]);
  });

  it('have words for every fault', () => {
    const faults = [
      answer({ found: [] }),
      ...(['plain', 'locked'] as const).map((state) => answer({ disks: lsblk(data.map(() => state)) })),
      answer({ disks: lsblk([]) }),
      answer({ disks: '' }),
      answer({ keys: 'data1=keyfile\n' }),
      { vm: server, closed: 'unreachable', reason: 'R' },
      { vm: server, closed: 'no-login', reason: 'R' },
    ] satisfies readonly ServerAnswer[];
    const noticed = faults
      .flatMap((one) => judgeServers([one]))
      .filter(({ status }) => status === 'fail' || status === 'warn');
    expect(noticed.length).toBe(faults.length);
    for (const finding of noticed) {
      const { message, remedy } = findingInWords(english, finding);
      expect([message.includes(server.name), /[{}]/.test(message), remedy.length > 10]).toEqual([true, false, true]);
    }
    expect(new Set(noticed.map((finding) => findingInWords(english, finding).message)).size).toBe(faults.length);
  });
});
