/** A folder with site files for tests of the command line: one for all tests of a file. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { plainEnvironment } from '../deploy/cli-process.ts';
import { siteYaml } from '../deploy/site-yaml.ts';

export interface CliFolder {
  readonly at: (...parts: readonly string[]) => string;
  /** Environment of the commands: state, passphrase and temporary files are in the folder. */
  readonly env: () => NodeJS.ProcessEnv;
}

const fingerprint = `SHA256:${Array.from({ length: 32 }, () => 'AB').join(':')}`;
const endpoint = { url: 'https://esx1.example', fingerprint };

/** Makes the folder before the tests, with `site.yaml`, `wrong.yaml` and `broken.yaml`, and removes it after them. */
export function useCliFolder(): CliFolder {
  let folder: string;
  let env: NodeJS.ProcessEnv;
  const at = (...parts: readonly string[]): string => join(folder, ...parts);
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'edge-cli-'));
    env = plainEnvironment({ folder, stateDir: at('state'), passphraseFile: at('passphrase.txt') });
    await writeFile(at('passphrase.txt'), 'a passphrase\n');
    await writeFile(at('site.yaml'), siteYaml([endpoint]));
    await writeFile(at('broken.yaml'), 'apiVersion: edge-site/v1\nsite: [\n');
    await writeFile(
      at('wrong.yaml'),
      siteYaml([endpoint], (text) => text.replace('203.0.113.1,', '10.0.0.1,')),
    );
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));
  return { at, env: () => env };
}
