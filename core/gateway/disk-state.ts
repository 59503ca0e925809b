/**
 * The disks of a server as lsblk(8) and the image's first boot report them. Source: docs/image-contract.md, "Data
 * disks".
 */
import { z } from 'zod';

interface BlockDevice {
  readonly type: string;
  readonly size: number;
  readonly fstype: string | null;
  readonly mountpoints: readonly (string | null)[];
  readonly children: readonly BlockDevice[];
}

const device: z.ZodType<BlockDevice> = z.lazy(() =>
  z.looseObject({
    type: z.string(),
    size: z.coerce.number(),
    fstype: z.string().nullable().default(null),
    mountpoints: z.array(z.string().nullable()).default([]),
    children: z.array(device).default([]),
  }),
);
const listing = z.looseObject({ blockdevices: z.array(device) });

/** Sizes in bytes. */
export const lsblkCommand: readonly string[] = ['lsblk', '-J', '-b', '-o', 'NAME,SIZE,TYPE,FSTYPE,MOUNTPOINTS'];

/** `locked`: encrypted, and not open. */
export interface FoundDisk {
  readonly bytes: number;
  readonly system: boolean;
  readonly state: 'encrypted' | 'locked' | 'plain';
}

function parse(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}

const tree = (one: BlockDevice): readonly BlockDevice[] => [one, ...one.children.flatMap(tree)];

/** The disks, without CD drives and loop devices; undefined if this is no output of {@link lsblkCommand}. */
export function disksIn(json: string): readonly FoundDisk[] | undefined {
  const read = listing.safeParse(parse(json));
  if (!read.success) return undefined;
  return read.data.blockdevices
    .filter(({ type }) => type === 'disk')
    .map((disk) => {
      const all = tree(disk);
      const luks = all.filter(({ fstype }) => fstype === 'crypto_LUKS');
      const isOpen = luks.length > 0 && luks.every(({ children }) => children.some(({ type }) => type === 'crypt'));
      return {
        bytes: disk.size,
        system: all.some(({ mountpoints }) => mountpoints.includes('/')),
        state: luks.length === 0 ? 'plain' : isOpen ? 'encrypted' : 'locked',
      };
    });
}

/**
 * The keys of disks: as Debian has them, and as the first boot of an image publishes them. One of the files may be
 * missing.
 */
export const diskKeyCommand: readonly string[] = ['cat', '/etc/crypttab', '/run/edge/disks'];

/** Key files in crypttab(5); a TPM-sealed key has none. */
const crypttabKeys = (text: string): string[] =>
  text
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter(
      ([name = '#', , key = 'none', options = '']) =>
        !name.startsWith('#') && key.startsWith('/') && !options.includes('tpm2-device='),
    )
    .map(([, , key = '']) => key);

/** Disks of the first boot with a key on the system disk: `data1=keyfile+recovery,…`. */
const publishedKeys = (text: string): string[] =>
  [...text.matchAll(/(?:^|[,\s])([a-z0-9-]+)=keyfile(?=[+,\s]|$)/g)].map(([, name = '']) => name);

/** The keys on the system disk in the output of {@link diskKeyCommand}: their files, or the disks that they open. */
export const keyFilesIn = (output: string): string[] => [...crypttabKeys(output), ...publishedKeys(output)];
