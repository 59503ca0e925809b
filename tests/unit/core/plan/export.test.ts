import { describe, expect, it } from 'vitest';
import { csv } from '../../../../core/base/csv.ts';
import { firewallCsv, planDocument, vmsCsv, zoneFile } from '../../../../core/plan/export.ts';
import { siteJsonSchema } from '../../../../core/site/json-schema.ts';
import { planOf, plainSite, sampleSite } from '../../../fixtures/sample-sites.ts';
import { english } from '../../../fixtures/words.ts';

describe('csv', () => {
  it('quotes, doubles and ends lines as RFC 4180 says, and takes the power from formulas', () => {
    expect(
      csv(
        ',',
        ['a', 'b'],
        [
          ['x,y', 'say "hi"'],
          ['two\nlines', -5],
          ['=1+1', '@SUM(A1)'],
          ['+1', '-1'],
          ['\t=1', null],
          ['\uff1d1', '\u2028-1'],
        ],
      ).split('\r\n'),
    ).toEqual([
      '\ufeffa,b',
      '"x,y","say ""hi"""',
      '"two, lines",-5',
      `"'=1+1","'@SUM(A1)"`,
      `"'+1","'-1"`,
      `"' =1",`,
      `"'\uff1d1",", -1"`,
      '',
    ]);
  });

  it('quotes a cell that another separator would cut', () => {
    expect(csv(';', ['a'], [['1,5'], ['1;5']])).toBe('\ufeffa\r\n"1,5"\r\n"1;5"\r\n');
  });
});

describe('the files of a plan', () => {
  const plan = planOf(sampleSite('large'));

  it('hold the fields of the public contract', () => {
    const document = planDocument(plan);
    expect(document.footprint).toEqual({ option: 'large', scale: 1 });
    expect(document.vms[0]).toMatchObject({
      name: 'acme-lyon-edge-gw-1',
      component: 'edge-gw',
      datacentre: 'lyon',
      vcpu: 2,
      memoryGb: 2,
      disks: [
        { sizeGb: 64, class: 'standard' },
        { sizeGb: 256, class: 'standard' },
      ],
      nics: [
        { network: 'lan', addresses: ['10.20.4.2'] },
        { network: 'wan', addresses: ['203.0.113.1'] },
      ],
    });
    expect(document.vips[0]).toMatchObject({
      name: 'edge-gw-vip',
      address: '10.20.4.254',
      members: ['acme-lyon-edge-gw-1', 'acme-lyon-edge-gw-2'],
    });
    expect(Object.keys(document.totals)).toEqual([
      'vms',
      'vcpu',
      'memoryGb',
      'diskGb',
      'premiumGb',
      'lanAddresses',
      'wanAddresses',
    ]);
    expect(document.dns[0]).toMatchObject({ name: 'rainbow-acme.example', type: 'A', value: '203.0.113.11' });
    expect(JSON.parse(JSON.stringify(document))).toEqual(document);
  });

  it('list one server and one firewall rule per row', () => {
    const vms = vmsCsv(plan, english).trimEnd().split('\r\n');
    expect(vms).toHaveLength(plan.vms.length + 1);
    expect(vms[1]).toBe('acme-lyon-edge-gw-1,edge-gw,master,lyon,1,2,2,64 256,,10.20.4.2,203.0.113.1');
    const rules = firewallCsv(plan, english).trimEnd().split('\r\n');
    expect(rules).toHaveLength(plan.firewall.length + 1);
    expect(rules[1]).toBe('1,allow,Internet,,203.0.113.1,acme-lyon-edge-gw-1,udp,51820,Tunnel to ALE Cloud Operations');
  });

  it('name every reason of the sizing', () => {
    for (const reason of plan.why) {
      expect(english.has(`plan.why.${reason}`), reason).toBe(true);
      expect(english(`plan.why.${reason}`, plan.whyParams)).not.toMatch(/[{}]/);
    }
  });

  it('have an empty zone without a valid domain, and mail records for the edge’s own sender only', () => {
    expect(zoneFile(planOf(plainSite({ domain: { fqdn: 'co.uk' } })))).toBe('');
    const types = plan.dns.map(({ type }) => type);
    expect(types.filter((type) => type === 'TXT')).toHaveLength(2);
    expect(types.filter((type) => type === 'PTR')).toHaveLength(1);
    expect(zoneFile(plan)).toMatch(/^; \d+\.113\.0\.203\.in-addr\.arpa\. IN PTR mail-1\.rainbow-acme\.example\.$/m);
    const foreign = planOf(plainSite({ mail: { mode: 'external', host: 'r.example', from: 'x@elsewhere.com' } }));
    expect(foreign.dns.filter(({ type }) => type === 'TXT')).toEqual([]);
  });
});

describe('siteJsonSchema', () => {
  const schema = siteJsonSchema(english);

  it('has titles for every field, and refuses unknown ones', () => {
    expect(schema).toMatchObject({
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      type: 'object',
      additionalProperties: false,
      title: 'Rainbow Edge site file',
    });
    const missing: string[] = [];
    const walk = (node: unknown, path: string): void => {
      if (typeof node !== 'object' || node === null) return;
      const { properties, items, title } = node as Record<string, unknown>;
      if (path !== '' && title === undefined && !path.includes('overrides.')) missing.push(path);
      for (const [name, field] of Object.entries(properties ?? {})) walk(field, path === '' ? name : `${path}.${name}`);
      if (items !== undefined && (items as { properties?: object }).properties !== undefined)
        walk({ ...(items as object), title: 'item' }, path);
    };
    walk(schema, '');
    expect(missing).toEqual([]);
  });
});
