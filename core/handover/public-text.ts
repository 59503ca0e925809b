/** The public part of a handover: the text file beside the bundle, and its short form for a QR code. */
import type { MessageParams } from '../base/errors.ts';
import type { HandoverBundle } from './bundle.ts';
import { confirmationCode } from './confirmation-code.ts';

export type TextFunction = (key: string, params?: MessageParams) => string;

export interface PublicPart {
  readonly bundle: HandoverBundle;
  /** File name of the bundle, without a folder. */
  readonly fileName: string;
  /** SHA-256 of the bundle file, hex. */
  readonly sha256: string;
}

const gatewayLines = (text: TextFunction, { gateways }: HandoverBundle): string[] =>
  gateways.flatMap(({ vm, endpoint, wireguard, sshHostKeys }) => [
    '',
    vm,
    `  ${text('handover.public.endpoint')}: ${endpoint}`,
    `  ${text('handover.public.publicKey')}: ${wireguard.publicKey}`,
    ...sshHostKeys.map((key) => `  ${text('handover.public.sshHostKey')}: ${key}`),
  ]);

/** The content of `handover-<site>.txt`. No preshared key, nothing secret. */
export function publicText(text: TextFunction, { bundle, fileName, sha256 }: PublicPart): string {
  const { site } = bundle;
  return [
    text('handover.public.title', { site: site.name }),
    '',
    `${text('handover.public.customer')}: ${site.customer}`,
    ...(site.partner === undefined ? [] : [`${text('handover.public.partner')}: ${site.partner}`]),
    `${text('handover.public.domain')}: ${site.fqdn}`,
    `${text('handover.public.created')}: ${bundle.created}`,
    `${text('handover.public.file')}: ${fileName}`,
    `SHA-256: ${sha256}`,
    `${text('handover.public.code')}: ${confirmationCode(sha256)}`,
    '',
    text('handover.public.gateways'),
    ...gatewayLines(text, bundle),
    '',
    text('handover.public.next'),
    `1. ${text('handover.public.send', { file: fileName })}`,
    `2. ${text('handover.public.call')}`,
    `3. ${text('handover.public.wait')}`,
    '',
  ].join('\n');
}

/** Largest payload, in bytes, of a QR code that a phone can read from a screen. */
const payloadLimit = 1800;

/** The short form, one line of JSON. If there are too many gateways, it leaves them out: text and bundle list them. */
export function qrPayload({ bundle, sha256 }: PublicPart): string {
  const head = { format: 'edge-handover-public/v1', site: bundle.site.name, sha256, code: confirmationCode(sha256) };
  const gateways = bundle.gateways.map(({ vm, endpoint, wireguard }) => ({
    vm,
    endpoint,
    publicKey: wireguard.publicKey,
  }));
  const whole = JSON.stringify({ ...head, gateways });
  return whole.length <= payloadLimit ? whole : JSON.stringify(head);
}
