/**
 * The programs with which the product applies files, answered by a simulated guest. See
 * main/gateways/gateway-script.ts.
 */
import type { FileState } from '../../../core/gateway/file-verdict.ts';
import { applyScript } from '../../gateways/apply-script.ts';
import {
  confirmScript,
  greeting,
  lookScript,
  recordScript,
  rollbackScript,
  stateFolder,
} from '../../gateways/gateway-script.ts';
import { type Guest, type GuestDisk, type Transaction, sha256Of, stateOf, unitOf } from './guest.ts';
import { shellCommands } from './shell-words.ts';

type Lines = readonly string[];

/** A service that starts, or reads its files again. */
function startUnit(disk: GuestDisk, unit: string): void {
  disk.units[unit] = { active: true, enabled: true };
  if (unit === 'nftables.service') disk.rules = loadedRules(disk);
}

/** The rule set of the file, as the kernel would print it: without comments and the commands around it. */
export const loadedRules = ({ files }: GuestDisk): string =>
  (files['/etc/nftables.conf']?.content ?? '')
    .split('\n')
    .filter((line) => !/^\s*#|^flush ruleset$|^\s*$/.test(line))
    .join('\n');

function restore(disk: GuestDisk, { files, units }: Transaction): void {
  for (const { path, before } of files) {
    if (before === undefined) delete disk.files[path];
    else disk.files[path] = before;
  }
  for (const { unit, before } of units) {
    if (before.active) startUnit(disk, unit);
    disk.units[unit] = before;
  }
}

function rollBack(disk: GuestDisk, id: string): Lines {
  const { transaction } = disk;
  if (transaction?.id !== id) return ['gone'];
  restore(disk, transaction);
  delete disk.transaction;
  disk.rolledBack = id;
  return ['rolled-back'];
}

/** Restores the old files once nobody has confirmed in time, and starts units. Returns whether anything was due. */
export function runTimers({ disk }: Guest, now: number): boolean {
  const { transaction, timers = {} } = disk;
  const due = Object.entries(timers).filter(([, { at }]) => now >= at);
  for (const [name, { unit }] of due) {
    disk.units[unit] = { ...unitOf(disk, unit), active: true };
    delete timers[name];
  }
  if (transaction === undefined || now < transaction.deadline) return due.length > 0;
  rollBack(disk, transaction.id);
  return true;
}

function look({ disk }: Guest, values: readonly string[], now: number): Lines {
  const paths = values.slice(values.indexOf('--') + 1);
  const { transaction, record, rolledBack } = disk;
  return [
    'uid 0',
    `time ${Math.floor(now / 1000)}`,
    ...(transaction === undefined ? [] : [`pending ${transaction.id}`, 'activated']),
    ...record.split('\n').flatMap((line) => (line === '' ? [] : [`recorded ${line}`])),
    ...(rolledBack === undefined ? [] : [`rolled-back ${rolledBack}`]),
    ...paths.map((path) => `found ${stateOf(disk.files[path])}`),
  ];
}

function confirm({ disk }: Guest, id: string): Lines {
  if (disk.transaction?.id === id) {
    disk.record = disk.transaction.record;
    disk.confirmed = id;
    delete disk.transaction;
    delete disk.rolledBack;
    return ['confirmed'];
  }
  if (disk.rolledBack === id) return ['rolled-back'];
  return [disk.confirmed === id ? 'confirmed' : 'gone'];
}

function keepRecord({ disk }: Guest, digest: string, input: Buffer): Lines {
  if (disk.transaction !== undefined) return [`failed changed ${stateFolder}`];
  const record = input.toString('utf8');
  if (sha256Of(record) !== digest) return ['failed transfer'];
  disk.record = record;
  return ['recorded'];
}

const modeOf = (state: FileState): string => state.split(':')[2] ?? '';

interface NewFile {
  readonly path: string;
  readonly old: FileState;
  readonly planned: FileState;
  readonly content: string;
}

function newFiles(program: readonly string[][], contents: Buffer): NewFile[] {
  return program
    .filter(([word]) => word === 'file')
    .map(([, old = '', planned = '', , offset = '', length = '', path = '']) => ({
      path,
      old,
      planned,
      content: contents.subarray(Number(offset), Number(offset) + Number(length)).toString('utf8'),
    }));
}

/** No parser runs: a simulated guest has none. */
function apply({ disk }: Guest, values: readonly string[], input: Buffer, now: number): Lines {
  const [digest = '', id = '', window = '', ...lengths] = values;
  if (sha256Of(input) !== digest) return ['failed transfer'];
  if (disk.transaction !== undefined) return [`failed changed ${stateFolder}`];
  const [programLength = 0, recordLength = 0, rollbackLength = 0] = lengths.map(Number);
  const program = shellCommands(input.toString('utf8', 0, programLength));
  if (program === undefined) return ['failed transfer'];
  const files = newFiles(program, input.subarray(programLength + recordLength + rollbackLength));
  for (const { path, old, planned, content } of files) {
    if (stateOf(disk.files[path]) !== old) return [`failed changed ${path}`];
    if (stateOf({ content, mode: modeOf(planned) }) !== planned) return [`failed not-written ${path}`];
  }
  const services = program.filter(([word]) => word === 'service');
  disk.transaction = {
    id,
    deadline: now + Number(window) * 1000,
    files: files.map(({ path }) => ({ path, before: disk.files[path] })),
    units: services.map(([, unit = '']) => ({ unit, before: unitOf(disk, unit) })),
    record: input.toString('utf8', programLength, programLength + recordLength),
  };
  for (const { path, planned, content } of files) disk.files[path] = { content, mode: modeOf(planned) };
  const restarted = services.map(([, unit = '', action = '']) => {
    const said = unitOf(disk, unit).active ? action : 'restart';
    startUnit(disk, unit);
    return `restarted ${said} ${unit}`;
  });
  return [...files.map(({ path }) => `wrote ${path}`), ...restarted, 'applied'];
}

/** One of the programs with its arguments, to be given its standard input; undefined for any other command. */
export function applyProgram(
  argv: readonly string[],
): ((guest: Guest, input: Buffer, now: number) => string) | undefined {
  const [shell, option, script, name, ...values] = argv;
  if (shell !== '/bin/sh' || option !== '-c' || name !== 'rainbow-edge') return undefined;
  const [first = ''] = values;
  const programs: Readonly<Record<string, (guest: Guest, input: Buffer, now: number) => Lines>> = {
    [lookScript]: (guest, _, now) => look(guest, values, now),
    [applyScript]: (guest, input, now) => apply(guest, values, input, now),
    [confirmScript]: (guest) => confirm(guest, first),
    [rollbackScript]: ({ disk }) => rollBack(disk, first),
    [recordScript]: (guest, input) => keepRecord(guest, first, input),
  };
  const program = programs[script ?? ''];
  if (program === undefined) return undefined;
  return (guest, input, now) => [greeting, ...program(guest, input, now), 'end', ''].join('\n');
}
