/**
 * Rules for the inputs of the gateway configuration. Sources: the overview's rules for the gateway; dnsmasq(8), wg(8),
 * sftp(1).
 */
import { isRegion, isSftpUser, missingForBackup } from '../gateway/backup.ts';
import { gatewaysOf, nocClash, shortName } from '../gateway/view.ts';
import { dhcpRangeOf } from '../plan/network/dhcp-range.ts';
import { addressKind, parseIpv4 } from '../network/ipv4.ts';
import { nearestName } from '../site/nearest-name.ts';
import type { Observation } from '../base/findings.ts';
import type { Context, Rule } from './rule.ts';

/** The gateways' names in the site file; undefined without a plan. */
const gatewayNames = ({ plan }: Context): readonly string[] | undefined =>
  plan === undefined ? undefined : gatewaysOf(plan).map(shortName);

/** Entries for machines that are not gateways of this plan. */
const unknown = (context: Context, path: string, given: readonly string[], names = gatewayNames(context)) => {
  if (names === undefined) return [];
  return given
    .filter((name) => !names.includes(name))
    .map((name): Observation => ({
      path: `${path}.${name}`,
      variant: 'unknown-name',
      params: { name, known: nearestName(name, names) ?? names.join(', ') },
    }));
};

const publicAddresses = 'network.wan.publicAddresses';

/** Fields of the backup by its type. */
const backupFields = { hostKey: 'sftp', bucket: 's3', region: 's3' } as const;

export const gatewaySiteRules: readonly Rule[] = [
  {
    id: 'gateway.trunk',
    step: 'network',
    severity: 'fail',
    path: 'network.lan.vlan',
    needs: [],
    applies: ({ site }) => site.network.lan.trunk,
    check: ({ site }) => (site.network.lan.vlan === undefined ? [{}] : []),
  },
  {
    id: 'gateway.dhcp',
    step: 'network',
    severity: 'fail',
    path: 'network.lan.dhcp',
    needs: [],
    applies: ({ site }) => site.network.lan.dhcp !== undefined,
    check: ({ site, plan }) => {
      const fault = dhcpRangeOf(site, plan)?.fault;
      const { cidr, dhcp } = site.network.lan;
      if (fault === undefined || dhcp === undefined) return [];
      const params = { cidr, from: dhcp.from, to: dhcp.to };
      switch (fault.kind) {
        case 'address':
        case 'outside':
          return [
            {
              path: `network.lan.dhcp.${fault.field}`,
              variant: fault.kind,
              params: { ...params, text: dhcp[fault.field] },
            },
          ];
        case 'order':
          return [{ variant: 'order', params }];
        case 'planned':
          return [{ variant: 'planned', params: { ...params, name: fault.name, address: fault.address } }];
      }
    },
  },
  {
    id: 'gateway.public-addresses',
    step: 'network',
    severity: 'fail',
    path: publicAddresses,
    needs: ['plan'],
    check: (context) => {
      const { nat, publicAddresses: given } = context.site.network.wan;
      if (!nat) return given === undefined ? [] : [{ status: 'warn', variant: 'unused' }];
      const entries = Object.entries(given ?? {});
      const missing = (gatewayNames(context) ?? []).filter((name) => given?.[name] === undefined);
      return [
        ...missing.map((name): Observation => ({ variant: 'missing', params: { name } })),
        ...unknown(context, publicAddresses, Object.keys(given ?? {})),
        ...entries.flatMap(([name, text], index): Observation[] => {
          const path = `${publicAddresses}.${name}`;
          const reading = parseIpv4(text);
          if (!reading.ok) return [{ path, variant: 'address', params: { name, text } }];
          const other = entries.slice(0, index).find(([, known]) => known === text)?.[0];
          if (other !== undefined) return [{ path, variant: 'twice', params: { name, other, text } }];
          const kind = addressKind(reading.value);
          // Examples use addresses that are reserved for documentation.
          return kind === 'public' || kind === 'documentation'
            ? []
            : [{ path, status: 'warn', variant: 'not-public', params: { name, text } }];
        }),
      ];
    },
  },
  {
    id: 'gateway.forwarders',
    step: 'network',
    severity: 'warn',
    path: 'network.dnsForwarders',
    needs: [],
    check: ({ site }) => (site.network.dnsForwarders.length === 0 ? [{}] : []),
  },
  {
    id: 'gateway.backup-target',
    step: 'mail',
    severity: 'fail',
    path: 'backup',
    needs: [],
    check: ({ site }) => {
      const { backup } = site;
      const used = Object.entries(backupFields).filter(
        ([field, type]) => backup[field as keyof typeof backupFields] !== undefined && backup.type !== type,
      );
      const missing = missingForBackup(site);
      const isStrangeUser =
        backup.type === 'sftp' && (backup.username ?? '') !== '' && !isSftpUser(backup.username ?? '');
      const isStrangeRegion = backup.type === 's3' && backup.region !== undefined && !isRegion(backup.region);
      return [
        ...missing.map((field): Observation => ({
          status: 'pending',
          path: `backup.${field}`,
          params: { field: `backup.${field}`, type: backup.type },
        })),
        ...used.map(([field, type]): Observation => ({
          status: 'warn',
          path: `backup.${field}`,
          variant: 'unused',
          params: { field: `backup.${field}`, type },
        })),
        ...(isStrangeUser
          ? [{ path: 'backup.username', variant: 'username', params: { text: backup.username ?? '' } }]
          : []),
        ...(isStrangeRegion
          ? [{ path: 'backup.region', variant: 'region', params: { text: backup.region ?? '' } }]
          : []),
      ];
    },
  },
  {
    id: 'gateway.ssh-host-keys',
    step: 'infrastructure',
    severity: 'fail',
    path: 'gateways.sshHostKeys',
    needs: ['plan'],
    applies: ({ site }) => site.gateways !== undefined,
    check: (context) => {
      const given = Object.keys(context.site.gateways?.sshHostKeys ?? {});
      return unknown(context, 'gateways.sshHostKeys', given, context.plan?.vms.map(shortName));
    },
  },
];

export const gatewayMediaRules: readonly Rule[] = [
  {
    id: 'gateway.noc-networks',
    step: 'infrastructure',
    severity: 'fail',
    path: 'network',
    needs: ['media'],
    check: ({ site, facts }) => {
      const peers = facts?.media?.facts?.peers ?? [];
      const clash = nocClash(site, peers);
      if (clash !== undefined) return [{ params: { network: clash } }];
      const networks = peers.flatMap(({ allowedIps }) => allowedIps);
      const twice = networks.find((one, index) => networks.indexOf(one) < index);
      // WireGuard keeps a network for the last peer that lists it.
      return twice === undefined ? [] : [{ status: 'warn', variant: 'twice', params: { network: twice } }];
    },
  },
];
