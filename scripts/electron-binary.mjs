/** Electron's own binary: fetched by Electron's installer, only if this machine can open a window. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { inCheckout, node24, readStamp, writeStamp } from './checkout.mjs';
import { run } from './child.mjs';

const folder = inCheckout('node_modules', 'electron');
const failed = 'electron-unavailable';
const dayMs = 24 * 60 * 60_000;

function installed() {
  const pathFile = join(folder, 'path.txt');
  if (!existsSync(pathFile)) return undefined;
  const path = join(folder, 'dist', readFileSync(pathFile, 'utf8'));
  return existsSync(path) ? path : undefined;
}

/** The reason why this machine cannot open a window, or undefined. */
function noWindow() {
  if (process.platform !== 'linux') return undefined;
  if (!process.env['DISPLAY'] && !process.env['WAYLAND_DISPLAY']) return 'there is no display';
  if (process.getuid?.() === 0) return 'Chromium keeps its sandbox only for a user who is not root';
  return undefined;
}

/**
 * Gives `{ path }` of Electron's executable, or the `{ reason }` why there is none. A download that failed is tried
 * again after a day.
 */
export async function electronBinary(now = Date.now()) {
  const reason = noWindow();
  if (reason !== undefined) return { reason };
  const there = installed();
  if (there !== undefined) return { path: there };
  const { version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const note = `${version} `;
  const last = readStamp(failed);
  if (!last.startsWith(note) || now - Number(last.slice(note.length)) > dayMs) {
    await run(node24, [join(folder, 'install.js')], { limit: 5 * 60_000 });
    const path = installed();
    if (path !== undefined) return { path };
    writeStamp(failed, `${note}${now}`);
  }
  return { reason: `Electron ${version} could not be downloaded` };
}
