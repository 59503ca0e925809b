/**
 * The addresses of the demo's guests: a file that the demo keeps up to date, since machines are created while it runs.
 */
import { readFileSync } from 'node:fs';
import type { GuestAddress } from '../runner/services.ts';

/** A port of the loopback interface on which nothing listens: no demo connects to another machine. */
const nobody = { host: '127.0.0.1', port: 1 };

function portsIn(file: string): Readonly<Record<string, unknown>> {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>;
  } catch {
    return {};
  }
}

/**
 * Reads `file` at each call: JSON, from the planned address of a guest to its port on the loopback interface. A guest
 * that is not in the file is off: the connection is refused.
 */
export const guestAddressFrom =
  (file: string): GuestAddress =>
  (host, port) => {
    const found = port === 22 ? portsIn(file)[host] : undefined;
    return typeof found === 'number' ? { host: '127.0.0.1', port: found } : nobody;
  };
