/** Names of secrets. Source: the product's public contract, section "Secrets". A name is never secret itself. */
import { type Result, fail, failure, ok } from '../../../core/errors.ts';

const label = '[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?';
const dnsName = `(?=.{1,253}$)${label}(?:\\.${label})*`;
/** A DNS name or IPv4 address, or an IPv6 address in brackets, with or without a port. Host names in the field do hold underscores. */
const host = '(?:[a-z0-9_](?:[a-z0-9._-]{0,251}[a-z0-9_])?|\\[[0-9a-f:.]{2,45}\\])(?::[0-9]{1,5})?';

const patterns: Readonly<Record<string, RegExp>> = {
  vsphere: new RegExp(`^${host}$`),
  wireguard: new RegExp(`^${label}$`),
  certificate: new RegExp(`^${dnsName}$`),
  ssh: new RegExp(`^${label}$`),
  mail: new RegExp(`^${host}$`),
  backup: new RegExp(`^${host}$`),
};

/** The name in its stored form: host and VM names know no case, and 443 is the port of every https URL that gives none. */
const canonical = (kind: string, rest: string): string => (kind === 'vsphere' ? rest.replace(/:443$/, '') : rest);

/**
 * The forms under which a secret may be found, the stored form first: `vsphere/ESX1.acme.example:443` is stored as
 * `vsphere/esx1.acme.example`, but somebody may have put it into the keychain by hand, exactly as it stands in the URL.
 * Fails with `secrets.name-invalid`.
 */
export function secretNameForms(name: string): Result<readonly [string, ...string[]]> {
  const lower = name.toLowerCase();
  const slash = lower.indexOf('/');
  const kind = lower.slice(0, slash);
  const rest = lower.slice(slash + 1);
  const pattern = Object.hasOwn(patterns, kind) ? patterns[kind] : undefined;
  if (slash < 1 || pattern === undefined || !pattern.test(rest)) {
    return fail(failure('input', 'secrets.name-invalid', { name: name.slice(0, 80) }));
  }
  const stored = `${kind}/${canonical(kind, rest)}`;
  return ok([stored, ...new Set([lower, name].filter((form) => form !== stored))]);
}

/** Whether `name` is one of ours; the keychain's service may hold items of other versions. */
export const isSecretName = (name: string): boolean => secretNameForms(name).ok;

/** The name of the password for a vSphere endpoint. `url` as in the site file. Fails with `secrets.name-invalid`. */
export function vsphereSecretName(url: string): Result<string> {
  const authority = /^https:\/\/(?:[^/?#]*@)?([^/?#@]+)/i.exec(url)?.[1] ?? '';
  const forms = secretNameForms(`vsphere/${authority}`);
  return forms.ok ? ok(forms.value[0]) : forms;
}
