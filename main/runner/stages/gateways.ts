/** Configures the gateways over SSH, as soon as they have booted and this computer reaches them. */
import { setTimeout as pause } from 'node:timers/promises';
import { cancelled, type Failure, type Result } from '../../../core/base/errors.ts';
import type { Finding } from '../../../core/base/findings.ts';
import { gatewaysOf } from '../../../core/gateway/view.ts';
import { contains, ipv4Number, subnetOf } from '../../../core/network/ipv4.ts';
import { automaticSite } from '../../../core/platform/layout.ts';
import { spareLanAddress } from '../../../core/plan/network/spare-address.ts';
import { ownIpv4Addresses } from '../../system/own-addresses.ts';
import { type ConfiguredGateway, configureGateways } from '../configure-gateways.ts';
import { openAccess } from '../gateway-access.ts';
import type { PlannedSite } from '../site-input.ts';
import { prepareServers } from '../prepare-servers.ts';
import { hostKeysOf, isHandedOver, noteGateways } from '../site-machines.ts';
import { done, readMachines, type StageEnd, type StageRun, type StageWork } from './stage.ts';

/** ms between two attempts. */
const between = 2000;
/** ms until a guest that has booted must be in reach. */
const reachLimit = 20_000;
const bootLimit = 600_000;

/** Nothing on the way to a guest answered as SSH: it boots, or this computer is on another network. */
const isOutOfReach = ({ code }: Failure): boolean =>
  ['ssh.unreachable', 'ssh.timeout', 'ssh.port-refused', 'ssh.not-ssh', 'ssh.cut'].includes(code);

const isOnLan = ({ plan }: PlannedSite): boolean => {
  const lan = subnetOf(plan.lan.cidr);
  return ownIpv4Addresses().some((one) => lan !== undefined && contains(lan, ipv4Number(one) ?? -1));
};

/** Tells where to plug in, and which address to take. */
function routeFinding({ site, plan }: PlannedSite, reason: Failure): Finding {
  const names = site.datacentres.flatMap((datacentre) => automaticSite(datacentre)?.layout.networks.lan ?? []);
  const { vlan } = site.network.lan;
  const network = [...new Set(names)].join(', ');
  return {
    rule: 'gateway.route',
    status: 'warn',
    step: 'deploy',
    path: 'network.lan',
    params: {
      host: String(reason.params['host'] ?? ''),
      network: network === '' ? '–' : network,
      vlan: vlan === undefined ? '–' : String(vlan),
      cidr: plan.lan.cidr,
      address: spareLanAddress(site, plan) ?? '–',
    },
  };
}

/** Tells the run what became of each gateway. */
function tellGateways({ emit }: StageRun, gateways: readonly ConfiguredGateway[]): void {
  for (const { gateway: vm, outcome, failure: reason } of gateways) {
    if (outcome === 'untouched') continue;
    const base = { vm, operation: 'configure-gateway', id: `${vm}/configure-gateway` } as const;
    emit({ kind: 'operation-started', ...base });
    emit(
      reason === undefined
        ? { kind: 'operation-finished', ...base, outcome: 'done' }
        : { kind: 'operation-finished', ...base, outcome: 'failed', failure: reason },
    );
  }
}

/** Configures the gateways once they can be reached. Fails as `openAccess` and `configureGateways` do. */
async function configureInReach(
  run: StageRun,
): Promise<Result<readonly ConfiguredGateway[]> & { readonly handedOver?: true }> {
  const { services, planned, signal } = run;
  const vms = gatewaysOf(planned.plan);
  const limit = services.bootLimit ?? bootLimit;
  const started = performance.now();
  let bootedAt: number | undefined;
  for (;;) {
    const machines = await readMachines(run);
    if (isHandedOver(machines, planned.plan)) return { ok: true, value: [], handedOver: true };
    const now = performance.now();
    if (vms.every((vm) => hostKeysOf(planned, machines, vm).length > 0)) bootedAt ??= now;
    const isOver = now - started >= limit;
    if (bootedAt !== undefined || isOver) {
      const access = await openAccess(services, planned, machines, signal);
      if (!access.ok) return access;
      const configured = await configureGateways(services, planned, access.value, signal);
      if (configured.ok || !isOutOfReach(configured.failure)) return configured;
      if (isOver || (bootedAt !== undefined && performance.now() - bootedAt >= reachLimit)) return configured;
    }
    if (signal.aborted) return { ok: false, failure: cancelled };
    await pause(Math.min(between, limit), undefined, { signal }).catch(() => undefined);
  }
}

export const gateways: StageWork = async (run): Promise<StageEnd> => {
  const { services, planned, emit, signal } = run;
  const configured = await configureInReach(run);
  if (!configured.ok) {
    const { failure: reason } = configured;
    if (!isOutOfReach(reason)) return { failure: reason };
    emit({ kind: 'findings', stage: 'gateways', findings: [routeFinding(planned, reason)] });
    return isOnLan(planned) ? { failure: reason } : { outcome: 'waiting', waitingFor: 'network' };
  }
  if (configured.handedOver) return done;
  tellGateways(run, configured.value);
  for (const { outcome } of configured.value) {
    if (typeof outcome === 'object') for (const warning of outcome.warnings) services.warn(warning);
  }
  const failed = configured.value.find(({ failure: reason }) => reason !== undefined)?.failure;
  if (failed !== undefined) return { failure: failed };
  const machines = await readMachines(run);
  const endpoints = run.endpoints;
  const noted = await noteGateways(services, planned, machines, configured.value, { endpoints, signal });
  if (!noted.ok) return { failure: noted.failure };
  const access = await openAccess(services, planned, machines, signal);
  if (!access.ok) return { failure: access.failure };
  const left = await prepareServers(services, planned, access.value, signal);
  if (!left.ok) return { failure: left.failure };
  for (const reason of left.value) services.warn(reason);
  return done;
};
