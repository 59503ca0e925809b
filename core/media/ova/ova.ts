import { ByteWindow } from '../byte-window.ts';
import { checkManifestNames, manifestMaxBytes, parseManifest } from './manifest.ts';
import type { DigestAlgorithm, Manifest } from './manifest.ts';
import { parseOvf } from '../ovf/ovf.ts';
import type { Descriptor } from '../ovf/ovf.ts';
import type { OvfDisk } from '../ovf/disks.ts';
import { refuse } from '../refusal.ts';
import type { FilePosition } from '../refusal.ts';
import { isZero, parseTarHeader, tarBlock } from '../ustar.ts';
import { VmdkCheck } from '../vmdk/vmdk.ts';
import type { VmdkReport } from '../vmdk/vmdk.ts';
import { xmlLimits } from '../ovf/xml.ts';

/**
 * Reads an OVA as a stream, by the rules of media-and-handover, "OVA: what is accepted": descriptor, manifest,
 * certificate, then exactly the files that the descriptor names, in its order. It keeps the small text members and no
 * disk data.
 */

/** A digest, which may run on another thread. */
export interface Hasher {
  readonly update: (bytes: Uint8Array) => void;
  /** Lower-case hex, after all updates. */
  readonly hex: () => Promise<string>;
}

/** Functions that the caller supplies: digests, and the check of a certificate over the manifest. */
export interface OvaHost<Signer> {
  readonly hash: (algorithm: DigestAlgorithm) => Hasher;
  /** Throws a refusal if the certificate's signature over the manifest is invalid. */
  readonly certificate: (manifest: TextMember, certificate: TextMember) => Signer;
}

export interface TextMember {
  readonly name: string;
  readonly bytes: Uint8Array;
  /** Offset of the content in the OVA, in bytes. */
  readonly start: number;
}

export interface OvaMember {
  readonly name: string;
  readonly sizeBytes: number;
  readonly sha256: string;
}

export interface OvaContent<Signer> {
  readonly members: readonly OvaMember[];
  readonly descriptor: Descriptor;
  readonly manifest: { readonly algorithm: DigestAlgorithm } | undefined;
  readonly signer: Signer | undefined;
}

/** Accepted zero bytes after the end, since tar programs fill their last record. */
const mostPadding = 64 * 1024;
const certificateMaxBytes = 256 * 1024;

type Digests = Readonly<Partial<Record<DigestAlgorithm, string>>>;

type Part = 'header' | 'content' | 'padding' | 'end';

interface OpenMember {
  readonly name: string;
  readonly size: number;
  readonly start: number;
  readonly hashes: ReadonlyMap<DigestAlgorithm, Hasher>;
  /** Collects the text members. */
  readonly text: Uint8Array | undefined;
  readonly disk: { readonly check: VmdkCheck; readonly described: OvfDisk } | undefined;
  left: number;
}

/** The members before the disks. */
export interface OvaTexts<Signer> {
  readonly descriptor: Descriptor;
  /** Missing without a `.cert`. */
  readonly signer: Signer | undefined;
}

export class OvaStream<Signer> {
  readonly #host: OvaHost<Signer>;
  readonly #sizeBytes: number;
  readonly #window = new ByteWindow();
  readonly #members: Omit<OvaMember, 'sha256'>[] = [];
  readonly #digests = new Map<string, Promise<Digests>>();
  readonly #checks: Promise<void>[] = [];
  #mismatch: { readonly error: unknown } | undefined;
  #part: Part = 'header';
  #member: OpenMember | undefined;
  #zeroBlocks = 0;
  #descriptorName = '';
  #descriptor: Descriptor | undefined;
  #manifestText: TextMember | undefined;
  #manifest: Manifest | undefined;
  #signer: Signer | undefined;
  #nextFile = 0;

  /** `sizeBytes` is the length of the OVA file. */
  constructor(host: OvaHost<Signer>, sizeBytes: number) {
    this.#host = host;
    this.#sizeBytes = sizeBytes;
    this.#window.want(tarBlock);
  }

  /** Name of the current member, empty between members. */
  get current(): string {
    return this.#member?.name ?? '';
  }

  /** Whether descriptor, manifest and certificate are read; disks and other files follow. */
  get pastText(): boolean {
    return (
      this.#part === 'end' || this.#nextFile > 0 || (this.#member !== undefined && this.#member.text === undefined)
    );
  }

  /** After {@link pastText}: the descriptor, checked against manifest and certificate. */
  async front(): Promise<OvaTexts<Signer>> {
    await Promise.all(this.#checks);
    const descriptor = this.#descriptor ?? refuse('ova-empty', { member: '', byte: 0 });
    return { descriptor, signer: this.#signer };
  }

  /** Takes the next bytes. Throws refusals. */
  push(chunk: Uint8Array): void {
    if (this.#mismatch !== undefined) throw this.#mismatch.error;
    let at = 0;
    while (at < chunk.length) {
      if (this.#part === 'content') at += this.#content(chunk.subarray(at));
      else if (this.#part === 'end') at += this.#trailer(chunk.subarray(at));
      else {
        at += this.#window.take(chunk, at);
        if (this.#window.complete) this.#block(this.#window.bytes);
      }
    }
  }

  /** After the last byte: returns the content, or throws a refusal if the archive is incomplete. */
  async end(): Promise<OvaContent<Signer>> {
    const position = { member: this.current, byte: this.#window.position };
    if (this.#part === 'content' || this.#part === 'padding') refuse('tar-truncated', position);
    if (this.#part !== 'end') refuse('tar-no-end', position);
    const descriptor = this.#descriptor ?? refuse('ova-empty', position);
    const missing = descriptor.files[this.#nextFile];
    if (missing !== undefined) refuse('ova-file-missing', position, { name: missing.href });
    await Promise.all(this.#checks);
    const members = await Promise.all(
      this.#members.map(async (member) => ({
        ...member,
        sha256: (await this.#digests.get(member.name))?.sha256 ?? '',
      })),
    );
    return {
      members,
      descriptor,
      manifest: this.#manifest === undefined ? undefined : { algorithm: this.#manifest.algorithm },
      signer: this.#signer,
    };
  }

  #block(block: Uint8Array): void {
    const byte = this.#window.position - block.length;
    if (this.#part === 'padding') {
      if (!isZero(block)) refuse('tar-padding', { member: this.#members[this.#members.length - 1]?.name ?? '', byte });
      this.#part = 'header';
      this.#window.want(tarBlock);
      return;
    }
    if (isZero(block)) {
      this.#zeroBlocks += 1;
      if (this.#zeroBlocks === 2) this.#part = 'end';
      else this.#window.want(tarBlock);
      return;
    }
    if (this.#zeroBlocks > 0) refuse('tar-after-end', { member: '', byte });
    const { name, size } = parseTarHeader(block, byte);
    const position = { member: name, byte };
    if (this.#window.position + size > this.#sizeBytes) refuse('tar-truncated', position);
    this.#open(name, size, position);
  }

  #open(name: string, size: number, position: FilePosition): void {
    const lower = name.toLowerCase();
    if (this.#members.some((member) => member.name.toLowerCase() === lower)) refuse('ova-duplicate', position);
    const start = this.#window.position;
    const role = this.#roleOf(name, size, position);
    const algorithms = new Set<DigestAlgorithm>(['sha256']);
    // The manifest follows the descriptor, so its digest algorithm is still unknown.
    if (role === 'descriptor' || this.#manifest?.algorithm === 'sha512') algorithms.add('sha512');
    this.#member = {
      name,
      size,
      start,
      hashes: new Map([...algorithms].map((algorithm) => [algorithm, this.#host.hash(algorithm)])),
      text: role === 'file' ? undefined : new Uint8Array(size),
      disk: role === 'file' ? this.#diskOf(name, size) : undefined,
      left: size,
    };
    this.#part = 'content';
    if (size === 0) this.#close(this.#member);
  }

  /** The type of a member, by its name and position. A member in a wrong position is refused. */
  #roleOf(name: string, size: number, position: FilePosition): 'descriptor' | 'manifest' | 'certificate' | 'file' {
    const limit = (most: number): void => {
      if (size > most) refuse('ova-text-size', position, { most });
    };
    const descriptor = this.#descriptor;
    if (descriptor === undefined) {
      if (!/^.+\.ovf$/.test(name)) refuse('ova-descriptor-first', position);
      limit(xmlLimits.bytes);
      this.#descriptorName = name;
      return 'descriptor';
    }
    const base = this.#descriptorName.slice(0, -'.ovf'.length);
    const filesBegun = this.#nextFile > 0;
    if (name === `${base}.mf` && this.#manifestText === undefined && !filesBegun && this.#members.length === 1) {
      limit(manifestMaxBytes);
      return 'manifest';
    }
    if (name === `${base}.cert` && this.#manifestText !== undefined && !filesBegun && this.#members.length === 2) {
      limit(certificateMaxBytes);
      return 'certificate';
    }
    const index = descriptor.files.findIndex((file) => file.href === name);
    if (index < 0) {
      // govc takes the first member that ends in .ovf or .mf, with any name.
      refuse(/\.(?:ovf|mf|cert)$/i.test(name) ? 'ova-text-place' : 'ova-stranger', position);
    }
    if (index !== this.#nextFile)
      refuse('ova-order', position, { expected: descriptor.files[this.#nextFile]?.href ?? '' });
    const stated = descriptor.files[index]?.size;
    if (stated !== undefined && stated !== size) refuse('ova-file-size', position, { size, stated });
    return 'file';
  }

  #diskOf(name: string, size: number): OpenMember['disk'] {
    const described = this.#descriptor?.disks.find((disk) => disk.fileHref === name);
    return described === undefined ? undefined : { check: new VmdkCheck(name, size), described };
  }

  #content(chunk: Uint8Array): number {
    const member = this.#member;
    // A bug: the states of the reader exclude it.
    if (member === undefined) throw new Error('a member is open while its content is read');
    const part = chunk.length <= member.left ? chunk : chunk.subarray(0, member.left);
    for (const hash of member.hashes.values()) hash.update(part);
    member.text?.set(part, member.size - member.left);
    member.disk?.check.push(part);
    member.left -= part.length;
    this.#window.position += part.length;
    if (member.left === 0) this.#close(member);
    return part.length;
  }

  #close(member: OpenMember): void {
    const digests = collect(member.hashes);
    // A refusal may end the reading before this promise is awaited.
    digests.catch(() => undefined);
    this.#digests.set(member.name, digests);
    this.#members.push({ name: member.name, sizeBytes: member.size });
    this.#member = undefined;
    if (member.text !== undefined) this.#readText({ name: member.name, bytes: member.text, start: member.start });
    else {
      this.#nextFile += 1;
      if (member.disk !== undefined) this.#checkDisk(member.disk.check.end(), member.disk.described, member.name);
      this.#checkDigest(member.name);
    }
    const padding = (tarBlock - (member.size % tarBlock)) % tarBlock;
    this.#part = padding === 0 ? 'header' : 'padding';
    this.#window.want(padding === 0 ? tarBlock : padding);
  }

  #readText(text: TextMember): void {
    if (this.#descriptor === undefined) {
      this.#descriptor = parseOvf(text.bytes, text.name);
      return;
    }
    if (this.#manifestText === undefined) {
      this.#manifestText = text;
      this.#manifest = parseManifest(text.bytes, text.name);
      const files = [this.#descriptorName, ...this.#descriptor.files.map((file) => file.href)];
      checkManifestNames(this.#manifest, files, text.name);
      this.#checkDigest(this.#descriptorName);
      return;
    }
    this.#signer = this.#host.certificate(this.#manifestText, text);
  }

  /** Compares each digest at once, so that the other disks of a forged archive are not read. */
  #checkDigest(name: string): void {
    const manifest = this.#manifest;
    const digests = this.#digests.get(name);
    if (manifest === undefined || digests === undefined) return;
    const check = digests.then((found) => {
      if (found[manifest.algorithm] !== manifest.digests.get(name)) {
        refuse('manifest-digest', { member: name, byte: 0 }, {}, 'trust');
      }
    });
    check.catch((error: unknown) => {
      this.#mismatch ??= { error };
    });
    this.#checks.push(check);
  }

  /** The descriptor's capacity must be the disk's, or that rounded up to the descriptor's unit by at most a GiB. */
  #checkDisk(disk: VmdkReport, described: OvfDisk, member: string): void {
    const unit = Math.min(Math.max(described.capacityUnit, 512), 2 ** 30);
    const difference = described.capacityBytes - disk.capacityBytes;
    if (difference >= unit || difference <= -512) {
      refuse('vmdk-capacity', { member, byte: 12 }, { disk: disk.capacityBytes, descriptor: described.capacityBytes });
    }
  }

  #trailer(chunk: Uint8Array): number {
    const position = { member: '', byte: this.#window.position };
    const stray = chunk.findIndex((byte) => byte !== 0);
    if (stray >= 0) refuse('tar-after-end', { ...position, byte: position.byte + stray });
    this.#zeroBlocks += chunk.length / tarBlock;
    if (this.#zeroBlocks * tarBlock > mostPadding || this.#sizeBytes % tarBlock !== 0)
      refuse('tar-after-end', position);
    this.#window.position += chunk.length;
    return chunk.length;
  }
}

async function collect(hashes: ReadonlyMap<DigestAlgorithm, Hasher>): Promise<Digests> {
  const entries = await Promise.all(
    [...hashes].map(async ([algorithm, hash]) => [algorithm, await hash.hex()] as const),
  );
  return Object.fromEntries(entries);
}
