/** The commented example that `site init` writes: valid, small, with reserved names and addresses to be replaced. */

export const exampleSite = `# One Rainbow Standalone Edge. Check it with "site check", see the plan with "plan".
# It never holds a secret: passwords and keys go to the keychain with "secret set".
apiVersion: edge-site/v1

site:
  name: acme-paris # prefix of every VM name
  customer: ACME SA
  partner: Example Partner # optional
  contacts:
    - { role: smart-hands, name: J. Doe, email: jdoe@example.com, phone: "+33 1 00 00 00 00" }

sizing:
  registeredUsers: 4000
  concurrentUsers: 800
  conferenceUsers: 100 # at the same time, in conferences
  visibility: internet # internet | lan
  remoteAccess: permanent # permanent | on-demand
  mobileApps: location-api # mdm | location-api

footprint:
  option: auto # auto | small | large
  scale: auto # large only: auto, or the number of footprints
  options: [] # datalake, message-bus, repository-noc, mailer
  redundantMedia: false # small only
  # overrides: # more than the minimum
  #   logs: { disks: [2048] }
  #   conferencing: { quantity: 3 }

datacentres: # 1 to 3; the first one is the primary
  - name: dc1
    platform: vsphere # vsphere | kvm | bare-metal
    vsphere:
      endpoints: # one vCenter, or one or more standalone ESXi hosts; add the fingerprint that the host shows
        - { url: "https://esx1.acme.example", username: root }
        - { url: "https://esx2.acme.example", username: root }
      datastores: { standard: standard-perf, premium: high-perf }
      networks: { lan: EDGE-LAN, wan: EDGE-WAN }

network:
  lan: { cidr: 10.20.0.0/24, vlan: 20, nicGbps: 10 }
  wan: { cidr: 203.0.113.0/28, gateway: 203.0.113.1, vlan: 30, nicGbps: 1, nat: false }
  # addresses: # pins; everything else gets its address in a stable order
  #   edge-gw-1: { lan: 10.20.0.2, wan: 203.0.113.2 }
  #   edge-gw-vip: 10.20.0.1
  dnsForwarders: [10.1.0.53]
  ntp: [ntp1.acme.example, ntp2.acme.example]
  wireguard: { port: 51820 } # UDP, inbound from the Internet

domain:
  fqdn: edge.acme.example
  administration: customer # technical-information | ale | customer

certificate:
  administration: technical-information # technical-information | ale
  # chain: certs/edge.pem # relative to this file; leaf first

mail: # mode: corporate | external | mailer
  mode: corporate
  host: smtp.acme.example
  port: 587
  tls: starttls # none | starttls | tls
  from: rainbow@edge.acme.example

backup: # outside the primary data centre's premises
  type: sftp # sftp | nfs | s3
  host: backup.other-site.example
  path: /rainbow
  location: "Lyon, other building"

handover:
  recipients: [] # extra age recipients; ALE's come with the signed media

media: ../media # folder with catalogue.json, its signature and the OVA files
`;
