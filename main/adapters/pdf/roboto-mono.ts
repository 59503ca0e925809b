/** Roboto Mono, Latin, regular, for hashes, addresses and keys in the PDF. Licence: SIL Open Font License 1.1. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

/** Put in by the bundler (scripts/build-main.mjs), which leaves no packages beside the program. */
declare const bundledRobotoMono: string | undefined;

/** The WOFF file in base64. In a checkout it is read from its package. */
export const robotoMonoBase64 = (): string =>
  typeof bundledRobotoMono === 'string'
    ? bundledRobotoMono
    : readFileSync(
        createRequire(import.meta.url).resolve('@fontsource/roboto-mono/files/roboto-mono-latin-400-normal.woff'),
        'base64',
      );
