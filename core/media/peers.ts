/** The NOC's WireGuard peers as input of `media create`. Source: the product's public contract, `edge-media/v1`. */
import { z } from 'zod';
import { fail, failure, ok, type Result } from '../base/errors.ts';
import {
  wireguardAddressFault,
  wireguardAddressSchema,
  keyFault,
  networkSchema,
  wireguardKeySchema,
} from '../network/wireguard.ts';

/** Text for people: no control character can end a line in a configuration file or a terminal. */
const plainName = /^[^\p{Cc}\p{Zl}\p{Zp}]{1,64}$/u;

export const nocPeerSchema = z.object({
  name: z.string().regex(plainName, '1 to 64 characters on one line'),
  publicKey: wireguardKeySchema,
  endpoint: wireguardAddressSchema,
  allowedIps: z.array(networkSchema).min(1).max(64),
});
export type NocPeer = z.infer<typeof nocPeerSchema>;

export const mostPeers = 16;

const examplePeer: NocPeer = {
  name: 'noc-1',
  publicKey: 'xTIBA5rboUvnH4htodjb6e697QjLERt1NAB4mZqp8Dg=',
  endpoint: '198.51.100.7:51820',
  allowedIps: ['100.64.0.0/24'],
};

const codes = {
  missing: 'media.peer-missing',
  name: 'media.peer-name',
  key: 'media.peer-key',
  'key-canonical': 'media.peer-key-canonical',
  'key-zero': 'media.peer-key-zero',
  endpoint: 'media.peer-endpoint',
  host: 'media.peer-host',
  port: 'media.peer-port',
  network: 'media.peer-network',
} as const;

type Mistake = readonly [field: string, mistake: keyof typeof codes, value: unknown];

/** The first fault of an entry. */
function mistakeOf(entry: Readonly<Record<string, unknown>>): Mistake | undefined {
  for (const field of ['name', 'publicKey', 'endpoint'] as const) {
    if (typeof entry[field] !== 'string' || entry[field] === '') return [field, 'missing', entry[field]];
  }
  const { name, publicKey, endpoint, allowedIps } = entry as unknown as NocPeer;
  if (!plainName.test(name)) return ['name', 'name', name];
  const key = keyFault(publicKey);
  if (key !== undefined) return ['publicKey', key, publicKey];
  const address = wireguardAddressFault(endpoint);
  if (address !== undefined) return ['endpoint', address, endpoint];
  if (!Array.isArray(allowedIps) || allowedIps.length === 0 || allowedIps.length > 64) {
    return ['allowedIps', 'missing', allowedIps];
  }
  const wrong = allowedIps.find((network) => !networkSchema.safeParse(network).success);
  return wrong === undefined ? undefined : ['allowedIps', 'network', wrong];
}

/**
 * Reads a list of peers. Fails with `media.peers` (no list, or more than {@link mostPeers}) or with the first fault,
 * which names peer, field and value: `media.peer-missing`, `-name`, `-key`, `-key-canonical`, `-key-zero`, `-endpoint`,
 * `-host`, `-port`, `-network`, `-twice`.
 */
export function readPeers(list: unknown): Result<readonly NocPeer[]> {
  const example = JSON.stringify([examplePeer]);
  if (!Array.isArray(list) || list.length > mostPeers)
    return fail(failure('input', 'media.peers', { example, most: mostPeers }));
  const known = new Map<string, number>();
  for (const [index, entry] of list.entries()) {
    const record = typeof entry === 'object' && entry !== null ? (entry as Readonly<Record<string, unknown>>) : {};
    const peer =
      typeof record['name'] === 'string' && plainName.test(record['name']) ? record['name'] : `#${index + 1}`;
    const params = { peer, number: index + 1, example: JSON.stringify(examplePeer) };
    const mistake = mistakeOf(record);
    if (mistake !== undefined) {
      const [field, name, value] = mistake;
      const shown = value === undefined ? '' : (JSON.stringify(value) ?? '').slice(0, 120);
      return fail(failure('input', codes[name], { ...params, field, value: shown }));
    }
    for (const field of ['name', 'publicKey'] as const) {
      const text = `${field} ${String(record[field])}`;
      const other = known.get(text);
      if (other !== undefined) {
        return fail(failure('input', 'media.peer-twice', { ...params, field, value: String(record[field]), other }));
      }
      known.set(text, index + 1);
    }
  }
  return ok(z.array(nocPeerSchema).parse(list));
}
