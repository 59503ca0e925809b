import { describe, expect, it } from 'vitest';
import { checkDraft } from '../../../../../core/preflight/check-site.ts';
import { readDraft, type SiteDraft } from '../../../../../core/site/read.ts';
import { makeWorksheet } from '../../../../../core/documents/worksheet/worksheet.ts';
import { plainInput, sampleNames, sampleText } from '../../../../fixtures/sample-sites.ts';
import { english } from '../../../../fixtures/words.ts';

const worksheet = (draft: SiteDraft) => makeWorksheet(draft, checkDraft(draft).findings);
const stateOf = (draft: SiteDraft, id: string): string | undefined =>
  worksheet(draft).items.find((item) => item.id === id)?.state;

describe('the worksheet', () => {
  it('of an empty draft asks for everything and is 0 % ready', () => {
    const sheet = worksheet({});
    expect(sheet.readiness).toBe(0);
    expect(sheet.groups.map(({ person }) => person)).toEqual([
      'customer',
      'network',
      'vmware',
      'certificates',
      'mail',
      'backup',
      'ale',
    ]);
    expect(
      sheet.items
        .filter(({ kind }) => kind === 'field')
        .every(({ state, value }) => (state === 'missing' || state === 'open') && value === ''),
    ).toBe(true);
  });

  it('fills up as fields are filled in', () => {
    let before = 0;
    const draft: Record<string, unknown> = {};
    for (const section of ['site', 'sizing', 'network', 'domain', 'mail', 'backup'] as const) {
      draft[section] = plainInput[section];
      const { readiness } = worksheet(draft);
      expect(readiness).toBeGreaterThan(before);
      before = readiness;
    }
    expect(before).toBeLessThan(100);
  });

  it('shows what is wrong at its field, and is not ready while anything blocks', () => {
    const { draft } = readDraft(sampleText('small-demo'));
    const broken = { ...draft, domain: { ...draft.domain, fqdn: 'co.uk' } };
    const item = worksheet(broken).items.find(({ id }) => id === 'domain.fqdn');
    expect(item).toMatchObject({ state: 'wrong', value: 'co.uk', findings: [{ rule: 'domain.fqdn' }] });
    expect(worksheet(broken).readiness).toBeLessThan(100);
    expect(stateOf(draft, 'domain.fqdn')).toBe('known');
    expect(stateOf(draft, 'datacentres.0.vsphere.endpoints.0.fingerprint')).toBe('missing');
  });

  it('is 100 % ready when every needed field is there and nothing blocks', () => {
    const { draft } = readDraft(sampleText('small-demo'));
    const fingerprint = `SHA256:${Array.from({ length: 32 }, () => 'AB').join(':')}`;
    const [centre] = draft.datacentres ?? [];
    const endpoints = (centre?.vsphere?.endpoints ?? []).map((endpoint) => ({ ...endpoint, fingerprint }));
    const full = {
      ...draft,
      certificate: { chain: 'edge.pem' },
      datacentres: [{ ...centre, vsphere: { ...centre?.vsphere, endpoints } }],
    };
    expect(worksheet(full)).toMatchObject({ readiness: 100, blocking: [] });
  });

  it('asks by the chosen options', () => {
    const tasks = (draft: SiteDraft): string[] =>
      worksheet(draft).items.flatMap(({ kind, id }) => (kind === 'task' ? [id] : []));
    expect(tasks({ certificate: { administration: 'ale' } })).toEqual(
      expect.arrayContaining(['certificate-ale', 'certificate-approval']),
    );
    expect(tasks({})).toContain('certificate-request');
    expect(tasks({ sizing: { visibility: 'lan', mobileApps: 'mdm' } })).toEqual(expect.arrayContaining(['vpn', 'mdm']));
    expect(stateOf({ mail: { mode: 'mailer' } }, 'mail.host')).toBeUndefined();
    expect(stateOf({ datacentres: [{}, {}] }, 'network.interDatacentreRttMs')).toBe('missing');
    expect(
      stateOf({ datacentres: [{ platform: 'kvm' }] }, 'datacentres.0.vsphere.datastores.standard'),
    ).toBeUndefined();
  });

  it('has words for every field, person, state and task', () => {
    for (const draft of [
      {},
      { datacentres: [{}, {}] },
      ...sampleNames.map((name) => readDraft(sampleText(name)).draft),
    ]) {
      for (const { kind, id, field, person, state, params } of worksheet(draft).items) {
        const key = kind === 'field' ? `site.fields.${field}.title` : `worksheet.tasks.${id}.title`;
        expect(english.has(key), key).toBe(true);
        if (kind === 'task') expect(english(`worksheet.tasks.${id}.detail`, params)).not.toMatch(/[{}]/);
        expect(english.has(`worksheet.person.${person}`)).toBe(true);
        expect(english.has(`worksheet.state.${state}`)).toBe(true);
      }
    }
  });
});
