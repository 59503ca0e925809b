/** vSphere as a row of the table of platforms. */
import { parseEndpointUrl } from '../../network/endpoint-url.ts';
import type { EndpointLayout, Platform } from '../platform.ts';
import { vsphereRules } from './rules.ts';
import { vsphereSecretName } from './secret.ts';
import { type VsphereSection, vsphereSection } from './section.ts';

const endpointLayout = ({ url, fingerprint }: VsphereSection['endpoints'][number], index: number): EndpointLayout => {
  const read = parseEndpointUrl(url);
  const secret = vsphereSecretName(url);
  const path = `endpoints.${index}`;
  return {
    url,
    path,
    host: read.ok ? read.value.host : '',
    port: read.ok ? read.value.port : 443,
    pin: { path: `${path}.fingerprint`, ...(fingerprint === undefined ? {} : { value: fingerprint }) },
    ...(secret.ok ? { secret: () => secret.value } : {}),
  };
};

const fieldOf = (map: unknown, name: string): unknown =>
  typeof map === 'object' && map !== null && Object.hasOwn(map, name) ? Reflect.get(map, name) : undefined;

const textOf = (map: unknown, name: string): string => {
  const value = fieldOf(map, name);
  return typeof value === 'string' ? value : '';
};

function sectionOfDraft(draft: unknown): VsphereSection {
  const listed = fieldOf(draft, 'endpoints');
  const [datastores, networks] = [fieldOf(draft, 'datastores'), fieldOf(draft, 'networks')];
  return {
    endpoints: (Array.isArray(listed) ? listed : []).map((endpoint: unknown) => ({
      url: textOf(endpoint, 'url'),
      username: textOf(endpoint, 'username'),
      ...(textOf(endpoint, 'fingerprint') === '' ? {} : { fingerprint: textOf(endpoint, 'fingerprint') }),
    })),
    datastores: { standard: textOf(datastores, 'standard'), premium: textOf(datastores, 'premium') },
    networks: { lan: textOf(networks, 'lan'), wan: textOf(networks, 'wan') },
  };
}

const endpointPlaceholder = (mark: string): unknown => ({
  url: `https://host#${mark}.invalid`,
  username: `user${mark}`,
});

export const vsphere = {
  name: 'vsphere',
  section: vsphereSection,
  isSectionRequired: true,
  starter: { endpoints: [{ url: 'https://' }] },
  placeholders: {
    endpoints: [[endpointPlaceholder('')], [endpointPlaceholder('-b'), endpointPlaceholder('-c')]],
    'endpoints.*': [endpointPlaceholder(''), endpointPlaceholder('-b')],
    'endpoints.*.url': ['https://host#.invalid', 'https://host#-b.invalid'],
    'endpoints.*.username': ['user', 'user-b'],
    datastores: [
      { standard: 'standard', premium: 'premium' },
      { standard: 'other', premium: 'other' },
    ],
    'datastores.standard': ['standard', 'standard-b'],
    'datastores.premium': ['premium', 'premium-b'],
    networks: [
      { lan: 'lan', wan: 'wan' },
      { lan: 'other', wan: 'other' },
    ],
    'networks.lan': ['lan', 'lan-b'],
    'networks.wan': ['wan', 'wan-b'],
  },
  keepsImages: false,
  mismatch: 'vsphere.certificate-mismatch',
  firewallReason: 'vsphere-api',
  layout: ({ endpoints, datastores, networks }: VsphereSection) => ({
    endpoints: endpoints.map(endpointLayout),
    storage: datastores,
    storagePath: 'datastores',
    networks,
  }),
  sectionOfDraft,
  endpointList: 'endpoints',
  worksheet: {
    ofEndpoint: ['url', 'username', 'fingerprint'],
    ofSection: ['datastores.standard', 'datastores.premium', 'networks.lan', 'networks.wan'],
    tasks: ['vsphere-passwords', 'datastores'],
  },
  rules: vsphereRules,
} satisfies Platform<VsphereSection>;
