/** The servers beside the gateways: each is reached through a gateway, and judged in core. */
import { type Failure, type Result, ok } from '../../core/base/errors.ts';
import type { Finding } from '../../core/base/findings.ts';
import { failureInWords } from '../../core/base/text.ts';
import type { CommandOutput } from '../../core/gateway/check.ts';
import { type ServerAnswer, judgeServers, serverChecks, serversOf } from '../../core/gateway/server-checks.ts';
import type { PlannedVm } from '../../core/plan/model.ts';
import type { SshSession } from '../adapters/ssh/connect.ts';
import { type GatewayAccess, connectAnyGateway, connectGuest } from './gateway-access.ts';
import type { Services } from './services.ts';
import type { PlannedSite } from './site-input.ts';

export interface CheckedServers {
  readonly findings: readonly Finding[];
  /** A server that shows another host key: it says more than any finding. */
  readonly distrust: Failure | undefined;
}

interface AskedServer {
  readonly answer: ServerAnswer;
  readonly distrust?: Failure;
}

/** Connections at once. A server that is off takes seconds. */
const atOnce = 12;

/** ms for one command. */
const timeLimit = 30_000;

/** Asks everything of one server. What the connection does not answer is left out. */
async function ask(session: SshSession): Promise<Record<string, readonly CommandOutput[]>> {
  const answers: Record<string, readonly CommandOutput[]> = {};
  for (const { id, commands } of serverChecks) {
    const given: CommandOutput[] = [];
    for (const command of commands) {
      const ran = await session.run(command, { timeLimit });
      if (ran.ok) given.push({ code: ran.value.code ?? -1, stdout: ran.value.stdout });
    }
    answers[id] = given;
  }
  return answers;
}

async function askServer(
  services: Services,
  planned: PlannedSite,
  vm: PlannedVm,
  access: GatewayAccess,
  how: { readonly via: SshSession; readonly signal: AbortSignal },
): Promise<AskedServer> {
  const reached = await connectGuest(services, planned, access, vm, how);
  if (!reached.ok) {
    const { failure } = reached;
    const closed = failure.code === 'ssh.key-refused' ? 'no-login' : 'unreachable';
    const answer: ServerAnswer = { vm, closed, reason: failureInWords(services.text, failure).title };
    return failure.code === 'ssh.host-key-changed' ? { answer, distrust: failure } : { answer };
  }
  try {
    return { answer: { vm, outputs: await ask(reached.value) } };
  } finally {
    await reached.value.close();
  }
}

/**
 * Asks every server of the plan. Without a reachable gateway every server counts as unreachable. Fails with
 * `cancelled`, and with a distrust of the gateway's host key.
 */
export async function checkServers(
  services: Services,
  planned: PlannedSite,
  access: GatewayAccess,
  signal: AbortSignal,
): Promise<Result<CheckedServers>> {
  const servers = serversOf(planned.plan);
  if (servers.length === 0) return ok({ findings: [], distrust: undefined });
  const gateway = await connectAnyGateway(services, planned, access, signal);
  if (!gateway.ok) {
    const { failure } = gateway;
    if (failure.kind === 'trust' || failure.kind === 'cancelled') return gateway;
    const reason = failureInWords(services.text, failure).title;
    const answers = servers.map((vm): ServerAnswer => ({ vm, closed: 'unreachable', reason }));
    return ok({ findings: judgeServers(answers), distrust: undefined });
  }
  try {
    const asked = new Map<string, AskedServer>();
    const queue = [...servers];
    const lane = async (): Promise<void> => {
      for (let vm = queue.shift(); vm !== undefined; vm = queue.shift()) {
        asked.set(vm.name, await askServer(services, planned, vm, access, { via: gateway.value, signal }));
      }
    };
    await Promise.all(Array.from({ length: atOnce }, lane));
    const inOrder = servers.flatMap(({ name }) => asked.get(name) ?? []);
    return ok({
      findings: judgeServers(inOrder.map(({ answer }) => answer)),
      distrust: inOrder.find(({ distrust }) => distrust !== undefined)?.distrust,
    });
  } finally {
    await gateway.value.close();
  }
}
