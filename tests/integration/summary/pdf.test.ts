/** The finished PDF: its text by poppler's pdftotext, its fonts and metadata by pdffonts and pdfinfo. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import robotoFiles from 'pdfmake/build/vfs_fonts.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { failure, fail, ok, type Result } from '../../../core/base/errors.ts';
import type { RunRecord } from '../../../core/run/record.ts';
import { buildReport } from '../../../core/documents/summary/summary.ts';
import { inRoboto } from '../../../main/adapters/pdf/roboto-coverage.ts';
import { writeSummary } from '../../../main/adapters/pdf/write-summary.ts';
import { hostileRecord, hostileWords } from '../../fixtures/hostile-record.ts';
import { englishText, recordOf, type SiteSize } from '../../fixtures/run-record.ts';

const text = englishText();
const folder = mkdtempSync(join(tmpdir(), 'edge-summary-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const poppler = spawnSync('pdftotext', ['-v']).error === undefined;
if (!poppler) console.warn('skipped: the PDF is not read back, since pdftotext (package poppler-utils) is missing');

const tool = (name: string, ...args: string[]): string => {
  const { stdout, status, stderr } = spawnSync(name, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${name}: ${stderr}`);
  return stdout;
};

// The adapter for files is not under test here.
const writePlainly = (path: string, data: string | Uint8Array): Promise<Result<void>> => {
  writeFileSync(path, data);
  return Promise.resolve(ok(undefined));
};

async function pdfOf(record: RunRecord, name: string): Promise<string> {
  const outDir = mkdtempSync(join(folder, name));
  const written = await writeSummary({ record, outDir, text, writeFile: writePlainly });
  if (!written.ok) throw new Error(JSON.stringify(written.failure));
  const names = written.value.files.map((file) => file.slice(outDir.length + 1));
  expect(names.slice(0, 3)).toEqual(['pdf', 'html', 'json'].map((kind) => `summary-acme-paris.${kind}`));
  expect(names.slice(3).every((csv) => /^summary-acme-paris-[A-Za-z]+\.csv$/.test(csv))).toBe(true);
  expect(names).toContain('summary-acme-paris-vms.csv');
  return written.value.files[0] ?? '';
}

/** Text without any white space: line breaks do not matter. */
const dense = (words: string): string => words.replaceAll(/\s/g, '');

describe.runIf(poppler).each<SiteSize>(['small', 'large', 'multi'])('the PDF of a %s edge', (size) => {
  const record = recordOf({ size });
  let pdf = '';
  beforeAll(async () => {
    pdf = await pdfOf(record, size);
  });

  it('contains the texts of the model', () => {
    const read = dense(tool('pdftotext', '-raw', pdf, '-'));
    const report = buildReport(record, text);
    for (const { title, blocks } of report.sections) {
      expect(read).toContain(dense(title));
      for (const block of blocks) {
        if (block.kind !== 'table') continue;
        const names = block.rows.length === 0 ? [block.empty] : block.rows.map((row) => row[0]?.text ?? '');
        for (const name of names) expect(read).toContain(dense(name));
      }
    }
    for (const vm of record.plan.vms) {
      expect(read).toContain(vm.name);
      for (const address of vm.nics.flatMap(({ addresses }) => addresses)) expect(read).toContain(address);
    }
    for (const { sha256, file } of record.media?.images ?? []) {
      expect(read).toContain(sha256);
      expect(read).toContain(file);
    }
    for (const { inventory } of record.endpoints) expect(read).toContain(inventory?.fingerprint);
    for (const gateway of record.handover?.gateways ?? []) expect(read).toContain(gateway.publicKey);
    for (const known of [record.planDigest, record.siteFile.sha256, record.handover?.sha256, '482109375516']) {
      expect(read).toContain(known);
    }
  });

  it('numbers its pages and repeats the header of a continued table', () => {
    const pages = Number(/Pages:\s+(\d+)/.exec(tool('pdfinfo', pdf))?.[1]);
    expect(pages).toBeGreaterThan(4);
    const captions: string[] = [];
    for (let page = 1; page <= pages; page += 1) {
      const words = tool('pdftotext', '-layout', '-f', String(page), '-l', String(page), pdf, '-');
      expect(dense(words)).toContain(`${page}/${pages}`);
      if (page > 1) expect(words).toContain('Deployment summary – acme-paris');
      if (words.includes('Firewall matrix')) captions.push(words);
    }
    for (const words of captions) expect(words).toMatch(/Source\s+Destination\s+Protocol/);
    expect(captions.length).toBeGreaterThan(1);
  });

  it('embeds its fonts and has metadata', () => {
    const fonts = tool('pdffonts', pdf)
      .split('\n')
      .slice(2)
      .filter((line) => line !== '');
    expect(fonts.length).toBe(3);
    for (const font of fonts) expect(font).toMatch(/\+Roboto(Mono)?-(Regular|Medium)\s.*\syes yes yes/);
    const info = tool('pdfinfo', pdf);
    expect(info).toMatch(/Title:\s+Deployment summary – acme-paris/);
    expect(info).toMatch(/Author:\s+edge-installer 0\.1\.0/);
    expect(info).toMatch(/Page size:.*A4/);
    const bytes = readFileSync(pdf, 'latin1');
    expect(bytes).toContain('/Lang (en)');
    expect(bytes).toContain('/Outlines');
    expect(bytes).not.toMatch(/\/(URI|JavaScript|Launch|EmbeddedFile)\b/);
  });

  it('keeps all words inside the page', () => {
    const boxes = tool('pdftotext', '-bbox', pdf, '-');
    let words = 0;
    for (const [, width, height, body] of boxes.matchAll(/<page width="([\d.]+)" height="([\d.]+)">(.*?)<\/page>/gs)) {
      for (const [, left, top, right, bottom] of (body ?? '').matchAll(
        /xMin="(.*?)" yMin="(.*?)" xMax="(.*?)" yMax="(.*?)"/g,
      )) {
        words += 1;
        expect(Number(left)).toBeGreaterThan(30);
        expect(Number(top)).toBeGreaterThan(10);
        expect(Number(right)).toBeLessThan(Number(width) - 30);
        expect(Number(bottom)).toBeLessThan(Number(height) - 10);
      }
    }
    expect(words).toBeGreaterThan(500);
  });
});

describe.runIf(poppler)('the PDF of a hostile record', () => {
  it('shows the texts, and names characters that its font lacks', async () => {
    const pdf = await pdfOf(hostileRecord(), 'hostile');
    const read = dense(tool('pdftotext', '-raw', pdf, '-'));
    expect(read).toContain(dense(hostileWords.script));
    expect(read).toContain(dense(hostileWords.formula));
    expect(read).toContain(hostileWords.long);
    expect(read).toContain('[U+1F525]fire');
    expect(read).toContain('abc[U+202E]dcba[U+202C][U+05E9]');
    expect(read).toContain('nul[U+0000]bell[U+0007]');
    expect(read).toContain(dense(hostileWords.placeholder));
    const boxes = tool('pdftotext', '-bbox', pdf, '-');
    for (const [, right] of boxes.matchAll(/xMax="(.*?)"/g)) expect(Number(right)).toBeLessThan(842 - 30);
  });
});

/** Characters of a TrueType font, from its `cmap` subtable of format 4. Source: OpenType 1.9, cmap. */
function charactersOf(font: Buffer): Set<number> {
  const tables = Array.from({ length: font.readUInt16BE(4) }, (_, index) => 12 + index * 16);
  const record = tables.find((at) => font.toString('latin1', at, at + 4) === 'cmap') ?? 0;
  const cmap = font.readUInt32BE(record + 8);
  const subtables = Array.from(
    { length: font.readUInt16BE(cmap + 2) },
    (_, index) => cmap + font.readUInt32BE(cmap + 8 + index * 8),
  );
  const at = subtables.find((offset) => font.readUInt16BE(offset) === 4);
  if (at === undefined) throw new Error('no cmap of format 4');
  const segments = font.readUInt16BE(at + 6) / 2;
  const characters = new Set<number>();
  for (let index = 0; index < segments; index += 1) {
    const last = font.readUInt16BE(at + 14 + index * 2);
    const first = font.readUInt16BE(at + 16 + segments * 2 + index * 2);
    for (let code = first; code <= last && code < 0xffff; code += 1) characters.add(code);
  }
  return characters;
}

describe('the fonts', () => {
  it('have every character of the coverage table', () => {
    const files = robotoFiles as unknown as Readonly<Record<string, string>>;
    for (const name of ['Roboto-Regular.ttf', 'Roboto-Medium.ttf']) {
      const characters = charactersOf(Buffer.from(files[name] ?? '', 'base64'));
      expect(characters.size).toBeGreaterThan(800);
      for (let code = 0; code <= 0xffff; code += 1) if (inRoboto(code)) expect(characters.has(code)).toBe(true);
      expect(characters.has(0x05d0)).toBe(false);
    }
    expect(inRoboto(0x05d0)).toBe(false);
    expect(inRoboto(0x1f525)).toBe(false);
  });
});

describe('writing the summary', () => {
  it('writes no file after an abort', async () => {
    const paths: string[] = [];
    const writeFile = (path: string): Promise<Result<void>> => {
      paths.push(path);
      return Promise.resolve(ok(undefined));
    };
    const stop = AbortSignal.abort();
    const result = await writeSummary({ record: recordOf(), outDir: folder, text, writeFile, signal: stop });
    expect(result).toMatchObject({ ok: false, failure: { code: 'common.cancelled' } });
    expect(paths).toEqual([]);
  });

  it('stops between two files', async () => {
    const stop = new AbortController();
    const paths: string[] = [];
    const writeFile = (path: string): Promise<Result<void>> => {
      paths.push(path);
      stop.abort();
      return Promise.resolve(ok(undefined));
    };
    const result = await writeSummary({ record: recordOf(), outDir: folder, text, writeFile, signal: stop.signal });
    expect(result).toMatchObject({ ok: false, failure: { code: 'common.cancelled' } });
    expect(paths).toHaveLength(1);
  });

  it('returns the failure of a file write', async () => {
    const full = failure('operation', 'files.no-space', { path: 'x' });
    const result = await writeSummary({
      record: recordOf(),
      outDir: folder,
      text,
      writeFile: () => Promise.resolve(fail(full)),
    });
    expect(result).toEqual(fail(full));
  });

  it('gives the same bytes for the same record', async () => {
    const [one, two] = [await pdfOf(recordOf(), 'same'), await pdfOf(recordOf(), 'same')];
    expect(readFileSync(one).equals(readFileSync(two))).toBe(true);
  });
});
