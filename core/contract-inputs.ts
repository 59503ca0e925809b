/**
 * The accepted form of each field of the contract's calls. A name has one form and one failure in all calls. The forms
 * are those of the site file. A test walks the contract and requires every field in this table.
 */
import { z } from 'zod';
import { user } from './base/text-fields.ts';
import { endpointUrlField, fingerprintField } from './network/endpoint-fields.ts';
import { components, platformNames } from './site/schema.ts';
import { isSecretName } from './site/secret-name.ts';
import { invisibleIn } from './base/invisible.ts';
import { languages } from './base/text.ts';

/** A site file ends in `.yaml` or `.yml`. The page reads and writes no other files. */
export const isSitePath = (path: string): boolean => /[^/\\]\.ya?ml$/i.test(path);

/** A path without control characters. */
const path = z
  .string()
  .min(1)
  .max(4096)
  .refine((text) => invisibleIn(text)?.isControl !== true);

const vmName = z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/);

const field = <T extends z.ZodType>(schema: T, refused: string) => ({ schema, refused });

/** `refused`: code of the failure for a value of another form. */
export const inputFields = {
  path: field(path.refine(isSitePath), 'common.site-name'),
  site: field(path.refine(isSitePath), 'common.site-name'),
  folder: field(path, 'files.path'),
  out: field(path, 'files.path'),
  name: field(z.string().max(300).refine(isSecretName), 'secrets.name-invalid'),
  /** Default: the first of the automatic platforms. */
  platform: field(z.enum(platformNames), 'common.input'),
  url: field(endpointUrlField, 'vsphere.address'),
  username: field(user, 'vsphere.account'),
  fingerprint: field(fingerprintField, 'vsphere.pin'),
  language: field(z.enum(languages), 'common.input'),
  text: field(z.string().max(4_000_000), 'common.input'),
  /** Identifies a loaded page, to distinguish two tabs. */
  page: field(z.string().regex(/^[\w-]{1,64}$/), 'common.input'),
  digest: field(z.string().regex(/^[0-9a-f]{64}$/), 'common.input'),
  value: field(z.string().min(1).max(65_536), 'common.input'),
  password: field(z.string().max(1024), 'common.input'),
  rsa: field(z.boolean(), 'common.input'),
  vms: field(z.array(vmName).max(components.length * 1000), 'common.input'),
  run: field(z.string().regex(/^[0-9A-Za-z_.:-]{1,100}$/), 'deploy.no-run'),
  after: field(z.number().int().min(0), 'common.input'),
} as const;
export type InputField = keyof typeof inputFields;

type Shape<Name extends InputField> = { [Key in Name]: (typeof inputFields)[Key]['schema'] };

/** An input with these fields. */
export function input<Name extends InputField>(...names: readonly Name[]): z.ZodObject<Shape<Name>> {
  const shape = Object.fromEntries(names.map((name) => [name, inputFields[name].schema]));
  return z.strictObject(shape) as unknown as z.ZodObject<Shape<Name>>;
}
