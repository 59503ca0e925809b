/** `gateway check --failover`: every VIP of the gateways is moved once, and moved back. */
import { type Result, capture, unwrap } from '../../core/base/errors.ts';
import type { Finding } from '../../core/base/findings.ts';
import { type Failover, judgeFailover } from '../../core/gateway/failover.ts';
import { gatewaysOf, lanInterfaceOf } from '../../core/gateway/view.ts';
import type { PlannedVip } from '../../core/plan/model.ts';
import type { SshSession } from '../adapters/ssh/connect.ts';
import { failoverLimits, holds, measureFailover } from '../gateways/measure-failover.ts';
import { isTunnelUpOn } from '../gateways/prove-tunnel.ts';
import { type GatewayAccess, connectGuest } from './gateway-access.ts';
import type { Services } from './services.ts';
import type { PlannedSite } from './site-input.ts';

interface Member {
  readonly gateway: string;
  readonly session: SshSession;
  readonly holds: boolean;
  readonly tunnel: boolean;
}

/** The gateways of a VIP. Every one must be reached: a gateway that is off would take part in the failover unseen. */
async function membersOf(
  services: Services,
  planned: PlannedSite,
  { name, address, members }: PlannedVip,
  access: GatewayAccess,
  how: { readonly signal: AbortSignal; readonly opened: SshSession[] },
): Promise<readonly Member[]> {
  const { site, plan } = planned;
  const vms = gatewaysOf(plan).filter((vm) => members.includes(vm.name));
  // A bug: the plan gives a VIP to its members only.
  if (vms.length === 0) throw new Error(`${name} has no gateway`);
  const found: Member[] = [];
  for (const vm of vms) {
    const session = unwrap(await connectGuest(services, planned, access, vm, { signal: how.signal }));
    how.opened.push(session);
    found.push({
      gateway: vm.name,
      session,
      holds: unwrap(await holds(session, address, lanInterfaceOf(site))),
      tunnel: unwrap(await isTunnelUpOn(session)),
    });
  }
  return found;
}

async function moveOnce(
  services: Services,
  planned: PlannedSite,
  vip: PlannedVip,
  access: GatewayAccess,
  signal: AbortSignal,
): Promise<Failover> {
  const { name, address } = vip;
  const opened: SshSession[] = [];
  try {
    const members = await membersOf(services, planned, vip, access, { signal, opened });
    const [from, second] = members.filter((one) => one.holds);
    if (from === undefined || second !== undefined) return { vip: name, address, notReady: 'holder' };
    // The failover must not take the only tunnel down.
    const to = members.find((one) => one !== from && one.tunnel);
    if (to === undefined) return { vip: name, address, notReady: 'other' };
    const lanInterface = lanInterfaceOf(planned.site);
    const measured = unwrap(await measureFailover({ from, to, address, lanInterface }));
    return { vip: name, address, from: from.gateway, to: to.gateway, ...measured };
  } finally {
    await Promise.all(opened.map((session) => session.close()));
  }
}

/** Fails as `connectSsh` and `measureFailover` do. */
export function checkFailover(
  services: Services,
  planned: PlannedSite,
  access: GatewayAccess,
  signal: AbortSignal,
): Promise<Result<readonly Finding[]>> {
  const vips = planned.plan.vips.filter(({ name, members }) => name.startsWith('edge-gw-vip') && members.length > 1);
  return capture(async () => {
    const failovers: Failover[] = [];
    for (const vip of vips) failovers.push(await moveOnce(services, planned, vip, access, signal));
    return judgeFailover(failovers, failoverLimits.take);
  }, signal);
}
