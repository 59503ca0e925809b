/**
 * Starts main in the Electron test host (Electron 22, Node 16): polyfills for newer features are added first.
 * Only this folder knows about the old host; the product is not written for it.
 */
import 'core-js/actual';
import { Blob } from 'node:buffer';
import { execFileSync } from 'node:child_process';
import { webcrypto } from 'node:crypto';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import * as streams from 'node:stream/web';
import { app } from 'electron';
import { addProtocolHandle } from './protocol-handle.ts';
import { Response } from './response.ts';

/** Only used with `instanceof`: no call of the contract carries a file or a form. */
class File extends Blob {}
class FormData extends Map<string, string> {}

const missing: Readonly<Record<string, unknown>> = {
  ...streams,
  Blob,
  File,
  FormData,
  Response,
  crypto: webcrypto,
};

for (const [name, value] of Object.entries(missing)) {
  if (name in globalThis) continue;
  Object.defineProperty(globalThis, name, { value, configurable: true, writable: true, enumerable: false });
}
// Node 16 throws DOMExceptions and does not name their class: libraries that look for it must not find core-js's own.
Object.defineProperty(globalThis, 'DOMException', {
  value: (AbortSignal.abort().reason as Error).constructor,
  configurable: true,
  writable: true,
  enumerable: false,
});
addProtocolHandle();

// statfs exists since Node 18.15. The child process has another /proc/self.
const files = createRequire(__filename)('node:fs/promises') as { statfs?: unknown };
files.statfs ??= async (path: string) => {
  const own = path.replace(/^\/proc\/self\//, `/proc/${process.pid}/`);
  return { type: Number.parseInt(execFileSync('stat', ['-f', '-c', '%t', own], { encoding: 'utf8' }), 16) };
};

// Chromium refuses its process sandbox to root, the user of the tests. The window's own `sandbox: true` stays as it is,
// and main does not see the switch, which it refuses.
if (process.getuid?.() === 0 && app.commandLine.hasSwitch('no-sandbox')) {
  app.enableSandbox = () => undefined;
  process.argv = process.argv.filter((argument) => argument !== '--no-sandbox');
}

// main is a separate bundle: it must be evaluated after the lines above. Electron would show a
// dialog for an uncaught error and wait for a click.
try {
  createRequire(__filename)(join(__dirname, 'main', 'electron.cjs'));
} catch (error) {
  console.error(error);
  process.exit(1);
}
