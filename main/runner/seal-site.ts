/**
 * The seal of a site: the bootstrap key and its firewall rule leave every VM, each VM proves it, and this computer's
 * secrets are deleted. It can be interrupted and run again.
 */
import { type Failure, type Result, capture, fail, failure, ok, unwrap } from '../../core/base/errors.ts';
import { authorizedKeysPath } from '../../core/gateway/access.ts';
import { plannedState } from '../../core/gateway/file-verdict.ts';
import { planSeal, type SealedVm } from '../../core/gateway/seal.ts';
import { gatewaysOf } from '../../core/gateway/view.ts';
import type { PlannedVm } from '../../core/plan/model.ts';
import { connectSsh, type SshSession } from '../adapters/ssh/connect.ts';
import { generatePresharedKey, generatePrivateKey, publicKeyOf } from '../adapters/wireguard/keys.ts';
import { applyFiles } from '../gateways/apply-files.ts';
import { sha256Of } from '../gateways/apply-program.ts';
import { proveNoLogin } from '../gateways/prove-no-login.ts';
import type { OpenedEndpoint } from './endpoints.ts';
import { connectAnyGateway, connectGuest, type GatewayAccess, openAccess, sshUserOf } from './gateway-access.ts';
import { lookAtGateway } from './gateway-look.ts';
import { gatewayInput, readSecrets } from './gateway-material.ts';
import type { Services } from './services.ts';
import type { PlannedSite } from './site-input.ts';
import { hostKeysOf, isHandedOver, noteMachines, renewMarks, type SiteMachines, stageOf } from './site-machines.ts';
import { deleteSiteSecrets } from './site-secrets.ts';

export interface SealOptions {
  /** The site's name, typed instead of a confirmed tunnel. */
  readonly typedSite: string | undefined;
  readonly endpoints: readonly OpenedEndpoint[];
  readonly signal: AbortSignal;
  /** Called for each VM that has refused the bootstrap key. */
  readonly onVm: (vm: string) => void;
}

export interface Sealed {
  /** ISO 8601 in UTC. */
  readonly at: string;
  /** Names of the deleted secrets. */
  readonly secrets: readonly string[];
}

/** A VM with our login, and with what the seal needs of it. */
interface OpenVm {
  readonly vm: PlannedVm;
  readonly state: SealedVm;
  readonly mode: number;
}

/** Mode and content of the file with the keys of an account. */
async function readAccess(session: SshSession, vm: PlannedVm, user: string): Promise<Result<OpenVm>> {
  const path = authorizedKeysPath(user);
  const script = 'stat -c %a "$1" && cat "$1"';
  const ran = await session.run(['sh', '-c', script, 'sh', path]);
  if (!ran.ok) return ran;
  const { code, stdout, stderr } = ran.value;
  const end = stdout.indexOf('\n');
  const mode = Number.parseInt(stdout.slice(0, end), 8);
  if (code !== 0 || Number.isNaN(mode)) {
    const reason = stderr.trim().slice(0, 200);
    return fail(failure('operation', 'configure.no-shell', { gateway: vm.name, reason: reason === '' ? '–' : reason }));
  }
  return ok({ vm, mode, state: { vm: vm.name, user, authorizedKeys: stdout.slice(end + 1) } });
}

/**
 * Whether an interrupted seal has already closed this VM: it refuses our key. With the site's name typed, a VM out of
 * reach counts as well.
 */
const isClosed = ({ code }: Failure, wasBegun: boolean, typed: boolean): boolean =>
  wasBegun && (code === 'ssh.key-refused' || (typed && /^ssh\.(?:timeout|unreachable|port-refused)$/.test(code)));

/** Our login to the VMs of a site: gateways directly, servers through the first gateway. */
function loginsOf(services: Services, planned: PlannedSite, access: GatewayAccess, signal: AbortSignal) {
  const gateways = gatewaysOf(planned.plan);
  let carrier: Promise<Result<SshSession>> | undefined;
  const isGateway = ({ name }: PlannedVm): boolean => gateways.some((gateway) => gateway.name === name);
  const direct = (vm: PlannedVm): Promise<Result<SshSession>> =>
    connectGuest(services, planned, access, vm, { signal });
  return {
    isGateway,
    login: async (vm: PlannedVm): Promise<Result<SshSession>> => {
      if (isGateway(vm)) return direct(vm);
      const via = await (carrier ??= connectAnyGateway(services, planned, access, signal));
      return via.ok ? connectGuest(services, planned, access, vm, { signal, via: via.value }) : via;
    },
    /** From the gateway itself, past its packet filter. */
    loginFromInside: (vm: PlannedVm, session: SshSession): Promise<Result<SshSession>> =>
      connectSsh({
        host: '127.0.0.1',
        port: 22,
        via: session,
        username: sshUserOf(access.catalogue, vm.component),
        privateKey: access.key.privateKey,
        hostKeys: hostKeysOf(planned, access.machines, vm),
        signal,
      }),
    close: async (): Promise<void> => {
      const via = await carrier;
      if (via?.ok === true) await via.value.close();
    },
  };
}

/** Keys for files that the seal does not write: the real ones may be deleted already. */
function throwawayKeys(vm: string) {
  const privateKey = generatePrivateKey();
  return { vm, privateKey, publicKey: unwrap(publicKeyOf(privateKey)), presharedKey: generatePresharedKey() };
}

/** Closes every VM that is not sealed yet. Everything is looked at before the first change. */
async function closeVms(
  services: Services,
  planned: PlannedSite,
  machines: SiteMachines,
  { typedSite, signal, onVm }: SealOptions,
  at: string,
): Promise<void> {
  const { plan } = planned;
  const todo = plan.vms.filter((vm) => stageOf(machines, vm) !== 'sealed');
  if (todo.length === 0) return;
  const access = unwrap(await openAccess(services, planned, machines, signal));
  const logins = loginsOf(services, planned, access, signal);
  const note = async (vm: PlannedVm, facts: Record<string, unknown>): Promise<void> =>
    unwrap(await noteMachines(services, planned, machines, { [vm.name]: facts }));
  const noteSealed = async (vm: PlannedVm): Promise<void> => {
    await note(vm, { stage: 'sealed', sealedAt: at });
    onVm(vm.name);
  };
  try {
    const open: OpenVm[] = [];
    const inputs = [];
    const closed: PlannedVm[] = [];
    for (const vm of todo) {
      const session = await logins.login(vm);
      const wasBegun = machines.takeover.machines[vm.name]?.sealBegun === true;
      if (!session.ok && isClosed(session.failure, wasBegun, typedSite === plan.site)) {
        closed.push(vm);
        continue;
      }
      const made = unwrap(session);
      try {
        open.push(unwrap(await readAccess(made, vm, sshUserOf(access.catalogue, vm.component))));
        if (logins.isGateway(vm)) {
          const look = unwrap(await lookAtGateway(made, vm));
          const secrets = unwrap(await readSecrets(services, planned, vm));
          const keys = secrets.keys ?? throwawayKeys(vm.name);
          inputs.push(gatewayInput(planned, vm, access, look, { ...secrets, keys }));
        }
      } finally {
        await made.close();
      }
    }
    const steps = unwrap(
      planSeal({
        plan: { ...plan, vms: open.map(({ vm }) => vm) },
        vms: open.map(({ state }) => state),
        bootstrapKey: access.key.publicKey,
        sshAuthorizedKeys: access.catalogue.noc?.sshAuthorizedKeys ?? [],
        confirmed: isHandedOver(machines, plan),
        typedSite,
        gateways: inputs,
      }),
    );
    for (const vm of closed) await noteSealed(vm);
    for (const { vm: name, files } of steps) {
      const found = open.find(({ vm }) => vm.name === name);
      // A bug: the steps are those of the open machines.
      if (found === undefined) throw new Error(`no login to ${name}`);
      const { vm, state, mode } = found;
      await note(vm, { sealBegun: true });
      const path = authorizedKeysPath(state.user);
      const done = unwrap(
        await applyFiles({
          gateway: name,
          connect: () => logins.login(vm),
          files,
          now: () => services.now().getTime(),
          signal,
          basis: new Map([[path, plannedState(sha256Of(state.authorizedKeys), mode)]]),
          prove: (session) =>
            proveNoLogin(name, [
              () => logins.login(vm),
              ...(logins.isGateway(vm) ? [() => logins.loginFromInside(vm, session)] : []),
            ]),
        }),
      );
      for (const drifted of done.drifted) {
        services.warn(failure('operation', 'gateway.seal-drift', { vm: name, path: drifted }));
      }
      await noteSealed(vm);
    }
  } finally {
    await logins.close();
  }
}

/**
 * Fails before any change with `gateway.seal-unconfirmed`, `gateway.seal-no-credential` and as the logins do; later as
 * `applyFiles`, `proveNoLogin` and the secret store do. Run again, it goes on with the VMs that are not sealed yet.
 */
export function sealSite(
  services: Services,
  planned: PlannedSite,
  machines: SiteMachines,
  options: SealOptions,
): Promise<Result<Sealed>> {
  const { site } = planned.plan;
  return capture(async () => {
    const isSealed = planned.plan.vms.every((vm) => stageOf(machines, vm) === 'sealed');
    if (!isSealed && !isHandedOver(machines, planned.plan) && options.typedSite !== site) {
      unwrap(fail(failure('input', 'gateway.seal-unconfirmed', { site })));
    }
    const at = machines.takeover.sealedAt ?? services.now().toISOString();
    await closeVms(services, planned, machines, options, at);
    await renewMarks(services, planned, options.endpoints, options.signal);
    const secrets = unwrap(await deleteSiteSecrets(services, planned));
    unwrap(await noteMachines(services, planned, machines, {}, { sealedAt: at }));
    return { at, secrets };
  }, options.signal);
}
