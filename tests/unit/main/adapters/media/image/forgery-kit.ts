/** Forged OVAs: alterations of a valid one, and the result of reading it. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readOva } from '../../../../../../main/adapters/media/image/ova-reader.ts';
import { disk, diskName, manifestOf, sha, soundOva, soundParts, tarEnd, tarEntry, tarOf } from './ova-kit.ts';
import type { Entry } from './ova-kit.ts';

export interface Bench {
  /** A folder that is removed after the tests of the file. */
  readonly folder: () => string;
  /** `accepted`, or the code of the refusal. */
  readonly outcome: (bytes: Buffer) => Promise<unknown>;
}

/** Registers the folder of a test file. */
export function openBench(): Bench {
  let folder = '';
  beforeAll(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'edge-forgeries-'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  let count = 0;
  const outcome = async (bytes: Buffer): Promise<unknown> => {
    const file = path.join(folder, `${count++}.ova`);
    writeFileSync(file, bytes);
    const started = process.cpuUsage();
    const read = await readOva(file);
    // Time of the processor, in microseconds: a busy machine does not fail a test.
    expect(process.cpuUsage(started).user).toBeLessThan(2_000_000);
    rmSync(file);
    if (read.ok) return 'accepted';
    // Every refusal names the file and the position.
    expect(read.failure.params['file']).toBe(path.basename(file));
    expect(read.failure.params).toHaveProperty('member');
    expect(read.failure.params['byte']).toBeGreaterThanOrEqual(0);
    return read.failure.code;
  };
  return { folder: () => folder, outcome };
}

export type Forgery = readonly [name: string, build: () => Buffer, code: string];

/** One test for each forgery: refused with its code, or accepted. */
export function describeForgeries(bench: Bench, forgeries: Readonly<Record<string, readonly Forgery[]>>): void {
  for (const [group, tests] of Object.entries(forgeries)) {
    describe(`refused: ${group}`, () => {
      it.each(tests)('%s', async (_name, build, code) => {
        expect(await bench.outcome(build())).toBe(code === 'accepted' ? code : `media.${code}`);
      });
    });
  }
}

const parts = soundParts();
export const { ovf, mf } = parts;
export const vmdk = parts.disk;
export const typed = (type: string, name: string, size = 0, link = ''): Buffer =>
  tarEntry({
    name,
    bytes: Buffer.alloc(size),
    header: (header) => {
      header.write(type, 156, 'latin1');
      header.write(link, 157, 'latin1');
    },
  });
export const before = (stranger: Buffer): Buffer =>
  Buffer.concat([tarEntry(ovf), tarEntry(mf), stranger, tarEntry(vmdk), tarEnd]);
export const first = (stranger: Buffer): Buffer => Buffer.concat([stranger, tarOf([ovf, mf, vmdk])]);
export const withHeader = (header: (block: Buffer) => void): Buffer => tarOf([ovf, mf, { ...vmdk, header }]);
export const withManifest = (text: string): Buffer => tarOf([ovf, { name: 'web.mf', bytes: Buffer.from(text) }, vmdk]);
export const named = (name: string): Buffer => {
  const parts = soundParts({ ovf: (text) => text.replaceAll(diskName, name) });
  const file = { ...parts.disk, name };
  return tarOf([parts.ovf, manifestOf([parts.ovf, file]), file]);
};
export const href = (value: string): Buffer =>
  soundOva({ ovf: (text) => text.replace(`href="${diskName}"`, `href="${value}"`) });
export const replaced = (from: string | RegExp, to: string): Buffer =>
  soundOva({
    ovf: (text) => {
      const forged = text.replace(from, to);
      expect(forged).not.toBe(text);
      return forged;
    },
  });
/** Declares a prefix of that name on the first element with the attribute: Go's reader accepts it. */
export const declared = (attribute: string, value: string): Buffer =>
  replaced(` ovf:${attribute}="`, ` xmlns:${attribute}="${value}" ovf:${attribute}="`);
export const nic = (fields: string): Buffer =>
  replaced(
    '</VirtualHardwareSection>',
    `<Item><rasd:Connection>LAN</rasd:Connection><rasd:InstanceID>99</rasd:InstanceID>${fields}</Item></VirtualHardwareSection>`,
  );
export const drive = (resource: string): Buffer => replaced('ovf:/disk/vmdisk1', resource);
export const again = (element: string, value: string): Buffer =>
  replaced(new RegExp(`(<((?:\\w+:)?${element})>[^<]*</\\2>)`), `$1<$2>${value}</$2>`);
export const patched = (change: (bytes: Buffer) => void): Buffer =>
  soundOva({
    disk: (bytes) => {
      change(bytes);
      return bytes;
    },
  });
export const diskText = (from: string, to: string): Buffer =>
  patched((bytes) => {
    const text = bytes.toString('latin1', 512, 1536).replace(from, to);
    bytes.write(text.slice(0, 1024), 512, 'latin1');
  });
export const gnu = (header: Buffer): void => void header.write('ustar  \0', 257, 'latin1');
/** First sector of a marker of that type: 1 table, 2 directory, 3 footer. */
export const markerAt = (type: number): number => {
  for (let at = 128 * 512; at < disk.length;) {
    const size = disk.readUInt32LE(at + 8);
    if (size > 0) at += Math.ceil((size + 12) / 512) * 512;
    else if (disk.readUInt32LE(at + 12) === type) return at;
    else at += (1 + Number(disk.readBigUInt64LE(at))) * 512;
  }
  throw new Error('no such marker');
};
export const pax = (record: string): Buffer => {
  const length = record.length + 3 + 1;
  return Buffer.from(`${length} ${record}\n`);
};
export const sha512 = (files: readonly Entry[]): string =>
  files.map(({ name, bytes }) => `SHA512(${name})= ${sha(bytes, 'sha512')}\n`).join('');

export const many = (count: number, one: (index: number) => string): string =>
  Array.from({ length: count }, (_, index) => one(index)).join('');
