/** The health of the gateways: every question over one connection for each of them, judged in core. */
import { type Failure, type Result, ok } from '../../core/base/errors.ts';
import type { Finding } from '../../core/base/findings.ts';
import { failureInWords } from '../../core/base/text.ts';
import { type CommandOutput, type Question, judgeGateways, questions } from '../../core/gateway/check.ts';
import { gatewayChecks } from '../../core/gateway/checks.ts';
import type { GatewayFile } from '../../core/gateway/file.ts';
import { gatewaysOf } from '../../core/gateway/view.ts';
import type { PlannedVm } from '../../core/plan/model.ts';
import type { SshSession } from '../adapters/ssh/connect.ts';
import { type GatewayAccess, connectGuest } from './gateway-access.ts';
import { lookAtGateway } from './gateway-look.ts';
import { plannedFiles } from './gateway-material.ts';
import type { Services } from './services.ts';
import type { PlannedSite } from './site-input.ts';

export interface CheckedGateways {
  readonly findings: readonly Finding[];
  /** A gateway that shows another host key: it says more than any finding. */
  readonly distrust: Failure | undefined;
}

type Outputs = Readonly<Record<string, readonly CommandOutput[]>>;

interface AskedGateway {
  readonly vm: PlannedVm;
  readonly reached: Result<SshSession>;
  readonly files: Result<readonly GatewayFile[] | undefined>;
}

/** ms: a row may ping every server of the plan. */
const timeLimit = 120_000;

/**
 * Asks everything of one gateway, one question after the other: a question must not find the sockets of another. What
 * the connection does not answer is left out.
 */
async function ask(session: SshSession, asked: readonly Question[]): Promise<Outputs> {
  const answers: Record<string, CommandOutput[]> = {};
  // Two rows may ask the same: it is asked once.
  const known = new Map<string, CommandOutput>();
  const answer = async (command: readonly string[]): Promise<CommandOutput | undefined> => {
    const key = JSON.stringify(command);
    const before = known.get(key);
    if (before !== undefined) return before;
    const ran = await session.run(command, { timeLimit });
    if (!ran.ok) return undefined;
    const output = { code: ran.value.code ?? -1, stdout: ran.value.stdout };
    known.set(key, output);
    return output;
  };
  for (const { check, commands } of asked) {
    const given: CommandOutput[] = [];
    for (const command of commands) {
      const output = await answer(command);
      if (output !== undefined) given.push(output);
    }
    answers[check] = given;
  }
  return answers;
}

/** The row of a gateway that could not be asked. */
const loginFinding = (services: Services, { name }: PlannedVm, reason: Failure): Finding => ({
  rule: 'gateway.login',
  status: 'fail',
  step: 'handover',
  path: '',
  params: { vm: name, reason: failureInWords(services.text, reason).title },
});

/** Asks every gateway that can be reached; fails as the secret store and `gatewayFiles` do. */
export async function checkGateways(
  services: Services,
  planned: PlannedSite,
  access: GatewayAccess,
  signal: AbortSignal,
): Promise<Result<CheckedGateways>> {
  const { site, plan } = planned;
  const open = async (vm: PlannedVm): Promise<AskedGateway> => {
    const reached = await connectGuest(services, planned, access, vm, { signal });
    if (!reached.ok) return { vm, reached, files: ok(undefined) };
    const look = await lookAtGateway(reached.value, vm);
    // Without its NICs the files cannot be made: that row stays open, the others are asked.
    const files = look.ok ? await plannedFiles(services, planned, vm, access, look.value) : ok(undefined);
    return { vm, reached, files };
  };
  const gateways = await Promise.all(gatewaysOf(plan).map(open));
  try {
    const files: Record<string, readonly GatewayFile[]> = {};
    for (const one of gateways) {
      if (!one.files.ok) return one.files;
      if (one.files.value !== undefined) files[one.vm.name] = one.files.value;
    }
    const context = { site, plan, reach: access.catalogue.noc?.reach ?? [], files };
    const all = questions(gatewayChecks, context);
    const answers: Record<string, Outputs> = {};
    await Promise.all(
      gateways.map(async ({ vm: { name }, reached }) => {
        if (reached.ok)
          answers[name] = await ask(
            reached.value,
            all.filter(({ vm }) => vm === name),
          );
      }),
    );
    const closed = gateways.flatMap(({ vm, reached }) => (reached.ok ? [] : [{ vm, reason: reached.failure }]));
    return ok({
      findings: [
        ...closed.map(({ vm, reason }) => loginFinding(services, vm, reason)),
        ...judgeGateways(gatewayChecks, context, answers),
      ],
      distrust: closed.find(({ reason }) => reason.kind === 'trust')?.reason,
    });
  } finally {
    await Promise.all(gateways.map(async ({ reached }) => (reached.ok ? reached.value.close() : undefined)));
  }
}
