/** The address and the certificate's fingerprint of an https endpoint, as zod schemas of the site file. */
import { z } from 'zod';
import { invisibleIn } from '../base/invisible.ts';
import { type Refuse, refuse } from '../base/text-fields.ts';
import { type EndpointUrlFault, parseEndpointUrl } from './endpoint-url.ts';
import { canonicalFingerprint, fingerprintFault } from './fingerprint.ts';
import { asciiHost } from './host-name.ts';

const variantOfUrl: Readonly<Record<EndpointUrlFault, string>> = {
  empty: 'endpoint-url',
  secret: 'secret',
  invisible: 'endpoint-invisible',
  scheme: 'endpoint-url',
  backslash: 'endpoint-backslash',
  path: 'endpoint-path',
  port: 'endpoint-port',
  'trailing-dot': 'endpoint-trailing-dot',
  'not-ascii': 'endpoint-not-ascii',
  host: 'endpoint-host',
};

function checkUrl(value: string, context: Refuse): void {
  const read = parseEndpointUrl(value);
  if (read.ok) return;
  const host = value.replace(/^https:\/\//, '').replace(/\/$/, '');
  refuse(context, variantOfUrl[read.fault], { ascii: asciiHost(host.replace(/:[0-9]*$/, '')) ?? '' });
}

function checkFingerprint(value: string, context: Refuse): void {
  const fault = fingerprintFault(value);
  if (fault !== undefined) refuse(context, fault, { character: invisibleIn(value)?.character ?? '' });
}

export const endpointUrlField = z.string().superRefine(checkUrl).meta({ pattern: '^https://[^\\s/?#@\\\\]+/?$' });

/** SHA-256 of the endpoint's TLS certificate. */
export const fingerprintField = z.string().max(400).overwrite(canonicalFingerprint).superRefine(checkFingerprint);
