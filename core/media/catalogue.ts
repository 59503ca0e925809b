import { z } from 'zod';
import { fail, failure, ok } from '../base/errors.ts';
import type { Result } from '../base/errors.ts';
import { isRecipient } from '../handover/recipient.ts';
import { authorizedKeyOf } from '../network/authorized-key.ts';
import { reachOf } from '../network/reach.ts';
import { isPlainName } from './names.ts';
import { mostPeers, nocPeerSchema } from './peers.ts';

/**
 * `catalogue.json`, format `edge-media/v1`, lists the content of a medium; a public contract, see media-and-handover.
 * Known fields are checked strictly, unknown fields are ignored, so that a newer catalogue stays readable.
 */

/** Largest catalogue that is read, in bytes. */
export const catalogueMaxBytes = 1024 * 1024;

export const catalogueFileName = 'catalogue.json';
export const signatureFileName = 'catalogue.json.minisig';

const utcTime = z.iso.datetime({ offset: false });
const imageFile = z
  .string()
  .max(100)
  .refine((name) => isPlainName(name) && name.endsWith('.ova'), 'a plain file name ending in .ova');

const imageSchema = z.object({
  components: z
    .array(z.string().regex(/^[a-z][a-z0-9-]{0,62}$/))
    .min(1)
    .max(64),
  file: imageFile,
  size: z.int().min(1024),
  sha256: z.string().regex(/^[0-9a-f]{64}$/, '64 lower-case hex digits'),
  guest: z
    .object({
      sshUser: z
        .string()
        .regex(/^[a-z_][a-z0-9_-]{0,31}$/)
        .optional(),
      properties: z.array(z.string().min(1).max(256)).max(256).optional(),
    })
    .optional(),
});

export const catalogueSchema = z
  .object({
    format: z.literal('edge-media/v1'),
    /** For example `2026.4`; no space, since the trusted comment separates by spaces. */
    release: z.string().regex(/^[0-9][A-Za-z0-9.+_-]{0,31}$/),
    created: utcTime,
    expires: utcTime,
    images: z.array(imageSchema).min(1).max(256),
    noc: z
      .object({
        peers: z.array(nocPeerSchema).max(mostPeers),
        /** ALE's keys or its SSH certification authority. A medium without them can be deployed but not sealed. */
        sshAuthorizedKeys: z
          .array(z.string().refine((line) => authorizedKeyOf(line) !== undefined, 'one line of authorized_keys'))
          .max(64)
          .optional(),
        /** Targets that a gateway must reach: `host:port/tcp` or `host:port/udp`. */
        reach: z
          .array(z.string().refine((text) => reachOf(text) !== undefined, 'host:port/tcp or host:port/udp'))
          .max(64)
          .optional(),
      })
      .optional(),
    handover: z
      .object({
        recipients: z.array(z.string().refine(isRecipient, 'an age X25519 recipient')).max(16),
      })
      .optional(),
  })
  .superRefine((catalogue, context) => {
    if (Date.parse(catalogue.expires) <= Date.parse(catalogue.created)) {
      context.addIssue({ code: 'custom', path: ['expires'], message: 'later than created' });
    }
    const files = new Set<string>();
    const components = new Set<string>();
    for (const [index, image] of catalogue.images.entries()) {
      const file = image.file.toLowerCase();
      if (files.has(file)) context.addIssue({ code: 'custom', path: ['images', index, 'file'], message: 'unique' });
      files.add(file);
      for (const component of image.components) {
        if (components.has(component)) {
          context.addIssue({ code: 'custom', path: ['images', index, 'components'], message: 'one image each' });
        }
        components.add(component);
      }
    }
  });

export type Catalogue = Readonly<z.infer<typeof catalogueSchema>>;
export type CatalogueImage = Catalogue['images'][number];

/**
 * Reads a catalogue from its text. Fails with `media.catalogue-json` if it is not JSON, and `media.catalogue-format` if
 * a field is missing or wrong (`field` and `expected` name it).
 */
export function parseCatalogue(text: string): Result<Catalogue> {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    return fail(failure('input', 'media.catalogue-json', {}));
  }
  const parsed = catalogueSchema.safeParse(document);
  if (parsed.success) return ok(parsed.data);
  const issue = parsed.error.issues[0];
  return fail(
    failure('input', 'media.catalogue-format', {
      field: issue === undefined || issue.path.length === 0 ? catalogueFileName : issue.path.join('.'),
      expected: issue?.message ?? '',
    }),
  );
}

/** The text of a catalogue for `media create`: stable, indented, with a final newline. */
export function formatCatalogue(catalogue: Catalogue): string {
  return `${JSON.stringify(catalogue, null, 2)}\n`;
}

/** The image for `component`, or undefined if the medium has none. */
export function imageFor(catalogue: Pick<Catalogue, 'images'>, component: string): CatalogueImage | undefined {
  return catalogue.images.find((image) => image.components.includes(component));
}

/** The required trusted comment of a catalogue's signature. Source: media-and-handover. */
export function trustedCommentOf(catalogue: Pick<Catalogue, 'release' | 'created'>): string {
  return `edge-media ${catalogue.release} ${catalogue.created}`;
}
