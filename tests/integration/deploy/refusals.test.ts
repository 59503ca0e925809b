import { appendFile, copyFile, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exitCodes, type Failure } from '../../../core/base/errors.ts';
import type { RunEvent } from '../../../core/run/event.ts';
import { generateKeyPair } from '../../../main/adapters/media/catalogue/minisign.ts';
import { vsphereSecretName } from '../../../core/platform/vsphere/secret.ts';
import {
  canaryPassword,
  keptVms,
  type Laboratory,
  makeMedium,
  openLaboratory,
  run,
  type RunHow,
  startHost,
  value,
} from './laboratory.ts';
import { siteYaml } from './site-yaml.ts';

async function failureOf(
  lab: Laboratory,
  how: RunHow = {},
): Promise<Failure & { exit: number; events: readonly RunEvent[] }> {
  const { result, events } = await run(lab, how);
  if (result.ok) throw new Error(`it went through: ${result.value}`);
  return { ...result.failure, exit: exitCodes[result.failure.kind], events };
}

/** Rules that failed or stayed open. */
const blocking = (events: readonly RunEvent[]): string[] => [
  ...new Set(
    events.flatMap((event) =>
      event.kind === 'findings'
        ? event.findings.filter(({ status }) => status === 'fail' || status === 'error').map(({ rule }) => rule)
        : [],
    ),
  ),
];

const touched = (events: readonly RunEvent[]): boolean => events.some(({ kind }) => kind === 'operation-started');

describe('a foreign VM with a planned name', () => {
  let lab: Laboratory;
  beforeAll(async () => {
    lab = await openLaboratory({ hosts: [[], ['-vm', 'lab-all-in-one-1']] });
  });
  afterAll(() => lab?.close());

  it('stops the run before any change', async () => {
    const before = await Promise.all(lab.hosts.map((host) => keptVms(host)));
    const { code, exit, events } = await failureOf(lab);
    expect([code, exit]).toEqual(['deploy.blocked', 3]);
    expect(blocking(events)).toEqual(['infrastructure.names']);
    expect(touched(events)).toBe(false);
    expect(await Promise.all(lab.hosts.map((host) => keptVms(host)))).toEqual(before);
  });
});

describe('preflight', () => {
  let lab: Laboratory;
  beforeAll(async () => {
    lab = await openLaboratory();
  });
  afterAll(() => lab?.close());

  /** A site on the laboratory's first host and a second, new host. */
  async function withSecondHost(
    name: string,
    how: Parameters<typeof startHost>[2],
  ): Promise<Awaited<ReturnType<typeof failureOf>>> {
    const other = await startHost(join(lab.folder, name), canaryPassword, how);
    try {
      value(await lab.secrets.set(value(vsphereSecretName(other.url)), canaryPassword));
      const siteFile = join(lab.folder, `${name}.yaml`);
      await writeFile(siteFile, siteYaml([...lab.hosts.slice(0, 1), other]));
      return await failureOf(lab, { siteFile });
    } finally {
      await other.stop();
    }
  }
  const datastores = ['-datastore', 'standard-perf=24TB', '-datastore', 'high-perf=12TB'];
  const portGroups = ['-port-group', 'EDGE-LAN', '-port-group', 'EDGE-WAN'];
  const size = ['-host-cores', '64', '-host-memory', '512GiB'];

  it.each([
    [
      'vsphere.datastores',
      'a datastore that is missing',
      { base: [...size, ...portGroups, '-datastore', 'standard-perf=24TB'] },
    ],
    [
      'infrastructure.disk',
      'a datastore that is too small',
      { base: [...size, ...portGroups, '-datastore', 'standard-perf=24TB,100GB', '-datastore', 'high-perf=12TB'] },
    ],
    [
      'vsphere.port-groups',
      'a port group that is missing',
      { base: [...size, ...datastores, '-port-group', 'EDGE-LAN'] },
    ],
    [
      'infrastructure.memory',
      'too little memory',
      { base: [...datastores, ...portGroups, '-host-cores', '64', '-host-memory', '8GiB'] },
    ],
    ['infrastructure.writable', 'a free licence', { more: ['-license', 'free'] }],
    ['infrastructure.writable', 'a host that a vCenter manages', { more: ['-managed-by', '10.0.0.5'] }],
  ])('blocks by %s: %s', async (rule, _what, how) => {
    const { code, exit, events } = await withSecondHost(`${rule}-${Object.values(how).join('').length}`, how);
    expect([code, exit]).toEqual(['deploy.blocked', 3]);
    expect(blocking(events)).toEqual([rule]);
    expect(touched(events)).toBe(false);
  });

  it('blocks at a wrong password after one attempt: five lock the account', async () => {
    const [first] = lab.hosts;
    if (first === undefined) throw new Error('no host');
    const name = value(vsphereSecretName(first.url));
    value(await lab.secrets.set(name, 'wrong'));
    try {
      const { exit, events } = await failureOf(lab);
      expect(exit).toBe(3);
      expect(blocking(events)).toEqual(['infrastructure.reachable']);
      expect(first.refusedLogins()).toBe(1);
    } finally {
      value(await lab.secrets.set(name, canaryPassword));
    }
  });

  it('blocks at a host that is down', async () => {
    const siteFile = join(lab.folder, 'down.yaml');
    const [first] = lab.hosts;
    if (first === undefined) throw new Error('no host');
    // Port 9 of the loopback interface is closed.
    const url = 'https://127.0.0.1:9';
    value(await lab.secrets.set(value(vsphereSecretName(url)), 'x'));
    await writeFile(siteFile, siteYaml([first, { url, fingerprint: first.fingerprint }]));
    const { exit, events } = await failureOf(lab, { siteFile });
    expect(exit).toBe(3);
    expect(blocking(events)).toEqual(['infrastructure.reachable']);
  });

  it('refuses another certificate than the pinned one, and sends no password', async () => {
    const [first, second] = lab.hosts;
    if (!first || !second) throw new Error('two hosts');
    const siteFile = join(lab.folder, 'pin.yaml');
    await writeFile(siteFile, siteYaml([first, { ...second, fingerprint: first.fingerprint }]));
    const { code, exit, events, params } = await failureOf(lab, { siteFile });
    expect([code, exit]).toEqual(['vsphere.certificate-mismatch', 4]);
    expect(params.endpoint).toBe(second.url);
    expect(blocking(events)).toContain('infrastructure.fingerprint');
    expect(touched(events)).toBe(false);
  });

  it('leaves both hosts unchanged', async () => {
    expect(await Promise.all(lab.hosts.map((host) => keptVms(host)))).toEqual([[], []]);
  });
});

describe('a medium', () => {
  let lab: Laboratory;
  beforeAll(async () => {
    lab = await openLaboratory();
  });
  afterAll(() => lab?.close());
  const inMedia = (name: string): string => join(lab.media, name);

  async function damaged(name: string, damage: () => Promise<unknown>): Promise<Awaited<ReturnType<typeof failureOf>>> {
    const kept = `${inMedia(name)}.kept`;
    await copyFile(inMedia(name), kept);
    try {
      await damage();
      return await failureOf(lab);
    } finally {
      await copyFile(kept, inMedia(name));
      await rm(kept);
    }
  }

  it('is refused with an altered image', async () => {
    const { exit, code, events } = await damaged('logs.ova', async () => {
      const bytes = await readFile(inMedia('logs.ova'));
      bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 1;
      await writeFile(inMedia('logs.ova'), bytes);
    });
    expect([exit, touched(events)]).toEqual([4, false]);
    expect(code).toMatch(/^media\./);
  });

  it('is refused with a longer image', async () => {
    const { exit, events } = await damaged('logs.ova', () => appendFile(inMedia('logs.ova'), 'x'));
    expect([exit, touched(events)]).toEqual([4, false]);
  });

  it('is refused without a signature', async () => {
    const { exit, code } = await damaged('catalogue.json.minisig', () => rm(inMedia('catalogue.json.minisig')));
    expect([exit, code]).toEqual([4, 'media.unsigned']);
  });

  it('is refused with an altered catalogue', async () => {
    const { exit } = await damaged('catalogue.json', () => appendFile(inMedia('catalogue.json'), ' '));
    expect(exit).toBe(4);
  });

  it('is refused if another key signed it', async () => {
    const { secretKey } = generateKeyPair();
    await makeMedium(join(lab.folder, 'other-media'), { secretKey });
    const siteFile = join(lab.folder, 'other.yaml');
    await writeFile(
      siteFile,
      siteYaml(lab.hosts, (text) => text.replace('media: media', 'media: other-media')),
    );
    expect(await failureOf(lab, { siteFile })).toMatchObject({ exit: 4 });
  });

  it('is refused before the import if an image is swapped after its proof', async () => {
    const kept = `${inMedia('edge-gw.ova')}.kept`;
    await copyFile(inMedia('edge-gw.ova'), kept);
    const swap = async (): Promise<void> => {
      const bytes = await readFile(kept);
      bytes[bytes.length - 2000] = (bytes[bytes.length - 2000] ?? 0) ^ 1;
      await writeFile(inMedia('edge-gw.ova'), bytes);
    };
    let swapped: Promise<void> | undefined;
    const { exit, code, events } = await failureOf(lab, {
      onEvent: (event) => {
        if (event.kind === 'stage-started' && event.stage === 'preflight') swapped ??= swap();
      },
    });
    expect([exit, code]).toEqual([4, expect.stringMatching(/^media\./)]);
    expect(swapped).toBeDefined();
    const imported = events.filter(
      (event) =>
        event.kind === 'operation-finished' && event.operation === 'create-machine' && event.outcome === 'done',
    );
    expect(imported.filter((event) => 'vm' in event && event.vm.includes('edge-gw'))).toEqual([]);
    const names = (await Promise.all(lab.hosts.map((host) => keptVms(host)))).flat().map(({ name }) => name);
    expect(names.filter((name) => name.includes('edge-gw'))).toEqual([]);
    await copyFile(kept, inMedia('edge-gw.ova'));
    await rm(kept);
  });
});

describe('an image that is swapped while it is uploaded', () => {
  let lab: Laboratory;
  beforeAll(async () => {
    const slowUploads = ['-upload-rate', '400KiB'];
    lab = await openLaboratory({ hosts: [slowUploads, slowUploads], grains: 8 });
  });
  afterAll(() => lab?.close());

  it('is detected before its VM is powered on, and the next run replaces the VM', async () => {
    const image = join(lab.media, 'logs.ova');
    const before = await readFile(image);
    let swapped: Promise<void> | undefined;
    const swap = async (): Promise<void> => {
      const bytes = Buffer.from(before);
      bytes[bytes.length - 2000] = (bytes[bytes.length - 2000] ?? 0) ^ 1;
      await writeFile(image, bytes);
    };
    const only = { vms: ['lab-logs-1'] };
    const { exit, code, params } = await failureOf(lab, {
      ...only,
      onEvent: (event) => {
        if (event.kind === 'operation-progress' && event.amount.bytes > 0) swapped ??= swap();
      },
    });
    expect(swapped).toBeDefined();
    expect([exit, code, params.file]).toEqual([4, 'media.file-changed', 'logs.ova']);
    const left = (await Promise.all(lab.hosts.map((host) => keptVms(host)))).flat();
    expect(left).toMatchObject([{ name: 'lab-logs-1', poweredOn: false }]);

    await writeFile(image, before);
    const again = await run(lab, only);
    expect(again.result).toEqual({ ok: true, value: 'done' });
    expect(again.events).toContainEqual(expect.objectContaining({ operation: 'discard-partial', outcome: 'done' }));
    const now = (await Promise.all(lab.hosts.map((host) => keptVms(host)))).flat();
    expect(now).toMatchObject([{ name: 'lab-logs-1', poweredOn: true }]);
  });
});

describe('a fault of vSphere at one VM', () => {
  let lab: Laboratory;
  beforeAll(async () => {
    // The first import at the first host fails once.
    const config = JSON.stringify({
      faults: [
        {
          method: 'ImportVApp',
          type: 'ResourcePool',
          object: '*',
          fault: 'NoDiskSpace',
          message: 'Insufficient disk space on datastore.',
          count: 1,
        },
      ],
    });
    const file = join(tmpdir(), `edge-fault-${process.pid}.json`);
    await writeFile(file, config);
    lab = await openLaboratory({ hosts: [['-config', file], []] });
    await rm(file);
  });
  afterAll(() => lab?.close());

  it('lets the other VMs of its phase finish, and the next run finishes the rest', async () => {
    const { exit, code, events } = await failureOf(lab, {
      vms: ['lab-edge-gw-1', 'lab-edge-gw-2', 'lab-logs-1', 'lab-backup-1', 'lab-metrics-1'],
    });
    expect([exit, code]).toEqual([1, 'vsphere.no-space']);
    const failed = events.flatMap((event) =>
      event.kind === 'operation-finished' && event.outcome === 'failed' ? [event.vm] : [],
    );
    expect(failed).toHaveLength(1);
    const on = (await Promise.all(lab.hosts.map((host) => keptVms(host)))).flat().filter(({ poweredOn }) => poweredOn);
    expect(on).toHaveLength(4);

    const [again] = failed;
    const retry = await run(lab, { vms: failed });
    expect(retry.result).toEqual({ ok: true, value: 'done' });
    const work = retry.events.find((event) => event.kind === 'work-planned');
    const operations = (name: string): number | undefined =>
      work?.kind === 'work-planned' ? work.work.find(({ vm }) => vm === name)?.operations : undefined;
    expect(operations(again ?? '')).toBeGreaterThan(0);
    // Stages that were not requested are not shown as done.
    expect(operations('lab-all-in-one-1')).toBeGreaterThan(0);
    const started = retry.events.flatMap((event) => (event.kind === 'operation-started' ? [event.vm] : []));
    expect(new Set(started)).toEqual(new Set(failed));
    const names = (await Promise.all(lab.hosts.map((host) => keptVms(host)))).flat().map(({ name }) => name);
    expect(names.toSorted()).toEqual(['lab-backup-1', 'lab-edge-gw-1', 'lab-edge-gw-2', 'lab-logs-1', 'lab-metrics-1']);
  });

  it('refuses a VM that is not planned', async () => {
    expect(await failureOf(lab, { vms: ['lab-nothing-1'] })).toMatchObject({ code: 'deploy.unknown-vm', exit: 2 });
  });
});
