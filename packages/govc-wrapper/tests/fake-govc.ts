import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createGovc } from '../src/govc.ts';
import type { Govc, GovcOptions } from '../src/govc.ts';

export interface FakeGovc {
  readonly client: Govc;
  /** A folder for files of the script; `folder` in the script. */
  readonly folder: string;
  remove(): Promise<void>;
}

/**
 * A client whose govc is a test script, for failures that the real govc does not produce. In the script, `command` is
 * the name of the command and `write(value)` writes a line of JSON.
 */
export async function fakeGovc(script: string, options: Partial<GovcOptions> = {}): Promise<FakeGovc> {
  const folder = await mkdtemp(join(tmpdir(), 'fake-govc-'));
  const binary = join(folder, 'govc.cjs');
  const remove = (): Promise<void> => rm(folder, { recursive: true, force: true });
  const client = await attempt(
    () => createGovc({ binary, host: '127.0.0.1', port: 9, username: 'root', password: 'secret', ...options }),
    remove,
  );
  const prelude = `const command = process.argv[2]; const folder = ${JSON.stringify(folder)};
const write = (value) => process.stdout.write(JSON.stringify(value) + '\\n');`;
  await writeFile(binary, `#!${process.execPath}\n${prelude}\n${script}\n`);
  await chmod(binary, 0o755);
  return {
    client,
    folder,
    async remove() {
      await client.dispose();
      await remove();
    },
  };
}

async function attempt<T>(make: () => T, otherwise: () => Promise<void>): Promise<T> {
  try {
    return make();
  } catch (error) {
    await otherwise();
    throw error;
  }
}
