/** A command reads its site file once: from a pipe there is no second reading. */
import { execFileSync } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { formatPublicKey, generateKeyPair } from '../../../main/adapters/media/catalogue/minisign.ts';
import { makeMedium } from '../deploy/laboratory.ts';
import { cliJson } from './command.ts';
import { useCliFolder } from './cli-folder.ts';

const { at, env } = useCliFolder();

beforeAll(async () => {
  const { secretKey } = generateKeyPair();
  await makeMedium(at('media'), { secretKey });
  await writeFile(at('trust.pub'), formatPublicKey(secretKey));
  execFileSync('mkfifo', [at('pipe.yaml')]);
});

const common = (): string[] => ['--vault', at('vault.age'), '--trust', at('trust.pub')];

describe.each([
  ['preflight', []],
  ['deploy', []],
  ['run', ['--out', 'out']],
])('%s of a site file that is a pipe', (command, more) => {
  it('gives the same findings from a pipe as from a file', async () => {
    const out = more.map((word) => (word === 'out' ? at('out') : word));
    const args = (file: string): string[] => [command, at(file), ...out, ...common()];
    const ofFile = await cliJson(env(), args('site.yaml'));
    const fed = writeFile(at('pipe.yaml'), await readFile(at('site.yaml')));
    const ofPipe = await cliJson(env(), args('pipe.yaml'));
    await fed;
    // The endpoint of the site does not answer: preflight blocks.
    expect([ofFile.code, ofPipe.code]).toEqual([3, 3]);
    expect(ofPipe.json.findings).toEqual(ofFile.json.findings);
    expect(ofPipe.json.blocking).toBeGreaterThan(0);
  });
});
