/** The checks of the servers beside the gateways, as rows. Each server is asked over a connection through a gateway. */
import { z } from 'zod';
import type { Finding, Observation } from '../base/findings.ts';
import type { MessageParams } from '../base/errors.ts';
import { type Plan, type PlannedVm, bytesPerGb } from '../plan/model.ts';
import { type CommandOutput, textOf } from './check.ts';
import { diskKeyCommand, disksIn, keyFilesIn, lsblkCommand } from './disk-state.ts';

interface ServerCheck {
  /** Also its key in `gateway.json`. */
  readonly id: `gateway.server-${string}`;
  readonly commands: readonly (readonly string[])[];
  /** No observations: the check passes. */
  readonly judge: (vm: PlannedVm, outputs: readonly CommandOutput[]) => readonly Observation[];
}

const addressesShape = z.array(
  z.looseObject({ addr_info: z.array(z.looseObject({ local: z.string().optional() })).default([]) }),
);

function addressesIn(json: string): ReadonlySet<string> {
  try {
    const adapters = addressesShape.parse(JSON.parse(json));
    return new Set(adapters.flatMap(({ addr_info: all }) => all.flatMap(({ local }) => local ?? [])));
  } catch {
    return new Set();
  }
}

/** Planned sizes for which no disk was found. The largest planned disk takes the largest disk that is left. */
function missingSizes(planned: readonly number[], found: readonly number[]): number[] {
  const left = found.toSorted((a, b) => b - a);
  return planned
    .toSorted((a, b) => b - a)
    .filter((gb) => {
      const fits = (left[0] ?? 0) >= gb * bytesPerGb;
      if (fits) left.shift();
      return !fits;
    });
}

function judgeDisks(vm: PlannedVm, outputs: readonly CommandOutput[]): readonly Observation[] {
  const name = { vm: vm.name };
  const disks = disksIn(textOf(outputs));
  if (disks === undefined) return [{ variant: 'no-answer', params: name }];
  const missing = missingSizes(
    vm.disks.map(({ sizeGb }) => sizeGb),
    disks.map(({ bytes }) => bytes),
  );
  if (missing.length > 0) return [{ variant: 'missing', params: { ...name, sizes: missing.join(', ') } }];
  const data = disks.filter(({ system }) => !system);
  const open = data.filter(({ state }) => state === 'encrypted').length;
  const locked = data.filter(({ state }) => state === 'locked').length;
  // The first disk holds the system.
  const params = { ...name, planned: vm.disks.length - 1, found: open, locked };
  if (locked > 0) return [{ variant: 'locked', params }];
  if (open < params.planned) return [{ params }];
  const keys = keyFilesIn(textOf(outputs, 1));
  return keys.length === 0 ? [] : [{ status: 'warn', variant: 'key-file', params: { ...name, keys: keys.join(', ') } }];
}

export const serverChecks: readonly ServerCheck[] = [
  {
    id: 'gateway.server-address',
    commands: [['ip', '-j', 'address']],
    judge: (vm, outputs) => {
      const found = addressesIn(textOf(outputs));
      const planned = vm.nics.flatMap(({ addresses }) => addresses);
      const missing = planned.filter((address) => !found.has(address));
      return missing.length === 0 ? [] : [{ params: { vm: vm.name, addresses: missing.join(', ') } }];
    },
  },
  { id: 'gateway.server-disks', commands: [lsblkCommand, diskKeyCommand], judge: judgeDisks },
];

/** The servers that are asked: every VM of the plan but the gateways. */
export const serversOf = ({ vms }: Pick<Plan, 'vms'>): readonly PlannedVm[] =>
  vms.filter(({ component }) => component !== 'edge-gw');

/**
 * What became of a server. `no-login`: it answered and did not take our key; `closed`: it could not be reached, for
 * this reason in words.
 */
export type ServerAnswer =
  | { readonly vm: PlannedVm; readonly outputs: Readonly<Record<string, readonly CommandOutput[]>> }
  | { readonly vm: PlannedVm; readonly closed: 'no-login' | 'unreachable'; readonly reason: string };

/** One finding for each fault, or one that passes. A row that no server answered is pending. */
export function judgeServers(answers: readonly ServerAnswer[]): Finding[] {
  const base = { step: 'handover', path: '', params: {} } as const;
  const rowsOf = (rule: string, noticed: readonly Observation[]): Finding[] =>
    noticed.length === 0
      ? [{ ...base, rule, status: 'pass' }]
      : noticed.map(({ status = 'fail', params = {}, variant }) => ({
          ...base,
          rule,
          status,
          params,
          ...(variant === undefined ? {} : { variant }),
        }));
  if (answers.length === 0) return [];
  const login = answers.flatMap((one): Observation[] => {
    if (!('closed' in one)) return [];
    const params: MessageParams = { vm: one.vm.name, reason: one.reason };
    return [one.closed === 'no-login' ? { status: 'warn', variant: 'no-login', params } : { params }];
  });
  return [
    ...rowsOf('gateway.server-login', login),
    ...serverChecks.flatMap(({ id, commands, judge }) => {
      const given = answers.flatMap((one) => {
        const outputs = 'closed' in one ? undefined : one.outputs[id];
        return outputs === undefined || outputs.length < commands.length ? [] : [{ vm: one.vm, outputs }];
      });
      if (given.length === 0) return [{ ...base, rule: id, status: 'pending' } as const];
      return rowsOf(
        id,
        given.flatMap(({ vm, outputs }) => judge(vm, outputs)),
      );
    }),
  ];
}
