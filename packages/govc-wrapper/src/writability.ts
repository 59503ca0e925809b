import { z } from 'zod';
import { check, parse } from './collect.ts';
import { GovcError } from './errors.ts';
import { readAbout } from './about.ts';
import { readTree } from './entities.ts';
import { readHosts } from './read-inventory.ts';
import type { Session } from './session.ts';
import type { About, Host, License, Writability } from './inventory-types.ts';
import type { CallOptions } from './types.ts';

const licenseSchema = z.array(
  z.object({
    name: z.string().optional(),
    editionKey: z.string().optional(),
    properties: z.array(z.object({ key: z.string(), value: z.unknown() })).nullish(),
  }),
);
const featureSchema = z.object({ key: z.string().optional(), value: z.string().optional() });

/**
 * Reads licences and the host's manager; changes nothing. A host with a free licence ("vSphere Hypervisor") refuses
 * writes over the API. Its licence has neither the feature "vSphere API" nor the evaluation's edition.
 */
export async function readWritability(session: Session, options: CallOptions): Promise<Writability> {
  const about = await readAbout(session, options);
  const [licenses, { hosts }] = await Promise.all([
    readLicenses(session, options),
    readHosts(session, readTree(session, options), options),
  ]);
  return writabilityOf(about, licenses, hosts);
}

export function writabilityOf(about: About, licenses: readonly License[], hosts: readonly Host[]): Writability {
  // Which of a vCenter's licences counts is a matter of assignment, and none of them forbids the API.
  if (about.apiType === 'VirtualCenter') return { writable: 'yes', licenses };
  const managedBy = hosts.find((host) => host.managedBy !== undefined)?.managedBy;
  if (managedBy !== undefined) return { writable: 'no', reason: 'managed-by-vcenter', managedBy, licenses };
  if (licenses.some(allowsApi)) return { writable: 'yes', licenses };
  if (licenses.some(isFree)) return { writable: 'no', reason: 'free-license', licenses };
  return { writable: 'unknown', licenses };
}

async function readLicenses(session: Session, options: CallOptions): Promise<readonly License[]> {
  const args = ['license.ls', '-json'];
  try {
    return licensesOf(parse(licenseSchema.nullable(), await session.command(args, options), args) ?? []);
  } catch (error) {
    // Reading licences is a privilege of its own.
    if (error instanceof GovcError && error.kind === 'permission') return [];
    throw error;
  }
}

const licensesOf = (found: z.infer<typeof licenseSchema>): License[] =>
  found.map(({ name = '', editionKey = '', properties }) => ({
    name,
    edition: editionKey,
    features: (properties ?? []).filter(({ key }) => key === 'feature').map(({ value }) => featureName(value)),
  }));

/** The licences of `inventory.collect`. */
export const checkLicenses = (value: unknown, command: readonly string[]): License[] =>
  licensesOf(check(licenseSchema.nullish(), value, command) ?? []);

function featureName(value: unknown): string {
  const feature = featureSchema.safeParse(value);
  return feature.success ? (feature.data.value ?? feature.data.key ?? '') : '';
}

function allowsApi(license: License): boolean {
  return license.edition === 'eval' || license.features.some((feature) => /^vSphere API$/i.test(feature));
}

function isFree(license: License): boolean {
  return /^esxBasic/i.test(license.edition) || /Hypervisor/i.test(license.name);
}
