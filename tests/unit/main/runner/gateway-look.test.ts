/** What a gateway answers before its files are made, the odd answers included. */
import { describe, expect, it } from 'vitest';
import { gatewaysOf } from '../../../../core/gateway/view.ts';
import { ok } from '../../../../core/base/errors.ts';
import { lookAtGateway } from '../../../../main/runner/gateway-look.ts';
import { planOf, plainSite } from '../../../fixtures/sample-sites.ts';

const [vm] = gatewaysOf(planOf(plainSite()));

const interfaceOf = (address: string, ...locals: string[]) => ({
  ifname: 'x',
  address,
  addr_info: locals.map((local) => ({ family: 'inet', local, prefixlen: 24 })),
});

const [lan = '', wan = ''] = vm?.nics.map(({ addresses }) => addresses[0]) ?? [];
const macs = { lan: '52:54:00:00:00:01', wan: '52:54:00:00:00:02' };
const interfaces = [
  interfaceOf('00:00:00:00:00:00', '127.0.0.1'),
  interfaceOf(macs.wan, wan),
  // A VLAN has the MAC address of the NIC below it, which has no address of its own.
  interfaceOf(macs.lan),
  interfaceOf(macs.lan, '10.20.0.1', lan),
];

const look = async (stdout: string, stderr = '') => {
  if (vm === undefined) throw new Error('the plan has no gateway');
  const result = await lookAtGateway({ run: () => Promise.resolve(ok({ code: 0, stdout, stderr })) }, vm);
  return result.ok ? result.value : [result.failure.code, result.failure.params];
};

const connection = '10.20.0.250 50000 10.20.0.2 22';

describe('the look at a gateway', () => {
  it('finds the NICs by their addresses, our address, and the key that is configured', async () => {
    const key = 'xTIBA5rboUvnH4htodjb6e697QjLERt1NAB4mZqp8Dg=';
    const json = JSON.stringify(interfaces);
    expect(await look(`${connection}\n${key}\n${json}\n`)).toEqual({ installer: '10.20.0.250', publicKey: key, macs });
    expect(await look(`${connection}\n\n${json}\n`)).toMatchObject({ publicKey: undefined });
  });

  it('names the address that no NIC has', async () => {
    const without = (mac: string) => JSON.stringify(interfaces.filter(({ address }) => address !== mac));
    const names = (address: string) => ['configure.no-nic', { gateway: vm?.name, address }];
    expect(await look(`${connection}\n\n${without(macs.wan)}\n`)).toEqual(names(wan));
    expect(await look(`${connection}\n\n${without(macs.lan)}\n`)).toEqual(names(lan));
  });

  it('says what an account without a shell answers', async () => {
    const refusal = ['configure.no-shell', { gateway: vm?.name, reason: 'This account is closed.' }];
    expect(await look('This account\nis closed.\n')).toEqual(refusal);
    expect(await look('', 'This account is closed.')).toEqual(refusal);
    expect(await look('')).toEqual(['configure.no-shell', { gateway: vm?.name, reason: '–' }]);
    expect(await look(`${connection}\n\n[{"address": 1}]\n`)).toMatchObject(['configure.no-shell', {}]);
    expect(await look(`fe80::1 1 fe80::2 22\n\n${JSON.stringify(interfaces)}\n`)).toMatchObject([
      'configure.no-shell',
      {},
    ]);
  });
});
