import { describe, expect, it } from 'vitest';
import { bytesPerGb } from '../../../../core/plan/model.ts';
import { failure } from '../../../../core/base/errors.ts';
import type { MediaFacts } from '../../../../core/media/facts.ts';
import type { EndpointInventory, EndpointReading, Machine, Owner } from '../../../../core/platform/inventory.ts';
import type { PreflightFacts } from '../../../../core/preflight/facts.ts';
import type { Finding } from '../../../../core/base/findings.ts';
import { isOlder } from '../../../../core/platform/vsphere/rules.ts';
import { infrastructureRules } from '../../../../core/preflight/infrastructure-rules.ts';
import { applyRules } from '../../../../core/preflight/rule.ts';
import { vsphereSecretName } from '../../../../core/platform/vsphere/secret.ts';
import { planOf } from '../../../fixtures/sample-sites.ts';
import {
  applyAll,
  emptyEndpoint,
  images,
  operationsIn,
  reconcileInput,
  twoHosts,
  vsphereSite,
} from '../../../fixtures/vsphere-model.ts';
import { reconcile } from '../../../../core/deploy/reconcile.ts';

const site = vsphereSite();
const plan = planOf(site);
const now = '2026-11-22T10:00:00.000Z';

const media: MediaFacts = {
  folder: '/media',
  release: '2026.4',
  created: '2026-11-20T10:00:00Z',
  expires: '2027-11-20T00:00:00Z',
  catalogueSha256: 'c',
  signer: 'ale',
  keyId: 'k',
  signed: { catalogue: '{}', signature: '', publicKey: '' },
  verifiedAt: now,
  toolVersion: '1',
  clockSuspect: false,
  images,
  peers: [{ name: 'noc-1', publicKey: 'k', endpoint: 'noc.example:51820', allowedIps: ['100.64.0.0/24'] }],
  recipients: ['age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p'],
};
const secrets = { names: ['vsphere/esx1.example', 'vsphere/esx2.example'], backend: 'vault' };

const asked = (inventory: EndpointInventory): EndpointReading => ({
  datacentre: inventory.datacentre,
  endpointIndex: inventory.endpointIndex,
  url: inventory.url,
  inventory,
});

const good: PreflightFacts = {
  now,
  secrets,
  deployed: null,
  endpoints: twoHosts().map(asked),
  media: { facts: media },
};

const judge = (facts: Partial<PreflightFacts>, context: { site?: typeof site } = {}): Finding[] =>
  applyRules(infrastructureRules, { site: context.site ?? site, plan, facts: { ...good, ...facts } });

/** Findings of one rule, those that do not pass. */
const of = (rule: string, findings: readonly Finding[]): Finding[] =>
  findings.filter(
    (one) => (one.rule === `infrastructure.${rule}` || one.rule === `vsphere.${rule}`) && one.status !== 'pass',
  );

const withEndpoint = (changes: Partial<EndpointInventory>): Partial<PreflightFacts> => ({
  endpoints: [asked(emptyEndpoint(0, changes)), asked(emptyEndpoint(1))],
});

describe('the infrastructure rules', () => {
  it('pass if everything is in order', () => {
    expect(judge({}).filter(({ status }) => status !== 'pass')).toEqual([]);
  });

  it('are pending without facts', () => {
    const findings = applyRules(infrastructureRules, { site, plan });
    expect(new Set(findings.map(({ status }) => status))).toEqual(new Set(['pending', 'pass']));
    // Only the pin stands in the site file itself.
    expect(findings.filter(({ status }) => status === 'pass').map(({ rule }) => rule)).toEqual([
      'infrastructure.pinned',
    ]);
  });

  it('give each rule at least one finding', () => {
    expect(new Set(judge({}).map(({ rule }) => rule)).size).toBe(infrastructureRules.length);
  });

  it('do not apply without vSphere', () => {
    const kvm = vsphereSite({ datacentres: [{ name: 'dc1', platform: 'kvm' }] });
    const findings = applyRules(infrastructureRules, {
      site: kvm,
      plan: planOf(kvm),
      facts: { ...good, endpoints: [] },
    });
    expect(findings.filter(({ rule }) => /password|pinned/.test(rule)).map(({ status }) => status)).toEqual([
      'skipped',
      'skipped',
    ]);
    expect(findings.some(({ status }) => status === 'fail')).toBe(false);
  });
});

describe('passwords', () => {
  it.each(['https://esx1.example', 'https://ESX1.example/', 'https://esx1.example:443', 'https://esx1.example:8443'])(
    'look for %s under the name that the secret store gives it',
    (url) => {
      const name = vsphereSecretName(url);
      if (!name.ok) throw new Error(url);
      const endpoints = [{ url, username: 'root' }];
      const vsphere = { endpoints, datastores: { standard: 'a', premium: 'b' }, networks: { lan: 'c', wan: 'd' } };
      const one = vsphereSite({ datacentres: [{ name: 'dc1', platform: 'vsphere', vsphere }] });
      expect(of('password', judge({ secrets: { names: [name.value], backend: 'vault' } }, { site: one }))).toEqual([]);
      expect(of('password', judge({ secrets: { names: [], backend: 'vault' } }, { site: one }))).toMatchObject([
        { status: 'fail', params: { secret: name.value }, path: 'datacentres.0.vsphere.endpoints.0' },
      ]);
    },
  );

  it('report an unreadable secret store', () => {
    const broken = { names: [], backend: 'keychain', failure: failure('operation', 'secrets.keychain-locked') };
    expect(of('password', judge({ secrets: broken }))).toMatchObject([{ status: 'error', variant: 'store' }]);
  });
});

describe('endpoints', () => {
  const failed = (code: string, more: Partial<EndpointReading> = {}): Partial<PreflightFacts> => ({
    endpoints: [
      {
        datacentre: 'dc1',
        endpointIndex: 0,
        url: 'https://esx1.example',
        failure: failure('operation', code),
        ...more,
      },
      asked(emptyEndpoint(1)),
    ],
  });

  it('that do not answer fail, each with its words', () => {
    expect(of('reachable', judge(failed('vsphere.unreachable')))).toMatchObject([
      {
        status: 'fail',
        variant: 'unreachable',
        path: 'datacentres.0.vsphere.endpoints.0',
        params: { endpoint: 'https://esx1.example' },
      },
    ]);
    expect(of('reachable', judge(failed('vsphere.login')))).toMatchObject([{ variant: 'login' }]);
    expect(of('reachable', judge(failed('secrets.keychain-locked')))).toMatchObject([{ variant: 'store' }]);
  });

  it('that show another certificate fail the pin, not the reachability', () => {
    const findings = judge(failed('vsphere.certificate-mismatch', { shownFingerprint: 'SHA256:99' }));
    expect(of('reachable', findings)).toEqual([]);
    expect(of('fingerprint', findings)).toMatchObject([
      { status: 'fail', path: 'datacentres.0.vsphere.endpoints.0.fingerprint', params: { shown: 'SHA256:99' } },
    ]);
  });

  it('compare fingerprints without regard to case', () => {
    const { fingerprint } = emptyEndpoint(0);
    expect(
      of('fingerprint', judge(withEndpoint({ fingerprint: fingerprint.toLowerCase().replace('sha256', 'SHA256') }))),
    ).toEqual([]);
  });

  it.each([
    ['6.0.0', true],
    ['6.4.9', true],
    ['5.5', true],
    ['6.5', false],
    ['6.5.0', false],
    ['6.10.1', false],
    ['8.0.2', false],
    ['10.0', false],
  ])('of version %s are too old: %s', (version, old) => {
    expect(isOlder(version, [6, 5])).toBe(old);
    expect(of('version', judge(withEndpoint({ version }))).map(({ status }) => status)).toEqual(old ? ['warn'] : []);
  });

  it('that refuse changes fail', () => {
    expect(of('writable', judge(withEndpoint({ writable: false })))).toMatchObject([{ status: 'fail' }]);
  });

  it('need their datastores, by use, and list the existing ones', () => {
    const [standard, premium] = emptyEndpoint(0).storage;
    if (!standard || !premium) throw new Error('two datastores');
    expect(of('datastores', judge(withEndpoint({ storage: [standard] })))).toMatchObject([
      {
        status: 'fail',
        path: 'datacentres.0.vsphere.datastores.premium',
        params: { datastore: 'high-perf', known: 'standard-perf' },
      },
    ]);
    expect(
      of('datastores', judge(withEndpoint({ storage: [standard, { ...premium, accessible: false }] }))),
    ).toMatchObject([{ variant: 'inaccessible' }]);
  });

  it('need their port groups', () => {
    expect(of('port-groups', judge(withEndpoint({ networks: ['EDGE-LAN'] })))).toMatchObject([
      {
        status: 'fail',
        path: 'datacentres.0.vsphere.networks.wan',
        params: { portGroup: 'EDGE-WAN', known: 'EDGE-LAN' },
      },
    ]);
  });
});

describe('capacity', () => {
  const [host] = emptyEndpoint(0).hosts;
  if (host === undefined) throw new Error('one host');
  const here = plan.vms.filter(({ endpointIndex }) => endpointIndex === 0);
  const memoryGb = here.reduce((sum, vm) => sum + vm.memoryGb, 0);
  const vcpu = here.reduce((sum, vm) => sum + vm.vcpu, 0);
  const memory = (bytes: number) => withEndpoint({ hosts: [{ ...host, memoryBytes: bytes }] });

  it('counts the memory of VMs that are missing, to the GB', () => {
    expect(of('memory', judge(memory(memoryGb * bytesPerGb)))).toEqual([]);
    expect(of('memory', judge(memory(memoryGb * bytesPerGb - 1)))).toMatchObject([
      { status: 'fail', params: { needed: memoryGb, free: memoryGb - 1 } },
    ]);
  });

  it('leaves out hosts in maintenance', () => {
    expect(of('memory', judge(withEndpoint({ hosts: [{ ...host, inMaintenance: true }] })))).toMatchObject([
      { params: { free: 0 } },
    ]);
  });

  it('warns of shared threads, fails above four for one, and where one VM is too wide', () => {
    const threads = (count: number) => of('cpu', judge(withEndpoint({ hosts: [{ ...host, threads: count }] })));
    expect(threads(vcpu)).toEqual([]);
    expect(threads(vcpu - 1)).toMatchObject([{ status: 'warn', params: { vcpu } }]);
    expect(threads(1)).toMatchObject([{ status: 'fail', variant: 'vm' }]);
    const narrow = Array.from({ length: 2 }, () => ({ ...host, threads: 8 }));
    expect(of('cpu', judge(withEndpoint({ hosts: narrow }))).map(({ variant }) => variant)).toEqual(
      vcpu > 16 ? [undefined] : [],
    );
  });

  it('counts disks by storage', () => {
    const need = here
      .flatMap(({ disks }) => disks)
      .reduce((sum, disk) => sum + (disk.class === 'premium' ? disk.sizeGb : 0), 0);
    const storage = (free: number) =>
      emptyEndpoint(0).storage.map((one) =>
        one.name === 'high-perf' ? { ...one, freeBytes: free * bytesPerGb } : one,
      );
    expect(need).toBeGreaterThan(0);
    expect(of('disk', judge(withEndpoint({ storage: storage(need) })))).toEqual([]);
    expect(of('disk', judge(withEndpoint({ storage: storage(need - 1) })))).toMatchObject([
      { status: 'fail', params: { storage: 'high-perf', needed: need, free: need - 1 } },
    ]);
  });

  it('needs nothing more for deployed VMs', () => {
    const input = reconcileInput(twoHosts());
    const first = reconcile(input);
    if (!first.ok) throw new Error(first.failure.code);
    const full = applyAll(twoHosts(), operationsIn(first.value)).map((one) => ({
      ...one,
      hosts: one.hosts.map((each) => ({ ...each, memoryUsedBytes: each.memoryBytes })),
      storage: one.storage.map((each) => ({ ...each, freeBytes: 0 })),
    }));
    const findings = judge({ endpoints: full.map(asked) });
    expect(findings.filter(({ status }) => status !== 'pass')).toEqual([]);
  });
});

describe('names', () => {
  const [first] = plan.vms;
  if (first === undefined) throw new Error('no VM');
  const vm = (owner?: Owner): Machine => ({
    name: first.name,
    id: 'x',
    host: '',
    poweredOn: false,
    ...(owner === undefined ? {} : { owner }),
    addresses: [],
    vcpu: 1,
    memoryMb: 1,
    disks: [],
    nics: [],
  });

  it('fail if a VM of that name has another owner, and pass otherwise', () => {
    expect(of('names', judge(withEndpoint({ machines: [vm()] })))).toMatchObject([
      { status: 'fail', path: 'site.name', params: { vm: first.name, endpoint: 'https://esx1.example' } },
    ]);
    expect(
      of(
        'names',
        judge(withEndpoint({ machines: [vm({ site: plan.site, component: first.component, machine: first.name })] })),
      ),
    ).toEqual([]);
  });
});

describe('the medium', () => {
  it('without handover recipients is reported before a deployment', () => {
    const nobody = { ...media, peers: [], recipients: [] };
    expect(of('handover', judge({ media: { facts: nobody } }))).toMatchObject([
      { status: 'warn', variant: 'peers' },
      { status: 'warn', variant: 'recipients' },
    ]);
    const site2 = vsphereSite({ handover: { recipients: [...media.recipients] } });
    expect(of('handover', judge({ media: { facts: { ...media, recipients: [] } } }, { site: site2 }))).toEqual([]);
  });

  it('that was refused fails with its code', () => {
    const partly = images.map((image, index) => {
      const { verifiedAt: _, ...unread } = image;
      return index === 0 ? unread : image;
    });
    expect(of('media', judge({ media: { facts: { ...media, images: partly } } }))).toMatchObject([
      { status: 'pending', variant: 'reading' },
    ]);
    const findings = judge({ media: { failure: failure('trust', 'media.unsigned') } });
    expect(of('media', findings)).toMatchObject([
      { status: 'fail', path: 'media', params: { code: 'media.unsigned' } },
    ]);
    expect(of('images', findings)).toEqual([]);
  });

  it('must hold every image, none with a larger disk than planned', () => {
    const fewer = images.filter(({ components }) => !components.includes('logs'));
    expect(of('images', judge({ media: { facts: { ...media, images: fewer } } }))).toMatchObject([
      { status: 'fail', params: { component: 'logs' } },
    ]);
    const large = images.map((image) =>
      image.file === 'edge-gw.ova' ? { ...image, diskCapacityBytes: [64 * bytesPerGb + 1] } : image,
    );
    expect(of('images', judge({ media: { facts: { ...media, images: large } } }))).toMatchObject([
      { variant: 'disk', params: { disk: 1, planned: 64, has: 65, file: 'edge-gw.ova' } },
    ]);
    const second = images.map((image) =>
      image.file === 'edge-gw.ova' ? { ...image, diskCapacityBytes: [bytesPerGb, 257 * bytesPerGb] } : image,
    );
    expect(of('images', judge({ media: { facts: { ...media, images: second } } }))).toMatchObject([
      { variant: 'disk', params: { disk: 2, planned: 256, has: 257, file: 'edge-gw.ova' } },
    ]);
    const spare = images.map((image) => (image.file === 'logs.ova' ? { ...image, nics: ['LAN', 'HA'] } : image));
    expect(of('images', judge({ media: { facts: { ...media, images: spare } } }))).toMatchObject([
      { variant: 'nics-more', status: 'warn', params: { planned: 1, has: 2, file: 'logs.ova' } },
    ]);
    const single = images.map((image) => (image.file === 'edge-gw.ova' ? { ...image, nics: ['LAN'] } : image));
    expect(of('images', judge({ media: { facts: { ...media, images: single } } }))).toMatchObject([
      { variant: 'nics', status: 'fail', params: { planned: 2, has: 1, file: 'edge-gw.ova' } },
    ]);
  });
});

describe('the clock', () => {
  it('is wrong if a certificate or a medium is dated in the future, to the millisecond', () => {
    const certificate = { subject: 'CN=esx', notAfter: '2030-01-01T00:00:00.000Z' };
    const since = (notBefore: string) =>
      of('clock', judge(withEndpoint({ certificate: { ...certificate, notBefore } })));
    expect(since(now)).toEqual([]);
    expect(since('2026-11-22T10:00:00.001Z')).toMatchObject([{ status: 'warn' }]);
    const made = (created: string) => of('clock', judge({ media: { facts: { ...media, created } } }));
    expect(made('2026-11-22T10:00:00Z')).toEqual([]);
    expect(made('2026-11-22T10:00:01Z')).toMatchObject([{ status: 'warn' }]);
  });
});
