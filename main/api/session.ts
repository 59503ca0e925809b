/** What one wizard session knows: its services, its site file, its language. */
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
  /** Which page wrote a site file last, and what it wrote: by path. */
  readonly writers: Map<string, { readonly page: string; readonly digest: string }>;
  /** Ends when the last save that was asked for has ended. */
  lastSave: Promise<unknown>;
  services(): Services;
  info(): AppInfo;
  setLanguage(language: Language): Promise<void>;
  /** A folder as the site file or the user gives it; relative to the site file. */
  resolve(folder: string, site?: string): string;
  /** Where handover and summary go: beside the site file unless said otherwise. */
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
