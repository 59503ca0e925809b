import { describe, expect, it } from 'vitest';
import { authorizedKeysFile } from '../../../../core/gateway/access.ts';
import { publicWireguardAddress } from '../../../../core/gateway/wireguard-address.ts';
import { planSeal, type SealInput, withoutKey } from '../../../../core/gateway/seal.ts';
import { readStamp, stamped } from '../../../../core/gateway/stamp.ts';
import { aleAuthority, aleKey, bootstrapKey, fullSite, gatewayInputs } from '../../../fixtures/gateway-samples.ts';

const gateways = gatewayInputs(fullSite());
const [first] = gateways;
if (first === undefined) throw new Error('There is no gateway.');
const { plan, site } = first;
const path = '/root/.ssh/authorized_keys';
const keys = stamped(
  authorizedKeysFile({ user: 'root', sshAuthorizedKeys: [aleKey, aleAuthority], bootstrapKey }).content,
  'p1',
);
const input: SealInput = {
  plan,
  vms: plan.vms.map(({ name }) => ({ vm: name, user: 'root', authorizedKeys: keys })),
  bootstrapKey,
  sshAuthorizedKeys: [aleKey, aleAuthority],
  confirmed: true,
  gateways,
};
const outcome = (changes: Partial<SealInput>): string => {
  const result = planSeal({ ...input, ...changes });
  return result.ok
    ? 'ok'
    : `${result.failure.kind} ${result.failure.code} ${String(result.failure.params['vm'] ?? '')}`.trim();
};
const onOne = (authorizedKeys: string): Partial<SealInput> => ({
  vms: input.vms.map((vm) => (vm.vm === 'acme-logs-1' ? { ...vm, authorizedKeys } : vm)),
});

describe('the seal', () => {
  it('removes the bootstrap key from every VM and the installer rule from the gateways, masters last', () => {
    const result = planSeal(input);
    if (!result.ok) throw new Error(result.failure.code);
    expect(result.value.map(({ vm }) => vm).toSorted()).toEqual(plan.vms.map(({ name }) => name).toSorted());
    expect(result.value.slice(-2).map(({ vm }) => vm)).toEqual(['acme-edge-gw-2', 'acme-edge-gw-1']);
    for (const { vm, files } of result.value) {
      const access = files.find((file) => file.path === path);
      expect(access?.content).toContain(aleKey);
      expect(access?.content).not.toContain(bootstrapKey.split(' ')[1]);
      expect(files.map((file) => file.path)).toEqual(vm.includes('edge-gw') ? ['/etc/nftables.conf', path] : [path]);
      const filter = files.find((file) => file.path === '/etc/nftables.conf')?.content ?? '';
      expect(filter).not.toContain('installer');
    }
  });

  it('writes files with a valid stamp, so that the sealed state is not drift', () => {
    const sealed = withoutKey(path, keys, bootstrapKey);
    const { plan: digest, stamp, actual } = readStamp(path, sealed);
    expect([digest, stamp]).toEqual(['p1', actual]);
    const wanted = authorizedKeysFile({
      user: 'root',
      sshAuthorizedKeys: [aleKey, aleAuthority],
      bootstrapKey: undefined,
    });
    expect(sealed).toBe(stamped(wanted.content, 'p1'));
  });

  it('keeps ALE’s changes, and finds the bootstrap key with any comment and options', () => {
    const blob = bootstrapKey.split(' ').slice(0, 2).join(' ');
    const text = `${keys}restrict ${blob} somebody else\n${aleKey.replace('ale-operations', 'second')}\n`;
    const sealed = withoutKey(path, text, bootstrapKey);
    expect(sealed).not.toContain(blob);
    expect(sealed).toContain('second');
    // The stamp still shows that the file was changed.
    const { stamp, actual } = readStamp(path, sealed);
    expect(stamp).not.toBe(actual);
  });

  it('is refused if a VM has no key of ALE, and names the VM', () => {
    const refused = 'operation gateway.seal-no-credential acme-logs-1';
    expect(outcome({})).toBe('ok');
    expect(outcome(onOne(`${bootstrapKey}\n`))).toBe(refused);
    expect(outcome(onOne(''))).toBe(refused);
    expect(outcome(onOne(`# ${aleKey}\n`))).toBe(refused);
    // An authority's key listed as a plain key does not accept certificates.
    expect(outcome(onOne(`${aleAuthority.split(' ').slice(1).join(' ')}\n`))).toBe(refused);
    expect(outcome(onOne(`${aleAuthority}\n`))).toBe('ok');
    expect(outcome({ sshAuthorizedKeys: [] })).toBe('operation gateway.seal-no-credential acme-edge-gw-1');
  });

  it('is refused without a confirmation, unless the user types the site name', () => {
    expect(outcome({ confirmed: false })).toBe('input gateway.seal-unconfirmed');
    expect(outcome({ confirmed: false, typedSite: 'acm' })).toBe('input gateway.seal-unconfirmed');
    expect(outcome({ confirmed: false, typedSite: 'acme' })).toBe('ok');
    expect(outcome({ confirmed: false, typedSite: 'acme', ...onOne('') })).toContain('gateway.seal-no-credential');
  });

  it('is refused if a planned VM was not read', () => {
    expect(outcome({ vms: input.vms.slice(1) })).toBe('operation gateway.seal-missing-vm acme-edge-gw-1');
    expect(outcome({ gateways: gateways.slice(1) })).toBe('operation gateway.seal-missing-vm acme-edge-gw-1');
  });
});

describe('the gateway endpoint for the NOC', () => {
  it('is the WAN address, or the public one behind NAT', () => {
    expect(publicWireguardAddress(site, first.vm)).toEqual({ ok: true, value: '203.0.113.2:51820' });
    const nat = (publicAddresses?: Record<string, string>) => fullSite({}, {}, { nat: true, publicAddresses });
    expect(publicWireguardAddress(nat({ 'edge-gw-1': '198.51.100.20' }), first.vm)).toEqual({
      ok: true,
      value: '198.51.100.20:51820',
    });
    for (const addresses of [undefined, {}, { 'edge-gw-2': '198.51.100.20' }, { 'edge-gw-1': 'x' }]) {
      expect(publicWireguardAddress(nat(addresses), first.vm)).toMatchObject({
        failure: { code: 'gateway.no-public-address' },
      });
    }
  });
});
