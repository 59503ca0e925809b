/** A site file read from disk, checked and planned. */
import { createHash } from 'node:crypto';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { fail, failure, ok, type Result } from '../../core/base/errors.ts';
import { type Finding, isBlocking } from '../../core/base/findings.ts';
import type { Plan } from '../../core/plan/model.ts';
import { planDigestOf } from '../../core/plan/digest.ts';
import { checkSite } from '../../core/preflight/check-site.ts';
import type { Site } from '../../core/site/schema.ts';
import { readInput } from '../system/files/inputs.ts';

export interface SiteText {
  /** Absolute. */
  readonly path: string;
  readonly text: string;
  /** SHA-256 of the file, hex. */
  readonly digest: string;
}

export interface PlannedSite extends SiteText {
  readonly site: Site;
  readonly plan: Plan;
  /** SHA-256 of the plan's JSON, hex: it goes into each VM's tag. */
  readonly planDigest: string;
  readonly findings: readonly Finding[];
}

export const sha256 = (data: string | Uint8Array): string => createHash('sha256').update(data).digest('hex');

/**
 * Reads a site file; at the command line (`typed`) it may be a pipe. Fails with `files.*` when it cannot be read,
 * `common.site-file-too-large` if it is larger than any site file.
 */
export async function readSiteText(
  file: string,
  { typed = false, signal }: { readonly typed?: boolean; readonly signal?: AbortSignal } = {},
): Promise<Result<SiteText>> {
  const path = resolve(file);
  const read = await readInput(path, 'site', { typed, signal });
  if (read.ok) return ok({ path, text: read.value.toString('utf8'), digest: sha256(read.value) });
  const isLarge = read.failure.code === 'files.input-large';
  return isLarge ? fail({ ...read.failure, code: 'common.site-file-too-large' }) : read;
}

/** The result of reading a site file. The findings tell why it cannot be planned. */
export type PlannedReading = Result<PlannedSite> & { readonly findings?: readonly Finding[] };

/** Reads a site file and plans it. Fails with `common.site-file-invalid` if a finding blocks. */
export async function readPlannedSite(
  file: string,
  how: Parameters<typeof readSiteText>[1] = {},
): Promise<PlannedReading> {
  const read = await readSiteText(file, how);
  if (!read.ok) return read;
  const { site, plan, findings } = checkSite(read.value.text);
  const blocking = findings.filter(isBlocking);
  if (site === undefined || plan === undefined || blocking.length > 0) {
    const reason = failure('input', 'common.site-file-invalid', { path: read.value.path, count: blocking.length });
    return { ...fail(reason), findings };
  }
  return ok({ ...read.value, site, plan, findings, planDigest: planDigestOf(plan) });
}

/** Resolves a path in the site file relative to that file. */
export const besideSite = (sitePath: string, path: string): string =>
  isAbsolute(path) ? path : resolve(dirname(sitePath), path);

/** Default folder for handover and summary: beside the site file. */
export const deploymentFolder = ({ path, site }: Pick<PlannedSite, 'path' | 'site'>): string =>
  join(dirname(path), `${site.site.name}-deployment`);
