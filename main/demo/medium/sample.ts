import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import {
  catalogueFileName,
  formatCatalogue,
  signatureFileName,
  trustedCommentOf,
} from '../../../core/media/catalogue.ts';
import type { Catalogue } from '../../../core/media/catalogue.ts';
import type { NocPeer } from '../../../core/media/peers.ts';
import { components } from '../../../core/site/schema.ts';
import { signText } from '../../adapters/media/catalogue/minisign.ts';
import type { SecretKey } from '../../adapters/media/catalogue/minisign.ts';
import { sampleProperties, writeSampleDescriptor } from './sample-descriptor.ts';
import { writeTar } from './tar-writer.ts';
import { writeSampleVmdk } from './vmdk-writer.ts';

/** Sample media for the demo and for tests: real OVAs, small, signed with the caller's key. */

/** Components with a second NIC on the WAN. Source: domain, the footprint tables. */
const withWan: ReadonlySet<string> = new Set([
  'edge-gw',
  'mailer',
  'public-lb',
  'stun-turn',
  'conferencing',
  'all-in-one',
]);

export interface SampleMedium {
  /** Default: every component that the site file knows. */
  readonly components?: readonly string[];
  readonly release: string;
  /** UTC, ISO 8601 with `Z`. */
  readonly createdIso: string;
  readonly expiresIso: string;
  readonly secretKey: SecretKey;
  readonly recipients?: readonly string[];
  readonly peers?: readonly NocPeer[];
  /** ALE's keys, as lines of `authorized_keys`. */
  readonly sshAuthorizedKeys?: readonly string[];
  /** What a gateway must reach. */
  readonly reach?: readonly string[];
  /** Capacity of the one disk, in GiB. Default 8. */
  readonly diskGb?: number;
  /** Data in each disk, in grains of 64 KiB. Default 3, so an OVA has about 200 kB. */
  readonly grains?: number;
}

/**
 * Writes catalogue, signature and one OVA per component into `folder`, which is created if missing. The same input
 * gives the same bytes. Returns the catalogue.
 */
export async function writeSampleMedium(folder: string, sample: SampleMedium): Promise<Catalogue> {
  await mkdir(folder, { recursive: true });
  const images: Catalogue['images'] = [];
  for (const component of sample.components ?? components) {
    const ova = sampleOva(component, sample);
    const file = `${component}.ova`;
    await writeFile(path.join(folder, file), ova);
    images.push({
      components: [component],
      file,
      size: ova.length,
      sha256: createHash('sha256').update(ova).digest('hex'),
      guest: { sshUser: 'root', properties: sampleProperties(withWan.has(component)).map(({ key }) => key) },
    });
  }
  const catalogue: Catalogue = {
    format: 'edge-media/v1',
    release: sample.release,
    created: sample.createdIso,
    expires: sample.expiresIso,
    images,
    noc: {
      peers: [...(sample.peers ?? [])],
      ...(sample.sshAuthorizedKeys === undefined ? {} : { sshAuthorizedKeys: [...sample.sshAuthorizedKeys] }),
      ...(sample.reach === undefined ? {} : { reach: [...sample.reach] }),
    },
    handover: { recipients: [...(sample.recipients ?? [])] },
  };
  const text = Buffer.from(formatCatalogue(catalogue));
  await writeFile(path.join(folder, catalogueFileName), text);
  await writeFile(path.join(folder, signatureFileName), signText(sample.secretKey, text, trustedCommentOf(catalogue)));
  return catalogue;
}

/** The bytes of one sample OVA. */
export function sampleOva(
  component: string,
  sample: Pick<SampleMedium, 'release' | 'createdIso' | 'diskGb' | 'grains'>,
): Buffer {
  const disk = `${component}-disk1.vmdk`;
  const vmdk = writeSampleVmdk({
    name: disk,
    capacityBytes: (sample.diskGb ?? 8) * 2 ** 30,
    grains: sample.grains ?? 3,
    seed: `${component}/${sample.release}`,
  });
  const descriptor = Buffer.from(
    writeSampleDescriptor({
      component,
      release: sample.release,
      disk,
      diskBytes: vmdk.length,
      diskGb: sample.diskGb ?? 8,
      wan: withWan.has(component),
    }),
  );
  const files = [
    { name: `${component}.ovf`, bytes: descriptor },
    { name: disk, bytes: vmdk },
  ] as const;
  const lines = files.map(
    ({ name, bytes }) => `SHA256(${name})= ${createHash('sha256').update(bytes).digest('hex')}\n`,
  );
  const manifest = { name: `${component}.mf`, bytes: Buffer.from(lines.join('')) };
  const seconds = Math.floor(Date.parse(sample.createdIso) / 1000);
  return writeTar([files[0], manifest, files[1]], seconds);
}
