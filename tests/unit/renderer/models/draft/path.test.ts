import { computed, reactive } from 'vue';
import { describe, expect, it } from 'vitest';
import { nearestPath, putAt, valueAt, withoutIndexes } from '../../../../../renderer/models/draft/path.ts';

describe('a draft by paths', () => {
  it('reads existing values, and undefined otherwise', () => {
    const draft = { datacentres: [{ name: 'dc1' }], site: { name: 'a' } };
    expect(valueAt(draft, 'datacentres.0.name')).toBe('dc1');
    expect(valueAt(draft, 'datacentres.1.name')).toBeUndefined();
    expect(valueAt(draft, 'site.name.length')).toBeUndefined();
    expect(valueAt(draft, '')).toBe(draft);
  });

  it('ignores inherited properties', () => {
    expect(valueAt({}, 'constructor')).toBeUndefined();
    expect(valueAt({ site: {} }, 'site.__proto__')).toBeUndefined();
  });

  it('makes objects and lists on the way to a value', () => {
    const draft: Record<string, unknown> = {};
    putAt(draft, 'datacentres.0.vsphere.endpoints.1.url', 'https://b');
    putAt(draft, 'datacentres.0.vsphere.endpoints.0.url', 'https://a');
    expect(draft).toEqual({
      datacentres: [{ vsphere: { endpoints: [{ url: 'https://a' }, { url: 'https://b' }] } }],
    });
  });

  it('leaves no trace of a cleared field, but keeps the items of lists', () => {
    const draft: Record<string, unknown> = { network: { lan: { cidr: 'x' } }, site: { contacts: [{ name: 'a' }] } };
    putAt(draft, 'network.lan.cidr', undefined);
    putAt(draft, 'site.contacts.0.name', undefined);
    putAt(draft, 'mail.host', undefined);
    expect(draft).toEqual({ site: { contacts: [{}] } });
  });

  it('updates a computed value for a new field', () => {
    const draft = reactive<Record<string, unknown>>({ endpoints: [{ url: 'https://a' }] });
    const fingerprint = computed(() => valueAt(draft, 'endpoints.0.fingerprint'));
    expect(fingerprint.value).toBeUndefined();
    putAt(draft, 'endpoints.0.fingerprint', 'SHA256:AA');
    expect(fingerprint.value).toBe('SHA256:AA');
    putAt(draft, 'endpoints.0.fingerprint', undefined);
    expect(fingerprint.value).toBeUndefined();
  });

  it('finds the field that a finding belongs to', () => {
    const fields = ['network', 'network.addresses', 'network.lan.cidr'];
    expect(nearestPath('network.addresses.edge-gw-1.lan', fields)).toBe('network.addresses');
    expect(nearestPath('network.lan.cidr', fields)).toBe('network.lan.cidr');
    expect(nearestPath('network.lan', fields)).toBe('network');
    expect(nearestPath('networking', fields)).toBeUndefined();
  });

  it('shares the words of all items of a list', () => {
    expect(withoutIndexes('datacentres.0.vsphere.endpoints.12.url')).toBe('datacentres.vsphere.endpoints.url');
  });
});
