/** Every reader of a preflight gives the same findings for the same site on the same computer. */
import { createProcedureClient, type RouterClient } from '@orpc/server';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Finding } from '../../../core/base/findings.ts';
import { findingInWords } from '../../../core/base/text.ts';
import { createApi, type Router } from '../../../main/api/api.ts';
import { createSession } from '../../../main/api/session.ts';
import { withEndpoints } from '../../../main/runner/endpoints.ts';
import { readPlannedSite } from '../../../main/runner/site-input.ts';
import { recordOf } from '../../../main/runner/summary.ts';
import { cliJson } from '../cli/command.ts';
import { plainEnvironment } from './cli-process.ts';
import { type Laboratory, openLaboratory, run, value } from './laboratory.ts';

let lab: Laboratory;
beforeAll(async () => {
  // One endpoint lacks the port groups, so that findings of every status occur.
  lab = await openLaboratory({ grains: 1, hosts: [['-port-group=OTHER:40'], []] });
});
afterAll(() => lab?.close());

const inWords = (findings: readonly Finding[]) => findings.map((one) => findingInWords(lab.services.text, one));

async function findingsOfApi(): Promise<readonly Finding[]> {
  const session = await createSession({
    services: async () => lab.services,
    language: 'en',
    host: 'browser',
    demo: false,
    homeFolder: lab.folder,
    sitePath: lab.siteFile,
    findings: [],
  });
  const { router, stop } = createApi(session);
  const preflight: RouterClient<Router>['preflight']['run'] = createProcedureClient(router.preflight.run);
  let findings: readonly Finding[] = [];
  for await (const event of await preflight({ path: lab.siteFile })) {
    if (event.kind === 'finished') findings = value(event.result);
  }
  await stop();
  return findings;
}

async function findingsOfRun(): Promise<readonly Finding[]> {
  const { events } = await run(lab, { stages: ['check', 'media', 'preflight'] });
  return events.flatMap((event) => (event.kind === 'findings' ? event.findings : []));
}

async function findingsOfSummary(): Promise<readonly Finding[]> {
  const planned = value(await readPlannedSite(lab.siteFile));
  const record = await withEndpoints(lab.services, planned.site, (endpoints) =>
    recordOf(lab.services, planned, endpoints),
  );
  return value(record).findings;
}

it('wizard, command, run and summary give the same findings', async () => {
  const ofApi = inWords(await findingsOfApi());
  expect(ofApi.length).toBeGreaterThan(30);
  expect(new Set(ofApi.map(({ rule }) => rule)).has('infrastructure.media')).toBe(true);
  expect(inWords(await findingsOfRun())).toEqual(ofApi);
  expect(inWords(await findingsOfSummary())).toEqual(ofApi);
  const command = ['preflight', lab.siteFile, '--vault', lab.vault, '--trust', lab.trust];
  const { json } = await cliJson(plainEnvironment(lab), command);
  expect(json.findings).toEqual(JSON.parse(JSON.stringify(ofApi)));
});
