/** Files that are written for a site: plan, worksheet, certificate request, summary. */
import { dirname, resolve } from 'node:path';
import { fail, ok, type Result } from '../../core/base/errors.ts';
import { checkSiteCertificate, requestCertificate } from '../runner/certificate.ts';
import { withEndpoints } from '../runner/endpoints.ts';
import { writePlanFiles } from '../runner/plan-files.ts';
import { readPlannedSite, readSiteText } from '../runner/site-input.ts';
import { createSummary, recordOf } from '../runner/summary.ts';
import { worksheetOf, writeWorksheet } from '../runner/worksheet.ts';
import { type Implementer, never } from './implementer.ts';
import type { Session } from './session.ts';

const filesOf = (written: Result<readonly string[]>) => (written.ok ? ok({ files: written.value }) : written);

export function createDocuments(os: Implementer, session: Session) {
  const by = () => {
    const { name, version, now } = session.services();
    return { tool: `${name} ${version}`, now: now().toISOString() };
  };
  return {
    plan: {
      write: os.plan.write.handler(async ({ input }) => {
        const planned = await readPlannedSite(input.path);
        if (!planned.ok) return planned;
        const out = session.outDir(planned.value, input.out);
        return filesOf(await writePlanFiles(session.services().text, planned.value, out, by()));
      }),
    },
    worksheet: {
      create: os.worksheet.create.handler(async ({ input, signal = never }) => {
        const read = await readSiteText(input.path);
        if (!read.ok) return read;
        const made = worksheetOf(read.value, session.services().text, by());
        const out = input.out === undefined ? dirname(read.value.path) : resolve(input.out);
        return made.ok ? filesOf(await writeWorksheet(made.value, out, signal)) : fail(made.failure);
      }),
    },
    certificate: {
      request: os.certificate.request.handler(async ({ input }) => {
        const { secrets } = session.services();
        const out = input.out ?? dirname(resolve(input.path));
        const written = await requestCertificate(secrets, input.path, out, input.rsa === true ? 'rsa-3072' : undefined);
        if (!written.ok) return written;
        const { path: csrPath, pem: csrPem, key } = written.value;
        return ok({ csrPath, csrPem, keyStored: key.secret });
      }),
      check: os.certificate.check.handler(async ({ input, signal = never }) => {
        const { path, password } = input;
        const { secrets, stateDir, warn } = session.services();
        const how = { stateDir, warn, signal, ...(password === undefined ? {} : { password }) };
        const checked = await checkSiteCertificate(secrets, path, how);
        return checked.ok ? ok({ findings: checked.value.findings, leaf: checked.value.leaf }) : checked;
      }),
    },
    summary: {
      record: os.summary.record.handler(async ({ input, signal = never }) => {
        const planned = await readPlannedSite(input.path);
        if (!planned.ok) return planned;
        return withEndpoints(session.services(), planned.value.site, (endpoints) =>
          recordOf(session.services(), planned.value, endpoints, { signal }),
        );
      }),
      create: os.summary.create.handler(async ({ input, signal = never }) => {
        const planned = await readPlannedSite(input.path);
        if (!planned.ok) return planned;
        return withEndpoints(session.services(), planned.value.site, async (endpoints) => {
          const outDir = session.outDir(planned.value, input.out);
          return filesOf(await createSummary(session.services(), planned.value, endpoints, { outDir, signal }));
        });
      }),
    },
  };
}
