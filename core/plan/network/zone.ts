/**
 * The DNS records as a zone file in master format (RFC 1035 section 5). Name servers and the contact are placeholders
 * below `.invalid`, to be replaced by the zone's administrator.
 */
import type { DnsRecord, Plan } from '../model.ts';

/** A TXT value in strings of at most 255 characters, quoted. */
const quoted = (value: string): string => {
  const parts = value.match(/[\s\S]{1,255}/g) ?? [''];
  return parts.map((part) => `"${part.replace(/["\\]/g, '\\$&')}"`).join(' ');
};

const relative = (name: string, fqdn: string): string | undefined => {
  if (name === fqdn) return '@';
  return name.endsWith(`.${fqdn}`) ? name.slice(0, -fqdn.length - 1) : undefined;
};

const recordLine = ({ name, type, value }: DnsRecord, fqdn: string): string | undefined => {
  const owner = relative(name, fqdn);
  return owner === undefined ? undefined : `${owner}\tIN\t${type}\t${type === 'TXT' ? quoted(value) : value}`;
};

/**
 * The zone of the edge's domain. Records of other zones (reverse names) stand in comments. Empty without a valid
 * domain.
 * @param serial the zone's serial number; secondaries notice a change by a higher one
 */
export function zoneFile(plan: Pick<Plan, 'fqdn' | 'dns'>, serial = 1): string {
  const { fqdn, dns } = plan;
  if (dns.length === 0) return '';
  const lines = dns.map((record) => recordLine(record, fqdn));
  const elsewhere = dns.filter((_, index) => lines[index] === undefined);
  return [
    `; DNS records of the Rainbow Edge ${fqdn}`,
    '; Replace the name servers and the contact below by those that serve the zone.',
    `$ORIGIN ${fqdn}.`,
    '$TTL 3600',
    `@\tIN\tSOA\tns1.invalid. hostmaster.invalid. ( ${serial} 7200 3600 1209600 3600 )`,
    '@\tIN\tNS\tns1.invalid.',
    ...lines.filter((line) => line !== undefined),
    ...(elsewhere.length === 0 ? [] : ['; In zones of others:']),
    ...elsewhere.map(({ name, type, value }) => `; ${name}. IN ${type} ${value}`),
    '',
  ].join('\n');
}
