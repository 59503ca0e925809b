/**
 * SPF, DKIM and DMARC for the edge's mail domain, and the reverse names of its Mailer servers. These are proposals for
 * the domain's administrator. Sources: RFC 7208, 6376, 7489, 1912 section 2.1 (PTR).
 */
import type { DnsRecord, PlannedVm } from '../model.ts';
import type { Site } from '../../site/schema.ts';

/** A record. With `ready` false its value is not known yet, and it stays out of the zone file. */
export interface ProposedRecord extends DnsRecord {
  readonly ready: boolean;
}

/** The domain of `mail.from`, in lower case; undefined when it holds none. */
export function senderDomain(from: string): string | undefined {
  const domain = /@([a-z0-9.-]+)>?\s*$/i.exec(from)?.[1]?.toLowerCase();
  return domain !== undefined && domain.includes('.') && !domain.endsWith('.') ? domain : undefined;
}

/** Whether the edge sends mail from its own domain. Only then it needs these records. */
export const sendsFromOwnDomain = (site: Site): boolean => {
  const sender = senderDomain(site.mail.from);
  const fqdn = site.domain.fqdn.toLowerCase();
  return sender !== undefined && (sender === fqdn || sender.endsWith(`.${fqdn}`));
};

const reverseName = (address: string): string => `${address.split('.').toReversed().join('.')}.in-addr.arpa`;

/** All proposals for the sender's domain. Empty when the edge sends from another domain: its owner has them already. */
export function mailRecords(site: Site, vms: readonly PlannedVm[]): ProposedRecord[] {
  if (!sendsFromOwnDomain(site)) return [];
  const sender = senderDomain(site.mail.from) ?? '';
  const fqdn = site.domain.fqdn.toLowerCase();
  const mailers = vms.filter(({ component }) => component === 'mailer');
  const addresses = mailers.flatMap((vm) => vm.nics.find(({ network }) => network === 'wan')?.addresses ?? []);
  const own = site.mail.mode === 'mailer';
  // A relay may send from other hosts than the one it takes mail on, hence "soft" for those.
  const spf = own
    ? `v=spf1 ${addresses.map((address) => `ip4:${address} `).join('')}-all`
    : `v=spf1 ${site.mail.host === undefined ? '' : `a:${site.mail.host} `}~all`;
  const ready = own ? addresses.length > 0 : site.mail.host !== undefined && /^[a-z0-9.-]+$/i.test(site.mail.host);
  return [
    { name: sender, type: 'TXT', value: spf, purpose: 'spf', ready },
    {
      name: `_dmarc.${sender}`,
      type: 'TXT',
      value: 'v=DMARC1; p=quarantine; adkim=s; aspf=s',
      purpose: 'dmarc',
      ready,
    },
    { name: `edge._domainkey.${sender}`, type: 'TXT', value: 'v=DKIM1; k=rsa; p=', purpose: 'dkim', ready: false },
    ...(own
      ? mailers.flatMap((vm) =>
          (vm.nics.find(({ network }) => network === 'wan')?.addresses ?? []).map((address): ProposedRecord => ({
            name: reverseName(address),
            type: 'PTR',
            value: `mail-${vm.index}.${fqdn}.`,
            purpose: 'mailer-reverse',
            ready: true,
          })),
        )
      : []),
  ];
}
