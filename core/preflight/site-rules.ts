/** Every rule that needs only the site file and its plan, in the order of the wizard's steps. */
import { addressRules } from './address-rules.ts';
import { datacentreRules } from './datacentre-rules.ts';
import { domainRules } from './domain-rules.ts';
import { footprintRules } from './footprint-rules.ts';
import { gatewaySiteRules } from './gateway-rules.ts';
import { mailRules } from './mail-rules.ts';
import { networkRules } from './network-rules.ts';
import type { Rule } from './rule.ts';

export const siteRules: readonly Rule[] = [
  ...footprintRules,
  ...networkRules,
  ...addressRules,
  ...gatewaySiteRules,
  ...domainRules,
  ...mailRules,
  ...datacentreRules,
];
