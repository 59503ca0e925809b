/** Names of secrets. Source: the product's public contract, section "Secrets". A name is not secret. */
import { type Result, fail, failure, ok } from '../base/errors.ts';
import { authorityOf, parseAuthority } from '../network/endpoint-url.ts';

const label = '[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?';

/** The stored form of `text` if it fits the pattern. */
const matching =
  (pattern: RegExp) =>
  (text: string): string | undefined =>
    pattern.test(text) ? text : undefined;

/** Host and port, as the shared URL reader gives them. */
const host = (text: string): string | undefined => {
  const read = parseAuthority(text);
  return read.ok ? authorityOf(read.value) : undefined;
};

/** Gives the stored form of the part after the slash, by kind, or undefined. */
const kinds: Readonly<Record<string, (text: string) => string | undefined>> = {
  vsphere: host,
  wireguard: matching(new RegExp(`^${label}$`)),
  disk: matching(new RegExp(`^${label}$`)),
  'wireguard-next': matching(new RegExp(`^${label}$`)),
  certificate: matching(new RegExp(`^(?=.{1,253}$)${label}(?:\\.${label})*$`)),
  ssh: matching(new RegExp(`^${label}$`)),
  handover: matching(new RegExp(`^${label}$`)),
  mail: host,
  backup: host,
};

/**
 * The names under which a secret may be stored, the stored form first. `vsphere/ESX1.acme.example:443` is stored as
 * `vsphere/esx1.acme.example`, but a user may have put it into the keychain by hand, as written in the URL. Fails with
 * `secrets.name-invalid`.
 */
export function secretNameForms(name: string): Result<readonly [string, ...string[]]> {
  const lower = name.toLowerCase();
  const slash = lower.indexOf('/');
  const kind = lower.slice(0, slash);
  const form = Object.hasOwn(kinds, kind) ? kinds[kind] : undefined;
  // Some non-ASCII letters have an ASCII lower-case form, such as the Kelvin sign.
  const isAscii = /^[\u0021-\u007e]+$/.test(name);
  const rest = slash < 1 || !isAscii ? undefined : form?.(lower.slice(slash + 1));
  if (rest === undefined) {
    return fail(failure('input', 'secrets.name-invalid', { name: name.slice(0, 80).replace(/^.*@/s, '***@') }));
  }
  const stored = `${kind}/${rest}`;
  return ok([stored, ...new Set([lower, name].filter((one) => one !== stored))]);
}

/** Whether `name` is a valid secret name. The keychain's service may hold items of other versions. */
export const isSecretName = (name: string): boolean => secretNameForms(name).ok;

/** The name of the password of the mail relay or the backup host; undefined where `text` is no host. */
export const hostSecretName = (kind: 'mail' | 'backup', text: string): string | undefined => {
  const name = host(text);
  return name === undefined ? undefined : `${kind}/${name}`;
};
