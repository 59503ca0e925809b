import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { vsphereSecretName } from '../../../../core/platform/vsphere/secret.ts';
import { isSecretName, secretNameForms } from '../../../../core/site/secret-name.ts';

describe('names of secrets', () => {
  it.each([
    'vsphere/esx1.acme.example',
    'vsphere/127.0.0.1:8989',
    'vsphere/[fe80::1]:8443',
    'wireguard/acme-paris-edge-gw-1',
    'disk/acme-paris-backup-1',
    'certificate/edge.acme.example',
    'ssh/acme-paris',
    'mail/smtp.acme.example',
    'backup/host_1.other-site.example',
  ])('takes %s as it is', (name) => {
    expect(secretNameForms(name)).toEqual({ ok: true, value: [name] });
  });

  it.each([
    '',
    'vsphere',
    'vsphere/',
    '/x',
    'vsphere/a b',
    'vsphere/user:pass@host',
    'vsphere/host:port',
    'vsphere/host/sdk',
    'wireguard/a.b',
    'wireguard/../x',
    'certificate/*.acme.example',
    'other/x',
    'constructor/x',
    'ssh/a#1',
    'check#0011',
    'mail/host\n',
    'vsphere/evil.example:1\\@good.example',
    'vsphere/127.1',
    'vsphere/esx1.acme.example.',
    'vsphere/\u212aesx',
  ])('refuses %j', (name) => {
    expect(secretNameForms(name)).toMatchObject({
      ok: false,
      failure: { kind: 'input', code: 'secrets.name-invalid' },
    });
    expect(isSecretName(name)).toBe(false);
  });

  it('stores host names in lower case without the port that every https URL has, but looks for the literal name too', () => {
    expect(secretNameForms('vsphere/ESX1.Acme:443')).toEqual({
      ok: true,
      value: ['vsphere/esx1.acme', 'vsphere/esx1.acme:443', 'vsphere/ESX1.Acme:443'],
    });
  });

  it('has a stored form that is its own stored form', () => {
    fc.assert(
      fc.property(fc.domain(), fc.integer({ min: 1, max: 65535 }), (host, port) => {
        const forms = secretNameForms(`vsphere/${host}:${port}`);
        if (!forms.ok) throw new Error(forms.failure.code);
        expect(secretNameForms(forms.value[0])).toEqual({ ok: true, value: [forms.value[0]] });
      }),
    );
  });

  it.each([
    ['https://esx1.acme.example', 'vsphere/esx1.acme.example'],
    ['https://ESX1.acme.example:443/', 'vsphere/esx1.acme.example'],
    ['https://127.0.0.1:8989', 'vsphere/127.0.0.1:8989'],
    ['https://[::1]:8989', 'vsphere/[::1]:8989'],
  ])('names the password for %s', (url, name) => {
    expect(vsphereSecretName(url)).toEqual({ ok: true, value: name });
  });

  it('refuses what is no address, and shows no password', () => {
    expect(vsphereSecretName('esx1')).toMatchObject({ ok: false, failure: { code: 'vsphere.address' } });
    const refused = vsphereSecretName('https://root:S3cret@esx1.acme.example');
    expect(refused).toMatchObject({ ok: false, failure: { params: { endpoint: '***' } } });
  });
});
