/** The application, the secret store, and endpoints of platforms before a run. */
import { ok } from '../../core/base/errors.ts';
import { openEntry, showEntry } from '../runner/endpoints.ts';
import { listFolder } from './folders.ts';
import type { Implementer } from './implementer.ts';
import type { Session } from './session.ts';

export const createSettings = (os: Implementer, session: Session) => ({
  app: {
    info: os.app.info.handler(() => session.info()),
    setLanguage: os.app.setLanguage.handler(async ({ input }) => {
      await session.setLanguage(input.language);
      return ok(null);
    }),
  },
  files: {
    list: os.files.list.handler(({ input }) => listFolder(input.folder)),
  },
  secrets: {
    list: os.secrets.list.handler(async () => {
      const { secrets } = session.services();
      const names = await secrets.list();
      return names.ok ? ok({ backend: secrets.backend, names: names.value }) : names;
    }),
    set: os.secrets.set.handler(async ({ input }) => {
      const written = await session.services().secrets.set(input.name, input.value);
      return written.ok ? ok(null) : written;
    }),
    delete: os.secrets.delete.handler(({ input }) => session.services().secrets.delete(input.name)),
  },
  endpoint: {
    certificate: os.endpoint.certificate.handler(async ({ input, signal }) => {
      const shown = await showEntry(input.platform, input.url, signal);
      if (!shown.ok) return shown;
      const { fingerprint, subject, issuer, notBefore, notAfter } = shown.value;
      return ok({
        fingerprint,
        subject,
        issuer,
        notBefore: notBefore.toISOString(),
        notAfter: notAfter.toISOString(),
      });
    }),
    inspect: os.endpoint.inspect.handler(async ({ input, signal }) => {
      const opened = await openEntry(session.services(), input.platform, input);
      if (!opened.ok) return opened;
      try {
        return await opened.value.inspect(signal);
      } finally {
        await opened.value.close();
      }
    }),
  },
});
