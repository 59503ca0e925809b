/** The link to the second data centre, by a relay in user space: this kernel needs no netem for its delay. */
import { join } from 'node:path';
import { printed } from './commands.ts';
import type { Machine } from './machines.ts';
import { attach } from './wires.ts';

export interface LinkSettings {
  /** One way; a round trip takes twice that. */
  readonly delayMs?: number;
  /** Share of the frames that are lost, 0 to 1. */
  readonly loss?: number;
  /** The largest IP packet that passes, in bytes. */
  readonly mtu?: number;
}

export interface Link {
  set(settings: LinkSettings): Promise<void>;
}

export async function startLink(wire: Machine, settings: LinkSettings): Promise<Link> {
  const ends = { lan: 'dc1', lan2: 'dc2' } as const;
  const child = wire.spawn(['python3', join(import.meta.dirname, 'relay.py'), ...Object.values(ends)]);
  await printed(child, 'ready');
  await attach(wire.namespaces, ends.lan, 'lan');
  await attach(wire.namespaces, ends.lan2, 'lan2');
  const set = async (next: LinkSettings): Promise<void> => {
    const done = printed(child, 'set');
    child.stdin.write(`${JSON.stringify(next)}\n`);
    await done;
  };
  await set(settings);
  return { set };
}
