/** The site of these tests: a small footprint on simulated hosts. */

interface SiteHost {
  readonly url: string;
  readonly fingerprint: string;
}

export const siteName = 'lab';

/** `change` takes the finished text, for sites that are wrong on purpose. */
export const siteYaml = (hosts: readonly SiteHost[], change: (text: string) => string = (text) => text): string =>
  change(`apiVersion: edge-site/v1
site: { name: ${siteName}, customer: Lab Customer, partner: Example Partner }
sizing: { registeredUsers: 4000, concurrentUsers: 800, conferenceUsers: 100, visibility: internet, remoteAccess: permanent, mobileApps: location-api }
footprint: { option: small, redundantMedia: false }
datacentres:
  - name: dc1
    platform: vsphere
    vsphere:
      endpoints:
${hosts.map(({ url, fingerprint }) => `        - { url: "${url}", username: root, fingerprint: "${fingerprint}" }`).join('\n')}
      datastores: { standard: standard-perf, premium: high-perf }
      networks: { lan: EDGE-LAN, wan: EDGE-WAN }
network:
  lan: { cidr: 10.20.0.0/24, vlan: 20, nicGbps: 10 }
  wan: { cidr: 203.0.113.0/28, gateway: 203.0.113.1, vlan: 30, nicGbps: 1 }
  dnsForwarders: [10.1.0.53]
  ntp: [ntp1.lab.example]
  wireguard: { port: 51820 }
domain: { fqdn: edge.lab.example, administration: customer }
certificate: { administration: technical-information }
mail: { mode: corporate, host: smtp.lab.example, port: 587, tls: starttls, from: rainbow@edge.lab.example }
backup: { type: sftp, host: backup.other-site.example, path: /rainbow, location: Other building }
media: media
`);
