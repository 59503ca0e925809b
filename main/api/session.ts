/** State of one wizard session: services, site file, language. */
import { resolve } from 'node:path';
import type { AppInfo } from '../../core/contract.ts';
import type { Language } from '../../core/base/text.ts';
import { besideSite, deploymentFolder, type PlannedSite } from '../runner/site-input.ts';
import type { Services } from '../runner/services.ts';

export interface SessionOptions {
  readonly services: (language: Language) => Promise<Services>;
  readonly language: Language;
  readonly host: AppInfo['host'];
  readonly demo: boolean;
  readonly homeFolder: string;
  readonly sitePath?: string | undefined;
  readonly findings: AppInfo['findings'];
}

export interface Session {
  sitePath: string | undefined;
  /** The page that wrote a site file last, and the digest that it wrote, by path. */
  readonly writers: Map<string, { readonly page: string; readonly digest: string }>;
  /** Settles when the last requested save has ended. */
  lastSave: Promise<unknown>;
  services(): Services;
  info(): AppInfo;
  setLanguage(language: Language): Promise<void>;
  /** Resolves a folder relative to the site file. */
  resolve(folder: string, site?: string): string;
  /** Folder for handover and summary; default: beside the site file. */
  outDir(planned: PlannedSite, out?: string): string;
}

export async function createSession(options: SessionOptions): Promise<Session> {
  let language = options.language;
  let services = await options.services(language);
  return {
    sitePath: options.sitePath === undefined ? undefined : resolve(options.sitePath),
    writers: new Map(),
    lastSave: Promise.resolve(),
    services: () => services,
    info: () => ({
      name: services.name,
      version: services.version,
      host: options.host,
      language,
      languages: ['en', 'fr', 'de'],
      demo: options.demo,
      homeFolder: options.homeFolder,
      findings: options.findings,
    }),
    async setLanguage(next) {
      services = await options.services(next);
      language = next;
    },
    resolve: (folder, site) => (site === undefined ? resolve(folder) : besideSite(resolve(site), folder)),
    outDir: ({ path, site }, out) => (out === undefined ? deploymentFolder({ path, site }) : resolve(out)),
  };
}
