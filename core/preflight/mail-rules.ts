/** Rules for mail and the secondary backup. Source: the overview's infrastructure rules. */
import { isRecipient } from '../handover/recipient.ts';
import { fqdnFault } from '../network/fqdn.ts';
import { layoutOf } from '../platform/layout.ts';
import { hostFault, hostParams } from '../network/host.ts';
import { contains, ipv4Number, subnetOf } from '../network/ipv4.ts';
import { senderDomain, sendsFromOwnDomain } from '../plan/network/mail-records.ts';
import type { Site } from '../site/schema.ts';
import type { Observation } from '../base/findings.ts';
import type { Rule } from './rule.ts';

const step = 'mail' as const;

/** Ports with one usual kind of TLS. Sources: RFC 8314, RFC 6409. */
const usualTls: ReadonlyMap<number, Site['mail']['tls']> = new Map([
  [465, 'tls'],
  [587, 'starttls'],
]);

const fold = (text: string): string => text.trim().toLowerCase();

/** Whether a host is a machine of the edge or in its networks. */
const insideEdge = (site: Site, host: string): Observation[] => {
  const path = 'backup.host';
  const address = ipv4Number(host);
  if (address !== undefined) {
    return (['lan', 'wan'] as const).flatMap((network): Observation[] => {
      const subnet = subnetOf(site.network[network].cidr);
      const params = { host, network: network.toUpperCase() };
      return subnet !== undefined && contains(subnet, address) ? [{ path, variant: 'network', params }] : [];
    });
  }
  const fqdn = fold(site.domain.fqdn);
  return fold(host) === fqdn || fold(host).endsWith(`.${fqdn}`) ? [{ path, variant: 'edge', params: { host } }] : [];
};

const onHypervisor = (site: Site, host: string): Observation[] =>
  site.datacentres.some((datacentre) =>
    layoutOf(datacentre)?.endpoints.some((endpoint) => endpoint.host === fold(host)),
  )
    ? [{ path: 'backup.host', variant: 'hypervisor', params: { host } }]
    : [];

export const mailRules: readonly Rule[] = [
  {
    id: 'mail.host',
    step,
    severity: 'fail',
    path: 'mail.host',
    needs: [],
    check: ({ site: { mail } }) => {
      if (mail.host === undefined) return mail.mode === 'mailer' ? [] : [{ params: { mode: mail.mode } }];
      const fault = hostFault(mail.host);
      return fault === undefined ? [] : [{ variant: fault, params: hostParams(mail.host) }];
    },
  },
  {
    id: 'mail.mailer-option',
    step,
    severity: 'fail',
    path: 'mail.mode',
    needs: [],
    check: ({ site: { mail, footprint } }) => {
      const chosen = footprint.options.includes('mailer');
      if (mail.mode === 'mailer') return chosen ? [] : [{}];
      return chosen ? [{ status: 'warn', path: 'footprint.options', params: { mode: mail.mode } }] : [];
    },
  },
  {
    id: 'mail.from',
    step,
    severity: 'fail',
    path: 'mail.from',
    needs: [],
    check: ({ site }) => {
      const { from, mode } = site.mail;
      const params = { from, fqdn: site.domain.fqdn };
      const domain = senderDomain(from);
      const valid = /^[^\s"(),:;<>@[\\\]]{1,64}@[^\s@]+$/.test(from) && domain !== undefined;
      if (!valid || fqdnFault(domain) !== undefined) return [{ params }];
      return mode === 'mailer' && !sendsFromOwnDomain(site) ? [{ status: 'warn', variant: 'own-domain', params }] : [];
    },
  },
  {
    id: 'mail.tls',
    step,
    severity: 'warn',
    path: 'mail.tls',
    needs: [],
    applies: ({ site }) => site.mail.mode !== 'mailer',
    check: ({ site: { mail } }) => {
      if (mail.tls === 'none') return [{ variant: 'none' }];
      const usual = mail.port === undefined ? undefined : usualTls.get(mail.port);
      return usual === undefined || usual === mail.tls
        ? []
        : [{ params: { port: mail.port ?? 0, tls: mail.tls, usual } }];
    },
  },
  {
    id: 'backup.host',
    step,
    severity: 'fail',
    path: 'backup.host',
    needs: [],
    check: ({ site: { backup } }) => {
      const fault = hostFault(backup.host);
      return fault === undefined ? [] : [{ variant: fault, params: hostParams(backup.host) }];
    },
  },
  {
    id: 'backup.outside',
    step,
    severity: 'fail',
    path: 'backup.location',
    needs: [],
    check: ({ site }) => {
      const { host, location } = site.backup;
      const primary = site.datacentres[0]?.name ?? '';
      return [
        ...(fold(location) === fold(primary) ? [{ variant: 'location', params: { location } }] : []),
        ...insideEdge(site, host),
        ...onHypervisor(site, host),
      ];
    },
  },
  {
    id: 'handover.recipients',
    step: 'infrastructure',
    severity: 'fail',
    path: 'handover.recipients',
    needs: [],
    check: ({ site }) =>
      site.handover.recipients.flatMap((recipient, index, all): Observation[] => {
        const path = `handover.recipients.${index}`;
        const params = { number: index + 1 };
        if (/^AGE-SECRET-KEY-/i.test(recipient.trim())) return [{ path, variant: 'secret', params }];
        if (!isRecipient(recipient)) return [{ path, params }];
        return all.indexOf(recipient) < index ? [{ path, status: 'warn', variant: 'twice', params }] : [];
      }),
  },
  {
    id: 'site.contacts',
    step: 'site',
    severity: 'warn',
    path: 'site.contacts',
    needs: [],
    check: ({ site }) =>
      (site.site.contacts ?? []).flatMap(({ email, name }, index): Observation[] =>
        email === undefined || /^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(email)
          ? []
          : [{ path: `site.contacts.${index}.email`, params: { name, email } }],
      ),
  },
];
