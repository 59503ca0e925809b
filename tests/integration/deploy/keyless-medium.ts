/** A signed medium whose gateway image does not take the bootstrap key. ALE's own command refuses to sign one. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { unwrap } from '../../../core/base/errors.ts';
import {
  catalogueFileName,
  formatCatalogue,
  parseCatalogue,
  signatureFileName,
  trustedCommentOf,
} from '../../../core/media/catalogue.ts';
import { type SecretKey, signText } from '../../../main/adapters/media/catalogue/minisign.ts';
import { sha, soundOva } from '../../unit/main/adapters/media/image/ova-kit.ts';

/** A gateway image; `change` changes the text of its descriptor. */
export const gatewayOva = (change: (descriptor: string) => string): Buffer => soundOva({ ovf: change });

export const otherProperty = (descriptor: string): string =>
  descriptor.replace('ovf:key="ssh_authorized_key"', 'ovf:key="ssh_authorized_keys"');

/** The property is declared, but vSphere does not let a user set it. */
export const fixedProperty = (descriptor: string): string =>
  descriptor.replace(
    /(ovf:key="ssh_authorized_key"[^>]*)ovf:userConfigurable="true"/,
    '$1ovf:userConfigurable="false"',
  );

/** Replaces the image of the gateways in `folder` and signs the catalogue again. */
export async function withGatewayImage(folder: string, secretKey: SecretKey, ova: Buffer): Promise<void> {
  const before = unwrap(parseCatalogue(await readFile(join(folder, catalogueFileName), 'utf8')));
  const images = before.images.map((image) =>
    image.components.includes('edge-gw') ? { ...image, size: ova.length, sha256: sha(ova) } : image,
  );
  const catalogue = { ...before, images };
  const text = Buffer.from(formatCatalogue(catalogue));
  await writeFile(join(folder, 'edge-gw.ova'), ova);
  await writeFile(join(folder, catalogueFileName), text);
  await writeFile(join(folder, signatureFileName), signText(secretKey, text, trustedCommentOf(catalogue)));
}
