/**
 * Writes a value into each file, with one function per format. A value that the format cannot express throws the signal
 * `gateway.cannot-express`, which `gatewayFiles` turns into a failed result.
 */
import { FailureSignal, failure } from '../base/errors.ts';
import { fqdnFault } from '../network/fqdn.ts';
import { hostFault } from '../network/host.ts';
import { quotedForShell } from '../base/shell-word.ts';
import { ipv4Number, parseCidr } from '../network/ipv4.ts';

/** Refuses a value. The failure does not contain the value, since it may be a secret. */
export function refuse(field: string, format: string): never {
  throw new FailureSignal(failure('input', 'gateway.cannot-express', { field, format }));
}

/** Control characters, line and paragraph separators, and lone surrogates, which UTF-8 cannot encode. */
const unprintable = /[\p{Cc}\p{Zl}\p{Zp}\p{Cs}]/u;

const oneLine = (field: string, value: string, format: string): string =>
  unprintable.test(value) ? refuse(field, format) : value;

/** An IPv4 address, valid in every format. */
export const address = (field: string, value: string): string =>
  ipv4Number(value) === undefined ? refuse(field, 'IPv4') : value;

/** An IPv4 network whose host bits are clear. */
export function network(field: string, value: string): string {
  const reading = parseCidr(value);
  return reading.ok && reading.value.address === reading.value.network ? value : refuse(field, 'IPv4');
}

/** A MAC address, in lower case. */
export function mac(field: string, value: string): string {
  const lower = value.toLowerCase();
  // The lowest bit of the first byte marks a multicast address, which is no NIC's address.
  return /^[0-9a-f][02468ace](?::[0-9a-f]{2}){5}$/.test(lower) && lower !== '00:00:00:00:00:00'
    ? lower
    : refuse(field, 'MAC');
}

/** A kernel interface name: short, and without a special character of any format. */
export const interfaceName = (field: string, value: string): string =>
  /^[a-z][a-z0-9.-]{0,14}$/.test(value) ? value : refuse(field, 'ifname');

/** A host name or an IPv4 address: one word in every format. */
export const host = (field: string, value: string): string =>
  hostFault(value) === undefined ? value : refuse(field, 'host');

/** A domain name. */
export const domain = (field: string, value: string): string =>
  fqdnFault(value) === undefined ? value : refuse(field, 'DNS');

/** The name of a DNS record. It may contain underscores and begin with a wildcard. */
export const recordName = (field: string, value: string): string =>
  value.length <= 253 && /^(?:\*\.)?[a-z0-9_](?:[a-z0-9_-]{0,62})(?:\.[a-z0-9_][a-z0-9_-]{0,62})*$/i.test(value)
    ? value
    : refuse(field, 'DNS');

/** A planned machine name: a DNS label, which is one word in every format. */
export const label = (field: string, value: string): string =>
  /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/.test(value) ? value : refuse(field, 'label');

/** A comment that starts with `#`. A backslash at its end would join the next line in some formats. */
export const comment = (field: string, value: string): string =>
  oneLine(field, value, 'comment').replace(/[\\\s]+$/, '');

/** One word of a POSIX shell. Line feeds are kept: a private key has many. */
export const shellWord = (field: string, value: string): string =>
  /[\0\p{Cs}]/u.test(value) ? refuse(field, 'sh') : quotedForShell(value);

/**
 * A path in sftp's batch file, where a backslash escapes only a quote or a backslash. A leading hyphen would be an
 * option.
 */
export const sftpPath = (field: string, value: string): string =>
  `"${value.startsWith('-') ? './' : ''}${oneLine(field, value, 'sftp').replace(/["\\]/g, String.raw`\$&`)}"`;

/** Characters that `encodeURIComponent` keeps and an S3 signature must encode. Source: RFC 3986 section 2.3. */
const encoded = (part: string): string =>
  encodeURIComponent(part).replace(/[!'()*]/g, (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`);

/** The folders of a path in a URL, each with a final slash. */
export const urlFolders = (field: string, value: string): string =>
  oneLine(field, value, 'URL')
    .split('/')
    .filter((part) => part !== '')
    .map((part) => `${encoded(part)}/`)
    .join('');

/** A value of curl's configuration file. */
export const curlValue = (field: string, value: string): string =>
  `"${oneLine(field, value, 'curl').replace(/["\\]/g, String.raw`\$&`)}"`;

/** A text of dnsmasq's configuration file, in printable ASCII only. */
export const dnsmasqText = (field: string, value: string): string =>
  /^[\x20-\x7e]{1,255}$/.test(value) ? `"${value.replace(/["\\]/g, String.raw`\$&`)}"` : refuse(field, 'dnsmasq');
