/** Implements the contract by calling core, the runner and the adapters. One session of one user. */
import { dirname, resolve } from 'node:path';
import { implement } from '@orpc/server';
import { contract, type HandoverWritten, type MediaEvent, type PreflightEvent } from '../../core/contract.ts';
import { fail, failure, ok, type Result } from '../../core/base/errors.ts';
import type { Amount } from '../../core/run/event.ts';
import { infrastructureRules } from '../../core/preflight/infrastructure-rules.ts';
import { applyRules } from '../../core/preflight/rule.ts';
import { qrSvg } from '../../core/handover/qr.ts';
import { readDraft } from '../../core/site/read.ts';
import { checkSiteCertificate, requestCertificate } from '../runner/certificate.ts';
import { deployedFrom, releaseNames } from '../records/deployed-sites.ts';
import { openEntry, readEndpoints, showEntry, withEndpoints } from '../runner/endpoints.ts';
import { createHandover } from '../runner/handover.ts';
import { gatherFacts, reconcileSite } from '../runner/inventory.ts';
import { neededComponents, overviewOf, seenMedia, verifyFolder, verifySiteMedium } from '../runner/media.ts';
import { writePlanFiles } from '../runner/plan-files.ts';
import { keepMedia, keptMedia } from '../records/records.ts';
import { readPlannedSite, readSiteText } from '../runner/site-input.ts';
import { worksheetOf, writeWorksheet } from '../runner/worksheet.ts';
import { createSummary, recordOf } from '../runner/summary.ts';
import { createChannel } from './channel.ts';
import { listFolder } from './folders.ts';
import { lastHandover } from './last-handover.ts';
import { createRuns } from './runs.ts';
import { withFailure } from './refused-input.ts';
import type { Session } from './session.ts';
import { draftPath, forgetSite, lookAtSite, openSite, saveSite, setSiteAside } from './site-files.ts';

const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

const never = new AbortController().signal;

/** The router that both transports serve, and `stop`, which ends what still runs and waits for it. */
export function createApi(session: Session) {
  const os = implement(contract).use(async ({ next }, input) => {
    try {
      return await next();
    } catch (error) {
      throw withFailure(error, input);
    }
  });
  const runs = createRuns(session);
  const services = () => session.services();

  const by = () => ({ tool: `${services().name} ${services().version}`, now: services().now().toISOString() });
  const filesOf = (written: Result<readonly string[]>) => (written.ok ? ok({ files: written.value }) : written);

  const router = os.router({
    app: {
      info: os.app.info.handler(() => session.info()),
      setLanguage: os.app.setLanguage.handler(async ({ input }) => {
        await session.setLanguage(input.language);
        return ok(null);
      }),
    },
    site: {
      current: os.site.current.handler(() =>
        openSite(session, session.sitePath ?? draftPath(services()), { orNone: true }),
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
        return ok(
          await deployedFrom(
            services().stateDir,
            read.value.path,
            {
              site: textOf(site?.name),
              fqdn: textOf(domain?.fqdn),
            },
            services().warn,
          ),
        );
      }),
      release: os.site.release.handler(async ({ input }) => {
        const released = await releaseNames(services().stateDir, input.path);
        return released.ok ? ok(null) : released;
      }),
    },
    files: {
      list: os.files.list.handler(({ input }) => listFolder(input.folder)),
    },
    secrets: {
      list: os.secrets.list.handler(async () => {
        const { secrets } = services();
        const names = await secrets.list();
        return names.ok ? ok({ backend: secrets.backend, names: names.value }) : names;
      }),
      set: os.secrets.set.handler(async ({ input }) => {
        const written = await services().secrets.set(input.name, input.value);
        return written.ok ? ok(null) : written;
      }),
      delete: os.secrets.delete.handler(({ input }) => services().secrets.delete(input.name)),
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
        const opened = await openEntry(services(), input.platform, input);
        if (!opened.ok) return opened;
        try {
          return await opened.value.inspect(signal);
        } finally {
          await opened.value.close();
        }
      }),
    },
    media: {
      open: os.media.open.handler(({ input }) => overviewOf(services(), session.resolve(input.folder, input.site))),
      verify: os.media.verify.handler(async function* ({ input, signal = never }) {
        const folder = session.resolve(input.folder, input.site);
        yield* createChannel<MediaEvent>(async (tell) => {
          // With a plan only what it needs: hours may go into reading, and what is not needed may be missing.
          const planned = input.site === undefined ? undefined : await readPlannedSite(input.site);
          const what = planned?.ok ? { components: neededComponents(planned.value) } : {};
          const onProgress = (files: readonly string[], amount: Amount): void =>
            tell({ kind: 'progress', files, amount });
          const verified = await verifyFolder(services(), folder, signal, onProgress, what);
          tell({ kind: 'finished', result: verified.ok ? ok(verified.value.facts) : verified });
        });
      }),
    },
    plan: {
      write: os.plan.write.handler(async ({ input }) => {
        const planned = await readPlannedSite(input.path);
        if (!planned.ok) return planned;
        const out = session.outDir(planned.value, input.out);
        return filesOf(await writePlanFiles(services().text, planned.value, out, by()));
      }),
    },
    worksheet: {
      create: os.worksheet.create.handler(async ({ input, signal = never }) => {
        const read = await readSiteText(input.path);
        if (!read.ok) return read;
        const made = worksheetOf(read.value, services().text, by());
        const out = input.out === undefined ? dirname(read.value.path) : resolve(input.out);
        return made.ok ? filesOf(await writeWorksheet(made.value, out, signal)) : fail(made.failure);
      }),
    },
    certificate: {
      request: os.certificate.request.handler(async ({ input }) => {
        const { secrets } = services();
        const out = input.out ?? dirname(resolve(input.path));
        const written = await requestCertificate(secrets, input.path, out, input.rsa === true ? 'rsa-3072' : undefined);
        if (!written.ok) return written;
        const { path: csrPath, pem: csrPem, key } = written.value;
        return ok({ csrPath, csrPem, keyStored: key.secret });
      }),
      check: os.certificate.check.handler(async ({ input, signal = never }) => {
        const { path, password } = input;
        const { secrets, stateDir, warn } = services();
        const how = { stateDir, warn, signal, ...(password === undefined ? {} : { password }) };
        const checked = await checkSiteCertificate(secrets, path, how);
        return checked.ok ? ok({ findings: checked.value.findings, leaf: checked.value.leaf }) : checked;
      }),
    },
    preflight: {
      run: os.preflight.run.handler(async function* ({ input, signal = never }) {
        yield* createChannel<PreflightEvent>(async (tell) => {
          const planned = await readPlannedSite(input.path);
          if (!planned.ok) return tell({ kind: 'finished', result: planned });
          const { site, plan, findings } = planned.value;
          const medium = await verifySiteMedium(services(), planned.value, signal, (files, amount) =>
            tell({ kind: 'progress', item: files.join(', '), amount }),
          );
          if (medium.ok) {
            const kept = await keepMedia(services().stateDir, site.site.name, medium.value.facts);
            if (!kept.ok) return tell({ kind: 'finished', result: kept });
          }
          await withEndpoints(services(), planned.value.site, async (endpoints) => {
            const facts = {
              ...(await gatherFacts(services(), planned.value, endpoints, signal)),
              media: seenMedia(medium),
            };
            const found = applyRules(infrastructureRules, { site, plan, facts });
            tell({ kind: 'finished', result: ok([...findings, ...found]) });
          });
        });
      }),
    },
    deploy: {
      preview: os.deploy.preview.handler(async ({ input, signal = never }) => {
        const planned = await readPlannedSite(input.path);
        if (!planned.ok) return planned;
        const media = await keptMedia(services().stateDir, planned.value.site.site.name, services().warn);
        if (media === undefined) return fail(failure('input', 'deploy.media-unverified'));
        return withEndpoints(services(), planned.value.site, async (endpoints) =>
          reconcileSite(planned.value, await readEndpoints(endpoints, signal), media.images),
        );
      }),
    },
    run: {
      start: os.run.start.handler(({ input }) => runs.start(input.path, input.vms)),
      state: os.run.state.handler(({ input }) => runs.state(input.path)),
      watch: os.run.watch.handler(async function* ({ input, signal = never }) {
        yield* runs.watch(input.run, input.after, signal);
      }),
      cancel: os.run.cancel.handler(({ input }) => runs.cancel(input.run)),
    },
    handover: {
      create: os.handover.create.handler(async ({ input }) => {
        const planned = await readPlannedSite(input.path);
        if (!planned.ok) return planned;
        const written = await createHandover(services(), planned.value, session.outDir(planned.value, input.out));
        if (!written.ok) return written;
        const { qrPayload, ...rest } = written.value;
        return ok<HandoverWritten>({ ...rest, qrSvg: qrSvg(qrPayload) });
      }),
      last: os.handover.last.handler(({ input }) => lastHandover(services(), input.path)),
    },
    summary: {
      record: os.summary.record.handler(async ({ input, signal = never }) => {
        const planned = await readPlannedSite(input.path);
        if (!planned.ok) return planned;
        return withEndpoints(services(), planned.value.site, (endpoints) =>
          recordOf(services(), planned.value, endpoints, { signal }),
        );
      }),
      create: os.summary.create.handler(async ({ input, signal = never }) => {
        const planned = await readPlannedSite(input.path);
        if (!planned.ok) return planned;
        return withEndpoints(services(), planned.value.site, async (endpoints) => {
          const outDir = session.outDir(planned.value, input.out);
          const files = await createSummary(services(), planned.value, endpoints, { outDir, signal });
          return files.ok ? ok({ files: files.value }) : files;
        });
      }),
    },
  });
  return { router, stop: () => runs.stopAll() };
}
export type Router = ReturnType<typeof createApi>['router'];
