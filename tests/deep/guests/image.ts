/** The OVA of the reference gateway, and its disk for QEMU. Made once per content of the files that it is made from. */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gatewayDescriptor } from './descriptor.ts';
import { must } from './processes.ts';

export interface GuestImage {
  readonly ova: string;
  /** The OVA's disk as qcow2, to be a backing file. */
  readonly base: string;
}

const inCheckout = (path: string): string => fileURLToPath(new URL(`../../../${path}`, import.meta.url));
const cache = inCheckout('build/guest-image');
const minute = 60_000;
const diskMib = 1024;

/** What the image is made from, in a folder or a file of the checkout. */
const sources = ['resources/guest', 'tests/deep/guests/image', 'tests/deep/guests/image.ts', 'tests/deep/guests/descriptor.ts'];

function contentKey(): string {
  const hash = createHash('sha256');
  for (const source of sources) {
    const path = inCheckout(source);
    const files = statSync(path).isFile() ? [path] : readdirSync(path).toSorted().map((name) => join(path, name));
    for (const file of files) hash.update(`${file.slice(inCheckout('').length)}\0`).update(readFileSync(file)).update('\0');
  }
  return hash.digest('hex').slice(0, 16);
}

const sha256 = async (file: string): Promise<string> => (await must(['sha256sum', file], { limit: 5 * minute })).slice(0, 64);

/** OVF, manifest, disk, in this order. */
async function packOva(folder: string, ova: string): Promise<void> {
  const disk = join(folder, 'edge-gw-disk1.vmdk');
  const capacityBytes = diskMib * 2 ** 20;
  const descriptor = gatewayDescriptor({ file: 'edge-gw-disk1.vmdk', bytes: statSync(disk).size, capacityBytes });
  writeFileSync(join(folder, 'edge-gw.ovf'), descriptor);
  const names = ['edge-gw.ovf', 'edge-gw-disk1.vmdk'];
  const lines = await Promise.all(names.map(async (name) => `SHA256(${name})= ${await sha256(join(folder, name))}\n`));
  writeFileSync(join(folder, 'edge-gw.mf'), lines.join(''));
  const members = ['edge-gw.ovf', 'edge-gw.mf', 'edge-gw-disk1.vmdk'];
  await must(['tar', '--format=ustar', '-C', folder, '-cf', ova, ...members], { limit: 5 * minute });
}

async function build(folder: string): Promise<void> {
  const [root, raw, disk] = [join(folder, 'root'), join(folder, 'disk.raw'), join(folder, 'edge-gw-disk1.vmdk')];
  const script = (name: string): string => inCheckout(`tests/deep/guests/image/${name}`);
  await must([script('make-root'), root], { limit: 10 * minute });
  await must([script('make-disk'), root, raw, String(diskMib)], { limit: 5 * minute });
  const toVmdk = ['qemu-img', 'convert', '-f', 'raw', '-O', 'vmdk', '-o', 'subformat=streamOptimized', raw, disk];
  await must(toVmdk, { limit: 5 * minute });
  await packOva(folder, join(folder, 'edge-gw.ova'));
  // From the OVA itself, as a host makes its volume.
  await must(['tar', '-C', folder, '-xf', join(folder, 'edge-gw.ova'), 'edge-gw-disk1.vmdk'], { limit: 5 * minute });
  await must(['qemu-img', 'convert', '-f', 'vmdk', '-O', 'qcow2', disk, join(folder, 'base.qcow2')], { limit: 5 * minute });
  for (const name of ['root', 'disk.raw', 'edge-gw-disk1.vmdk', 'edge-gw.ovf', 'edge-gw.mf']) {
    rmSync(join(folder, name), { recursive: true, force: true });
  }
}

/** Images of other contents are removed. */
export async function makeGuestImage(): Promise<GuestImage> {
  const key = contentKey();
  const folder = join(cache, key);
  if (!existsSync(folder)) {
    rmSync(cache, { recursive: true, force: true });
    const making = join(cache, `${key}.making`);
    mkdirSync(making, { recursive: true });
    const start = performance.now();
    await build(making);
    renameSync(making, folder);
    console.log(`guests: image made in ${((performance.now() - start) / 1000).toFixed(0)} s`);
  }
  return { ova: join(folder, 'edge-gw.ova'), base: join(folder, 'base.qcow2') };
}
