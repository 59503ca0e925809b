import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { zoneFile } from '../../../core/plan/export.ts';
import type { SiteInput } from '../../../core/site/schema.ts';
import { planOf, plainSite, sampleNames, sampleSite } from '../../fixtures/sample-sites.ts';

const found = spawnSync('named-checkzone', ['-v'], { encoding: 'utf8' });
const missing = found.status !== 0;
if (missing) console.warn('Skipped: named-checkzone is not installed (Debian package bind9-utils).');

/** Exit code of BIND's tool and the zone as it parsed it. No name server is contacted. */
const check = (
  fqdn: string,
  zone: string,
): { readonly status: number | null; readonly dump: string; readonly errors: string } => {
  const folder = mkdtempSync(join(tmpdir(), 'edge-zone-'));
  try {
    const file = join(folder, 'zone');
    writeFileSync(file, zone);
    const { status, stdout, stderr } = spawnSync('named-checkzone', ['-i', 'local', '-k', 'fail', '-D', fqdn, file], {
      encoding: 'utf8',
    });
    return { status, dump: stdout, errors: stderr };
  } finally {
    rmSync(folder, { recursive: true });
  }
};

const network = { lan: { cidr: '10.0.0.0/16' }, wan: { cidr: '8.8.0.0/17', gateway: '8.8.0.1' } };
const variants: readonly (readonly [string, Partial<SiteInput>])[] = [
  ['small', {}],
  ['on the LAN only', { sizing: { registeredUsers: 10, concurrentUsers: 1, visibility: 'lan' } }],
  [
    'with Mailer servers',
    { footprint: { options: ['mailer'] }, mail: { mode: 'mailer', from: 'x@mail.edge.acme.example' } },
  ],
  [
    'of 40 footprints',
    {
      network,
      footprint: { option: 'large', scale: 40, options: ['mailer'] },
      mail: { mode: 'mailer', from: 'x@edge.acme.example' },
    },
  ],
  ['with an IDN', { domain: { fqdn: 'edge.xn--mller-kva.de' } }],
  ['with capitals', { domain: { fqdn: 'Edge.ACME.com' } }],
];

describe.skipIf(missing)('named-checkzone', () => {
  it.each(sampleNames)('accepts the zone of %s with every record', (name) => {
    const plan = planOf(sampleSite(name));
    const { status, dump, errors } = check(plan.fqdn, zoneFile(plan));
    expect(status, errors).toBe(0);
    for (const { name: owner, type, value } of plan.dns) {
      if (type === 'A')
        expect(dump).toMatch(
          new RegExp(
            `^${owner.replace(/[.*]/g, '\\$&')}\\.\\s+3600\\s+IN\\s+A\\s+${value.replaceAll('.', '\\.')}$`,
            'm',
          ),
        );
    }
  });

  it.each(variants)('accepts the zone of a site %s', (_, changes) => {
    const plan = planOf(plainSite(changes));
    const { status, errors } = check(plan.fqdn, zoneFile(plan, 2_026_112_001));
    expect(status, errors).toBe(0);
  });

  it('refuses a broken zone, so that this test can fail', () => {
    const plan = planOf(plainSite());
    expect(check(plan.fqdn, zoneFile(plan).replace('\tIN\tNS\t', '\tIN\tXX\t')).status).not.toBe(0);
  });
});
