import { createHash } from 'node:crypto';
import { capture } from '../../core/base/errors.ts';
import { parseCatalogue } from '../../core/media/catalogue.ts';
import { parseManifest } from '../../core/media/ova/manifest.ts';
import { OvaStream } from '../../core/media/ova/ova.ts';
import { parseOvf } from '../../core/media/ovf/ovf.ts';
import { VmdkCheck } from '../../core/media/vmdk/vmdk.ts';
import { parsePublicKey, verifyText } from '../../main/adapters/media/catalogue/minisign.ts';
import { readLink } from '../../main/adapters/media/image/certificate-chain.ts';
import { sealTarHeader } from '../../main/demo/medium/tar-writer.ts';
import { certificateWith, derItem } from '../fixtures/der.ts';
import { descriptor, disk, soundOva, soundParts, tarOf } from '../unit/main/adapters/media/image/ova-kit.ts';

/** A fuzz target: a parser, seed inputs, a dictionary. A target throws only for a bug. */
export interface Target {
  readonly seeds: readonly Buffer[];
  readonly words: readonly Buffer[];
  /** Whether the input was accepted. */
  readonly run: (input: Buffer) => Promise<boolean>;
}

const words = (...texts: readonly string[]): readonly Buffer[] => texts.map((text) => Buffer.from(text, 'latin1'));
const ok = async (work: () => unknown): Promise<boolean> => (await capture(async () => work())).ok;
const hash = (algorithm: string): { update: (bytes: Uint8Array) => void; hex: () => Promise<string> } => {
  const digest = createHash(algorithm);
  return { update: (bytes) => void digest.update(bytes), hex: () => Promise.resolve(digest.digest('hex')) };
};
const smallDisk = disk.subarray(0, 512 * 132);
const chunks = (input: Buffer, push: (chunk: Buffer) => void): void => {
  for (let at = 0; at < input.length; at += 3000) push(input.subarray(at, at + 3000));
};

async function readArchive(input: Buffer): Promise<boolean> {
  // Repairs the checksum, which would end nearly every run at the first header.
  for (let at = 0; at + 512 <= input.length; at += 512) {
    if (input.toString('latin1', at + 257, at + 262) === 'ustar') sealTarHeader(input.subarray(at, at + 512));
  }
  const stream = new OvaStream({ hash, certificate: () => 'signer' }, input.length);
  return (
    await capture(async () => {
      chunks(input, (chunk) => stream.push(chunk));
      return stream.end();
    })
  ).ok;
}

const { ovf, mf, disk: file } = soundParts();

export const targets: Readonly<Record<string, Target>> = {
  tar: {
    seeds: [soundOva(), tarOf([ovf, file]), Buffer.concat([soundOva().subarray(0, 8192), Buffer.alloc(1024)])],
    words: words(
      'ustar\x0000',
      '0',
      '5',
      'x',
      'web.ovf',
      'web.mf',
      'web.cert',
      '../',
      '77777777777\0',
      '\x80\0\0\0\0\0\0\0',
      '\xff\xff\xff\xff',
    ),
    run: readArchive,
  },
  ovf: {
    seeds: [ovf.bytes, Buffer.from(descriptor().replace('<References>', '<!-- c --><References>'))],
    words: words(
      '<!DOCTYPE a [',
      ']>',
      '<![CDATA[',
      ']]>',
      '<!--',
      '-->',
      '&amp;',
      '&#x10FFFF;',
      'xmlns:a="b"',
      'ovf:href="',
      'xmlns:href="',
      'xsi:type="',
      '<rasd:ResourceType>10</rasd:ResourceType>',
      '<File ',
      '/>',
      '<?xml?>',
      'byte * 2^',
      '\xff\xfe',
      '\xef\xbb\xbf',
    ),
    run: (input) => ok(() => parseOvf(input, 'a.ovf')),
  },
  vmdk: {
    seeds: [disk, smallDisk, disk.subarray(disk.length - 4096)],
    words: words(
      'KDMV',
      '\n \r\n',
      'RW 2097152 SPARSE "a"',
      'parentCID=',
      '\x01\0\0\0',
      '\x03\0\0\0',
      '\xff\xff\xff\xff\xff\xff\xff\xff',
      'x\x9c',
    ),
    run: (input) =>
      ok(() => {
        const check = new VmdkCheck('a.vmdk', input.length);
        chunks(input, (chunk) => check.push(chunk));
        return check.end();
      }),
  },
  manifest: {
    seeds: [mf.bytes],
    words: words('SHA256(', 'SHA512(', 'SHA1(', ')= ', '\r\n', '\n\n', '0'.repeat(64)),
    run: (input) => ok(() => parseManifest(input, 'a.mf')),
  },
  catalogue: {
    seeds: [
      Buffer.from(
        JSON.stringify({
          format: 'edge-media/v1',
          release: '1.2-rc1',
          created: '2026-11-20T10:00:00Z',
          expires: '2027-11-20T10:00:00Z',
          images: [
            {
              components: ['core'],
              file: 'core.ova',
              size: 4096,
              sha256: 'a'.repeat(64),
              guest: { sshUser: 'root', properties: ['ip'] },
            },
          ],
          noc: { peers: [] },
          handover: { recipients: [] },
        }),
      ),
    ],
    words: words(
      'null',
      '1e999',
      '-1',
      '[]',
      '{}',
      '"__proto__":',
      '"constructor":',
      '\\u0000',
      '2026-13-99T99:99:99Z',
    ),
    run: async (input) => parseCatalogue(input.toString('utf8')).ok,
  },
  signature: {
    seeds: [
      Buffer.from(
        `untrusted comment: x\nRUQiKTHDOXBZaDF8D7vsHWsbqVACaaNIz6zIzA6zR8SSJ3cm8CAehr7lil7HOev5gwXPdnmBsiWDlF8b9Bb29doTw9opJeMHsQ0=\ntrusted comment: timestamp:1795339585\n4LoZl9MlXUIDLHWYU7nGQRHQAbbNCPW+icsEADOjgM36IiXkr1rnuVCtBnzYs23X8XJ8uxQ2kOoFinR+BeZBDQ==\n`,
      ),
    ],
    words: words('untrusted comment: ', 'trusted comment: ', 'RUQ', 'RWQ', '==', '\r\n'),
    run: async (input) => {
      const key = parsePublicKey('RWQiKTHDOXBZaLhOvxsa0FMt5kbsTyw6ayd4bu0ahpmUAbHjtDRRBihY');
      return key.ok && verifyText([key.value], input, input.toString('latin1')).ok;
    },
  },
  certificate: {
    seeds: [certificateWith(derItem('30', '0603551d13', '0101ff', derItem('04', '3000')))],
    words: [
      Buffer.from('30820100', 'hex'),
      Buffer.from('a3', 'hex'),
      Buffer.from('0603551d13', 'hex'),
      Buffer.from('0101ff', 'hex'),
    ],
    run: async (input) => readLink(input) !== undefined,
  },
};
