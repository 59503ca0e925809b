/** The site file as text, and the site deployed from it. */
import { ok } from '../../core/base/errors.ts';
import { readDraft } from '../../core/site/read.ts';
import { deployedFrom, releaseNames } from '../records/deployed-sites.ts';
import { readSiteText } from '../runner/site-input.ts';
import type { Implementer } from './implementer.ts';
import type { Session } from './session.ts';
import { draftPath, forgetSite, lookAtSite, openSite, saveSite, setSiteAside } from './site-files.ts';

const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

export const createSites = (os: Implementer, session: Session) => ({
  site: {
    current: os.site.current.handler(() =>
      openSite(session, session.sitePath ?? draftPath(session.services()), { orNone: true }),
    ),
    open: os.site.open.handler(({ input }) => openSite(session, input.path)),
    save: os.site.save.handler(({ input }) => saveSite(session, input)),
    look: os.site.look.handler(({ input }) => lookAtSite(session, input)),
    setAside: os.site.setAside.handler(({ input }) => setSiteAside(session, input)),
    forget: os.site.forget.handler(({ input }) => forgetSite(session, input)),
    deployed: os.site.deployed.handler(async ({ input }) => {
      const read = await readSiteText(input.path);
      if (!read.ok) return read;
      const { site, domain } = readDraft(read.value.text).draft;
      const { stateDir, warn } = session.services();
      const names = { site: textOf(site?.name), fqdn: textOf(domain?.fqdn) };
      return ok(await deployedFrom(stateDir, read.value.path, names, warn));
    }),
    release: os.site.release.handler(async ({ input }) => {
      const released = await releaseNames(session.services().stateDir, input.path);
      return released.ok ? ok(null) : released;
    }),
  },
});
