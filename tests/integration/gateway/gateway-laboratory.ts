/**
 * The fast bed with a site of its own: signed medium, vault with the bootstrap key, and a site file that knows the
 * gateways.
 */
import { mkdtemp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generateIdentity, identityToRecipient } from 'age-encryption';
import { writeSampleMedium } from '../../../main/demo/medium/sample.ts';
import { formatPublicKey, formatSecretKey, generateKeyPair } from '../../../main/adapters/media/catalogue/minisign.ts';
import { generateSshKeyPair } from '../../../main/adapters/ssh/key-pair.ts';
import { generatePrivateKey, publicKeyOf } from '../../../main/adapters/wireguard/keys.ts';
import { cheapenVault, writeCheapVault } from '../../fixtures/cheap-vault.ts';
import { noc } from '../../testbed/addresses.ts';
import { type Bed, startBed } from '../../testbed/bed.ts';
import type { CommandOptions, CommandResult } from '../../testbed/commands.ts';

export const siteName = 'bed';
export const nocTunnelAddress = '100.64.0.1';
const passphrase = 'a passphrase';

export interface GatewayLaboratory {
  readonly bed: Bed;
  readonly at: (...parts: readonly string[]) => string;
  /** The bootstrap key, public part. */
  readonly bootstrapKey: string;
  /** WireGuard's private key of the NOC. */
  readonly nocKey: string;
  /** The product's command line on the installer, with the vault and the signer of the medium. */
  edge(args: readonly string[], more?: Pick<CommandOptions, 'input' | 'signal'>): Promise<CommandResult>;
  /** The same with `--json`. */
  json(args: readonly string[]): Promise<{ readonly code: number; readonly json: Record<string, unknown> }>;
  /** The same with a vault that holds the bootstrap key and nothing else. */
  onSecondLaptop(args: readonly string[]): ReturnType<GatewayLaboratory['json']>;
  /** Makes the vault quick to open again, after the product has written it. */
  cheapenVault(): Promise<void>;
  /** Writes the site file; `hostKeys` by the gateways' names without the prefix. */
  writeSite(hostKeys: Readonly<Record<string, string>>): Promise<void>;
  /** The fingerprints that the gateways really have. */
  hostKeys(): Promise<Record<string, string>>;
  siteText(): Promise<string>;
  end(): Promise<void>;
}

const siteText = (hostKeys: Readonly<Record<string, string>>): string => `apiVersion: edge-site/v1
site: { name: ${siteName}, customer: Bed }
sizing: { registeredUsers: 4000, concurrentUsers: 800 }
footprint: { option: small }
datacentres: [{ name: dc1, platform: kvm }]
network:
  lan: { cidr: 10.20.0.0/24, dhcp: { from: 10.20.0.200, to: 10.20.0.230 } }
  wan: { cidr: 203.0.113.0/28, gateway: 203.0.113.1 }
  addresses:
    edge-gw-1: { lan: 10.20.0.2, wan: 203.0.113.2 }
    edge-gw-2: { lan: 10.20.0.3, wan: 203.0.113.3 }
    edge-gw-vip: 10.20.0.1
  dnsForwarders: [${noc.services}]
  ntp: [time.example]
  wireguard: { port: 51820 }
domain: { fqdn: edge.bed.example, administration: customer }
certificate: { administration: technical-information }
mail: { mode: corporate, host: mirror.example, port: 587, tls: starttls, from: rainbow@edge.bed.example }
backup: { type: sftp, host: mirror.example, path: /rainbow, location: Other building }
gateways:
  sshHostKeys: ${JSON.stringify(hostKeys)}
media: media
`;

const wholeSeconds = (ms: number): string => new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z');
const dayMs = 24 * 3600 * 1000;

/** Starts the bed; the installer is on the LAN. */
export async function startGatewayLaboratory(root: string): Promise<GatewayLaboratory> {
  const folder = await mkdtemp(join(tmpdir(), 'edge-gateways-'));
  const at = (...parts: readonly string[]): string => join(folder, ...parts);
  const bootstrap = generateSshKeyPair('edge-installer-bed');
  const bed = await startBed({ root, authorizedKey: bootstrap.publicKey });
  await bed.installer.plug('lan');

  const identity = await generateIdentity();
  const signer = generateKeyPair();
  const nocKey = generatePrivateKey();
  const nocPublic = publicKeyOf(nocKey);
  const ale = generateSshKeyPair('ale-operations');
  await mkdir(at('media'));
  await writeFile(at('identity.txt'), `${identity}\n`);
  await writeFile(at('ale'), ale.privateKey, { mode: 0o600 });
  await writeFile(at('bootstrap'), bootstrap.privateKey, { mode: 0o600 });
  await writeFile(at('signer.pub'), formatPublicKey(signer.secretKey));
  await writeFile(at('signer.key'), await formatSecretKey(signer.secretKey));
  await writeFile(at('passphrase.txt'), `${passphrase}\n`, { mode: 0o600 });
  await writeSampleMedium(at('media'), {
    release: '2026.4',
    createdIso: wholeSeconds(Date.now() - dayMs),
    expiresIso: wholeSeconds(Date.now() + 30 * dayMs),
    secretKey: signer.secretKey,
    recipients: [await identityToRecipient(identity)],
    peers: [
      {
        name: 'noc-1',
        publicKey: nocPublic.ok ? nocPublic.value : '',
        endpoint: `${noc.address}:51820`,
        allowedIps: ['100.64.0.0/24'],
      },
    ],
    sshAuthorizedKeys: [ale.publicKey],
    reach: ['mirror.example:80/tcp', 'time.example:123/udp'],
  });
  const env = { EDGE_STATE_DIR: at('state'), EDGE_VAULT_PASSPHRASE_FILE: at('passphrase.txt'), NO_COLOR: '1' };
  const edge = (
    args: readonly string[],
    vault = 'vault.age',
    more: Pick<CommandOptions, 'input' | 'signal'> = {},
  ): Promise<CommandResult> =>
    bed.installer.edge([...args, '--vault', at(vault)], { env, timeoutMs: 180_000, input: '', ...more });
  const json = async (args: readonly string[], vault?: string) => {
    const { code, stdout, stderr } = await edge([...args, '--json'], vault);
    if (!stdout.startsWith('{')) throw new Error(`${code}: ${stdout}${stderr}`);
    return { code, json: JSON.parse(stdout) as Record<string, unknown> };
  };
  for (const vault of ['vault.age', 'second.age']) {
    await writeCheapVault(at(vault), passphrase, { [`ssh/${siteName}`]: bootstrap.privateKey });
  }
  return {
    bed,
    at,
    bootstrapKey: bootstrap.publicKey,
    nocKey,
    edge: (args, more) => edge(args, undefined, more),
    json: (args) => json(args),
    onSecondLaptop: (args) => json(args, 'second.age'),
    cheapenVault: () => cheapenVault(at('vault.age'), passphrase),
    writeSite: (hostKeys) => writeFile(at('site.yaml'), siteText(hostKeys)),
    siteText: () => readFile(at('site.yaml'), 'utf8'),
    hostKeys: async () => {
      const [first, second] = await Promise.all(bed.gateways.map((gateway) => gateway.facts()));
      return { 'edge-gw-1': first?.hostKeys[0] ?? '', 'edge-gw-2': second?.hostKeys[0] ?? '' };
    },
    end: async () => {
      await bed.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
