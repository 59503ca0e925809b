/**
 * Draws resources/icons/icon.svg as PNG and ICO with Chromium. Run it by hand when the drawing changes:
 * `node_modules/.bin/node scripts/icons.mjs`.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { chromium } from '@playwright/test';
import { inCheckout } from './checkout.mjs';
import { runScript } from './problem.mjs';

const icoSizes = [16, 24, 32, 48, 64, 128, 256];
const pngSize = 1024;

const icons = inCheckout('resources', 'icons');
const headerBytes = 6;
const entryBytes = 16;

/** An ICO file with PNG pictures, as Windows has read it since Vista. */
function ico(pictures) {
  const header = Buffer.alloc(headerBytes + entryBytes * pictures.length);
  header.writeUInt16LE(1, 2);
  header.writeUInt16LE(pictures.length, 4);
  let offset = header.length;
  for (const [index, { size, png }] of pictures.entries()) {
    const at = headerBytes + entryBytes * index;
    // 256 pixels are written as 0.
    header.writeUInt8(size % 256, at);
    header.writeUInt8(size % 256, at + 1);
    header.writeUInt16LE(1, at + 4);
    header.writeUInt16LE(32, at + 6);
    header.writeUInt32LE(png.length, at + 8);
    header.writeUInt32LE(offset, at + 12);
    offset += png.length;
  }
  return Buffer.concat([header, ...pictures.map(({ png }) => png)]);
}

await runScript(async () => {
  const svg = readFileSync(`${icons}/icon.svg`, 'utf8');
  const system = process.env['EDGE_CHROMIUM'] ?? '/usr/bin/chromium';
  const browser = await chromium.launch({
    args: ['--no-sandbox'],
    ...(existsSync(system) ? { executablePath: system } : {}),
  });
  try {
    const page = await browser.newPage();
    const draw = async (size) => {
      await page.setViewportSize({ width: size, height: size });
      await page.setContent(`<style>html,body{margin:0}svg{display:block;width:100vw;height:100vh}</style>${svg}`);
      return page.screenshot({ omitBackground: true });
    };
    const pictures = [];
    for (const size of icoSizes) pictures.push({ size, png: await draw(size) });
    writeFileSync(`${icons}/icon.ico`, ico(pictures));
    writeFileSync(`${icons}/icon.png`, await draw(pngSize));
  } finally {
    await browser.close();
  }
});
