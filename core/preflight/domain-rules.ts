/** Rules for the edge's name and its certificate as written. Source: the overview's infrastructure rules. */
import { domainParts, fqdnFault, isLocalName } from '../network/fqdn.ts';
import type { Rule } from './rule.ts';

const step = 'domain' as const;

export const domainRules: readonly Rule[] = [
  {
    id: 'domain.fqdn',
    step,
    severity: 'fail',
    path: 'domain.fqdn',
    needs: [],
    check: ({ site }) => {
      const { fqdn } = site.domain;
      const fault = fqdnFault(fqdn);
      return fault === undefined ? [] : [{ variant: fault, params: { fqdn } }];
    },
  },
  {
    id: 'domain.public',
    step,
    severity: 'warn',
    path: 'domain.fqdn',
    needs: [],
    applies: ({ site }) => fqdnFault(site.domain.fqdn) === undefined,
    check: ({ site }) => {
      const { fqdn } = site.domain;
      if (isLocalName(fqdn)) return [{ params: { fqdn } }];
      return domainParts(fqdn)?.knownSuffix === true ? [] : [{ variant: 'unknown-suffix', params: { fqdn } }];
    },
  },
  {
    id: 'domain.mobile-apps',
    step: 'site',
    severity: 'warn',
    path: 'sizing.mobileApps',
    needs: [],
    check: ({ site }) => (site.sizing.visibility === 'lan' && site.sizing.mobileApps === 'location-api' ? [{}] : []),
  },
  {
    id: 'certificate.chain',
    step,
    severity: 'fail',
    path: 'certificate.chain',
    needs: [],
    // The chain is a separate file, which `certificate check` reads.
    check: ({ site }) => (site.certificate.chain === undefined ? [{ status: 'pending' }] : []),
  },
];
