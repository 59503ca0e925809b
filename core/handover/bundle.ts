/** The document `edge-handover/v1` for ALE. Source: the product's public contract for the handover. */
import { z } from 'zod';
import { type Result, fail, failure, ok } from '../base/errors.ts';
import { hostKeyPattern } from '../base/text-fields.ts';
import { wireguardAddressSchema, hostRouteSchema, networkSchema, wireguardKeySchema } from '../network/wireguard.ts';

export const handoverFormat = 'edge-handover/v1';

/** Text for people: no control character can end a line in a configuration file or a terminal. */
const words = z
  .string()
  .min(1)
  .max(500)
  .regex(/^[^\p{Cc}\p{Zl}\p{Zp}]+$/u);
const label = z.string().regex(/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/);
const sha256Hex = z.string().regex(/^[0-9a-f]{64}$/);
const time = z.iso.datetime({ offset: true });
const address = z.union([z.ipv4(), z.ipv6()]);

const gatewaySchema = z.looseObject({
  vm: label,
  /** `host:port` that the NOC connects to, UDP. */
  endpoint: wireguardAddressSchema,
  /** LAN address. */
  lan: address,
  /** The gateway's own address inside the tunnel, as a /32 (or /128). */
  tunnel: hostRouteSchema,
  wireguard: z.looseObject({ publicKey: wireguardKeySchema, presharedKey: wireguardKeySchema }),
  /** As `ssh-keygen -l` prints them. */
  sshHostKeys: z.array(z.string().regex(hostKeyPattern)),
});

/** Readers accept fields that they do not know: the contract may grow, names never change. */
export const handoverBundleSchema = z.looseObject({
  format: z.literal(handoverFormat),
  created: time,
  site: z.looseObject({
    name: label,
    customer: words,
    partner: words.optional(),
    fqdn: z.string().regex(/^[a-z0-9.-]{1,253}$/i),
    visibility: z.enum(['internet', 'lan']),
    remoteAccess: z.enum(['permanent', 'on-demand']),
  }),
  gateways: z.array(gatewaySchema).min(1),
  /** `lan` and `wan` in CIDR notation; no `wan` where the site has none. */
  network: z.looseObject({
    lan: networkSchema,
    wan: networkSchema.optional(),
    vips: z.array(z.looseObject({ name: label, address })),
  }),
  /** Fingerprint of the site's leaf certificate, if it has one. */
  certificate: z.looseObject({ fingerprint: words, notAfter: time }).optional(),
  media: z.looseObject({ release: words, catalogueSha256: sha256Hex, signer: words }),
  vms: z.array(
    z.looseObject({
      name: label,
      component: label,
      addresses: z.array(address),
      imageSha256: sha256Hex,
      /** Passphrase of the VM's encrypted disks, for a lost sealed key. */
      diskRecovery: words.optional(),
    }),
  ),
  /** 32 random bytes in base64, for the answer code; missing in bundles of older versions. */
  acknowledgementSecret: wireguardKeySchema.optional(),
});

export type HandoverBundle = z.infer<typeof handoverBundleSchema>;

export interface HandoverGateway {
  readonly vm: string;
  /** `host:port` for the NOC; `endpoint` in the document. */
  readonly wireguardAddress: string;
  readonly lan: string;
  /** See `tunnelAddressFor`. */
  readonly tunnel: string;
  readonly publicKey: string;
  readonly presharedKey: string;
  readonly sshHostKeys: readonly string[];
}

/** The facts in the bundle, from the plan and the run. No field can hold a private key. */
export interface HandoverInput {
  readonly site: {
    readonly name: string;
    readonly customer: string;
    readonly partner?: string | undefined;
    readonly fqdn: string;
    readonly visibility: 'internet' | 'lan';
    readonly remoteAccess: 'permanent' | 'on-demand';
  };
  readonly gateways: readonly HandoverGateway[];
  readonly network: {
    readonly lan: string;
    readonly wan?: string | undefined;
    readonly vips: readonly { readonly name: string; readonly address: string }[];
  };
  readonly certificate?: { readonly fingerprint: string; readonly notAfter: string } | undefined;
  readonly media: { readonly release: string; readonly catalogueSha256: string; readonly signer: string };
  readonly vms: readonly {
    readonly name: string;
    readonly component: string;
    readonly addresses: readonly string[];
    readonly imageSha256: string;
    readonly diskRecovery?: string | undefined;
  }[];
  /** See `ensureAcknowledgementSecret`. */
  readonly acknowledgementSecret?: string | undefined;
  /** UTC, ISO 8601. */
  readonly createdIso: string;
}

/** The first invalid field, for a message: `gateways.0.endpoint`. */
function firstIssue(error: z.ZodError): string {
  const path = error.issues[0]?.path.map(String).join('.') ?? '';
  return path === '' ? '(document)' : path;
}

/** Two gateways with the same key, tunnel address or name would conflict on ALE's side. */
function firstDuplicate(gateways: HandoverBundle['gateways']): string | undefined {
  const unique: readonly (readonly [field: string, values: readonly string[]])[] = [
    ['vm', gateways.map(({ vm }) => vm)],
    ['tunnel', gateways.map(({ tunnel }) => tunnel)],
    ['wireguard.publicKey', gateways.map(({ wireguard }) => wireguard.publicKey)],
  ];
  for (const [field, values] of unique) {
    const index = values.findIndex((value, at) => values.indexOf(value) < at);
    if (index >= 0) return `gateways.${index}.${field}`;
  }
  return undefined;
}

/** Checks a parsed document. Fails with `handover.not-a-handover`, which names the first invalid field. */
export function parseHandoverBundle(document: unknown): Result<HandoverBundle> {
  const parsed = handoverBundleSchema.safeParse(document);
  if (!parsed.success) {
    return fail(failure('input', 'handover.not-a-handover', { field: firstIssue(parsed.error) }));
  }
  const field = firstDuplicate(parsed.data.gateways);
  return field === undefined ? ok(parsed.data) : fail(failure('input', 'handover.not-a-handover', { field }));
}

/**
 * Builds the document. It copies only the fields of the contract. Fails with `handover.incomplete`, which names the
 * first missing or wrong field.
 */
export function buildHandoverBundle(input: HandoverInput): Result<HandoverBundle> {
  const { site, network: net, certificate, media } = input;
  const result = parseHandoverBundle({
    format: handoverFormat,
    created: input.createdIso,
    site: {
      name: site.name,
      customer: site.customer,
      ...(site.partner === undefined ? {} : { partner: site.partner }),
      fqdn: site.fqdn,
      visibility: site.visibility,
      remoteAccess: site.remoteAccess,
    },
    gateways: input.gateways.map((gateway) => ({
      vm: gateway.vm,
      endpoint: gateway.wireguardAddress,
      lan: gateway.lan,
      tunnel: gateway.tunnel,
      wireguard: { publicKey: gateway.publicKey, presharedKey: gateway.presharedKey },
      sshHostKeys: [...gateway.sshHostKeys],
    })),
    network: {
      lan: net.lan,
      ...(net.wan === undefined ? {} : { wan: net.wan }),
      vips: net.vips.map(({ name, address: ip }) => ({ name, address: ip })),
    },
    ...(certificate === undefined
      ? {}
      : { certificate: { fingerprint: certificate.fingerprint, notAfter: certificate.notAfter } }),
    media: { release: media.release, catalogueSha256: media.catalogueSha256, signer: media.signer },
    vms: input.vms.map(({ name, component, addresses, imageSha256, diskRecovery }) => ({
      name,
      component,
      addresses: [...addresses],
      imageSha256,
      ...(diskRecovery === undefined ? {} : { diskRecovery }),
    })),
    ...(input.acknowledgementSecret === undefined ? {} : { acknowledgementSecret: input.acknowledgementSecret }),
  });
  if (result.ok) return result;
  return fail(failure('input', 'handover.incomplete', result.failure.params));
}

/** The text to encrypt: indented JSON with a final line feed. */
export const serialiseHandoverBundle = (bundle: HandoverBundle): string => `${JSON.stringify(bundle, null, 2)}\n`;
