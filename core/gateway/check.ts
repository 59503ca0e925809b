/** A health check is a row: its commands, and a pure function over their output. */
import type { Finding } from '../base/findings.ts';
import type { Plan, PlannedVm } from '../plan/model.ts';
import type { Observation } from '../base/findings.ts';
import type { Site } from '../site/schema.ts';
import type { GatewayFile } from './file.ts';
import { gatewaysOf } from './view.ts';

/** The inputs of the checks beside the output. */
export interface CheckContext {
  readonly site: Site;
  readonly plan: Plan;
  /** `noc.reach` of the signed catalogue. */
  readonly reach: readonly string[];
  /** The planned files of each gateway, by VM name; missing if their inputs are incomplete. */
  readonly files: Readonly<Record<string, readonly GatewayFile[]>>;
}

/** The result of a command on a gateway. */
export interface CommandOutput {
  readonly code: number;
  readonly stdout: string;
}

/** The outputs of one row's commands on one gateway, in the order of the commands. */
export interface VmAnswer {
  readonly vm: PlannedVm;
  readonly outputs: readonly CommandOutput[];
}

export interface GatewayCheck {
  /** Also its key in `gateway.json`. */
  readonly id: `gateway.${string}`;
  readonly applies?: (context: CheckContext) => boolean;
  readonly commands: (context: CheckContext, vm: PlannedVm) => readonly (readonly string[])[];
  /** No observations: the check passes. `answers` holds the gateways that answered, at least one. */
  readonly judge: (context: CheckContext, answers: readonly VmAnswer[]) => readonly Observation[];
}

/** Outputs by VM name and check. An unreachable gateway has none. */
export type Answers = Readonly<Record<string, Readonly<Record<string, readonly CommandOutput[]>>>>;

export interface Question {
  readonly vm: string;
  readonly check: string;
  readonly commands: readonly (readonly string[])[];
}

/** The commands to run on each gateway. */
export const questions = (checks: readonly GatewayCheck[], context: CheckContext): Question[] =>
  checks
    .filter(({ applies }) => applies?.(context) !== false)
    .flatMap((check) =>
      gatewaysOf(context.plan).map((vm) => ({ vm: vm.name, check: check.id, commands: check.commands(context, vm) })),
    );

/** Evaluates the outputs of the gateways that answered. A check whose commands ran on no gateway is pending. */
export function judgeGateways(checks: readonly GatewayCheck[], context: CheckContext, answers: Answers): Finding[] {
  return checks.flatMap((check): Finding[] => {
    const base = { rule: check.id, step: 'handover', path: '', params: {} } as const;
    if (check.applies?.(context) === false) return [{ ...base, status: 'skipped' }];
    const given = gatewaysOf(context.plan).flatMap((vm): VmAnswer[] => {
      const outputs = answers[vm.name]?.[check.id];
      const wanted = check.commands(context, vm).length;
      return outputs === undefined || outputs.length < wanted ? [] : [{ vm, outputs }];
    });
    if (given.length === 0) return [{ ...base, status: 'pending' }];
    const noticed = check.judge(context, given);
    if (noticed.length === 0) return [{ ...base, status: 'pass' }];
    return noticed.map(({ status = 'fail', path = '', params = {}, variant }) => ({
      ...base,
      status,
      path,
      params,
      ...(variant === undefined ? {} : { variant }),
    }));
  });
}

/** Makes a check function from a function over one gateway. */
export const perGateway =
  (
    look: (context: CheckContext, vm: PlannedVm, outputs: readonly CommandOutput[]) => readonly Observation[],
  ): GatewayCheck['judge'] =>
  (context, answers) =>
    answers.flatMap(({ vm, outputs }) => look(context, vm, outputs));

export const textOf = (outputs: readonly CommandOutput[], index = 0): string => outputs[index]?.stdout ?? '';
export const codeOf = (outputs: readonly CommandOutput[], index = 0): number => outputs[index]?.code ?? -1;
