/** Texts of the site file as zod schemas: each can be read as it is written, and holds no password in a URL. */
import { z } from 'zod';
import { invisibleIn } from './invisible.ts';
import { holdsUserInfo } from './secret-in-text.ts';

// Compiled parsers need `new Function`, which the wizard's content security policy forbids.
z.config({ jitless: true });

export type Refuse = z.core.$RefinementCtx<string>;

/** An issue whose message is the name of its sentence, `rules.site.schema.format.<message>`. */
export const refuse = (context: Refuse, message: string, params: Readonly<Record<string, string>> = {}): void =>
  context.addIssue({ code: 'custom', message, params });

function checkText(value: string, context: Refuse): void {
  if (holdsUserInfo(value)) return refuse(context, 'secret');
  const strange = invisibleIn(value);
  if (strange === undefined) return;
  const { character, index, isControl } = strange;
  refuse(context, isControl ? 'control' : 'invisible', {
    character,
    before: value.slice(Math.max(0, index - 20), index),
  });
}

/** `user:password` in a field for a user. Neither Windows nor vSphere allows a colon in the name of an account. */
export const checkUser = (value: string, context: Refuse): void =>
  value.includes(':') ? refuse(context, 'secret') : checkText(value, context);

const checkHost = (value: string, context: Refuse): void =>
  value.includes('@') ? refuse(context, 'secret') : checkText(value, context);

export const line = z.string().superRefine(checkText);
export const text = z.string().trim().min(1).max(200).superRefine(checkText);
export const user = z.string().trim().min(1).max(200).superRefine(checkUser);
export const hostName = z.string().trim().min(1).max(253).superRefine(checkHost);
/** A file or folder. No file system takes a longer path. */
export const pathText = z.string().min(1).max(4096).superRefine(checkText);
/** RFC 1035 label in lower case: it prefixes every VM name. */
export const dnsLabel = z.string().regex(/^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?$/, { error: 'dns-label' });

/** SHA-256 of an SSH host key: 32 bytes in base64 without padding, in canonical form. */
export const hostKeyPattern = /^SHA256:[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]$/;

/** An SSH host key's fingerprint as `ssh-keygen -l` prints it. */
export const sshHostKey = z
  .string()
  .max(100)
  .superRefine((value, context) => {
    if (!hostKeyPattern.test(value)) refuse(context, 'host-key');
  });
