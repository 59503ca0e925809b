/** The OVA of the reference gateway, and its disk for QEMU. Built once per content of its source files. */
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

const imageFiles = 'tests/deep/guests/image';
/** Source files and folders of Debian's part, and of the rest. */
const rootSources = [`${imageFiles}/make-root`, `${imageFiles}/before-packages`];
const sources = ['resources/guest', imageFiles, 'tests/deep/guests/image.ts', 'tests/deep/guests/descriptor.ts'];

/** Names and contents of the files. */
function contentKey(paths: readonly string[]): string {
  const hash = createHash('sha256');
  for (const source of paths) {
    const path = inCheckout(source);
    const names = statSync(path).isFile() ? [''] : readdirSync(path).toSorted();
    for (const name of names)
      hash
        .update(`${source}/${name}\0`)
        .update(readFileSync(join(path, name)))
        .update('\0');
  }
  return hash.digest('hex').slice(0, 16);
}

const sha256 = async (file: string): Promise<string> =>
  (await must(['sha256sum', file], { limit: 5 * minute })).slice(0, 64);

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

const script = (name: string): string => inCheckout(`${imageFiles}/${name}`);

/**
 * Builds a folder of the cache under a temporary name, so that it is complete. Removes older folders with the same
 * prefix.
 */
async function cached(prefix: string, key: string, make: (folder: string) => Promise<void>): Promise<string> {
  const folder = join(cache, `${prefix}-${key}`);
  if (existsSync(folder)) return folder;
  mkdirSync(cache, { recursive: true });
  for (const name of readdirSync(cache)) {
    if (name.startsWith(`${prefix}-`)) rmSync(join(cache, name), { recursive: true });
  }
  const start = performance.now();
  const making = `${folder}.making`;
  mkdirSync(making);
  await make(making);
  renameSync(making, folder);
  console.log(`guests: ${prefix} made in ${((performance.now() - start) / 1000).toFixed(0)} s`);
  return folder;
}

async function makeImage(folder: string): Promise<void> {
  const [root, raw, disk] = [join(folder, 'root'), join(folder, 'disk.raw'), join(folder, 'edge-gw-disk1.vmdk')];
  const debian = await cached('debian', contentKey(rootSources), async (making) => {
    await must([script('make-root'), join(making, 'root')], { limit: 15 * minute });
  });
  await must(['cp', '-a', join(debian, 'root'), root], { limit: 5 * minute });
  await must([script('after-packages'), root], { limit: 5 * minute });
  await must([script('make-disk'), root, raw, String(diskMib)], { limit: 5 * minute });
  const toVmdk = ['qemu-img', 'convert', '-f', 'raw', '-O', 'vmdk', '-o', 'subformat=streamOptimized', raw, disk];
  await must(toVmdk, { limit: 5 * minute });
  await packOva(folder, join(folder, 'edge-gw.ova'));
  // Extracted from the OVA, as a host does.
  await must(['tar', '-C', folder, '-xf', join(folder, 'edge-gw.ova'), 'edge-gw-disk1.vmdk'], { limit: 5 * minute });
  await must(['qemu-img', 'convert', '-f', 'vmdk', '-O', 'qcow2', disk, join(folder, 'base.qcow2')], {
    limit: 5 * minute,
  });
  for (const name of ['root', 'disk.raw', 'edge-gw-disk1.vmdk', 'edge-gw.ovf', 'edge-gw.mf']) {
    rmSync(join(folder, name), { recursive: true, force: true });
  }
}

/** Builds the missing parts of the cache: Debian with its packages, and the image with the first boot. */
export async function makeGuestImage(): Promise<GuestImage> {
  const folder = await cached('image', contentKey([...rootSources, ...sources]), makeImage);
  return { ova: join(folder, 'edge-gw.ova'), base: join(folder, 'base.qcow2') };
}
