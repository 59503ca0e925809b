/**
 * Properties that a guest reads at its first boot: names, addresses and a public key, never a secret. Source:
 * docs/image-contract.md.
 */
import { bootstrapKeyProperty } from '../media/bootstrap-property.ts';
import type { Plan, PlannedVm } from '../plan/model.ts';

/** `publicKey`: the bootstrap key as a line of `authorized_keys`. */
export function guestProperties(plan: Plan, vm: PlannedVm, publicKey?: string): Record<string, string> {
  const lan = vm.nics.find(({ network }) => network === 'lan')?.addresses[0];
  const wan = vm.nics.find(({ network }) => network === 'wan')?.addresses ?? [];
  const lanVip = plan.vips.find(({ name }) => name === 'edge-gw-vip');
  return {
    hostname: vm.name,
    component: vm.component,
    fqdn: plan.fqdn,
    ...(lan === undefined ? {} : { lan_ip: lan, lan_prefix: String(plan.lan.prefix) }),
    ...(lanVip ? { lan_gateway: lanVip.address } : {}),
    ...(wan.length > 0
      ? { wan_ip: wan.join(','), wan_prefix: String(plan.wan.prefix), wan_gateway: plan.wan.gateway }
      : {}),
    ...(publicKey === undefined ? {} : { [bootstrapKeyProperty]: publicKey }),
  };
}
