import { readTree, vmArgument } from './entities.ts';
import { morefOf, readVm } from './read-vms.ts';
import type { Session } from './session.ts';
import type { CallOptions, VmRef } from './types.ts';
import { changeVerified } from './verified-change.ts';

async function switchTo(
  session: Session,
  ref: VmRef,
  state: 'poweredOn' | 'poweredOff',
  options: CallOptions,
): Promise<void> {
  const tree = readTree(session, options);
  const moref = morefOf(ref, await tree);
  const look = async (): Promise<true | undefined> => {
    const vm = await readVm(session, moref, tree, options);
    return vm.powerState === state ? true : undefined;
  };
  if (await look()) return;
  const flag = state === 'poweredOn' ? '-on' : '-off';
  const args = ['vm.power', '-xml', flag, vmArgument({ type: 'VirtualMachine', value: moref })];
  const limits = { signal: options.signal, limitMs: session.limits.change };
  await changeVerified(`the VM is not ${state}`, () => session.command(args, limits), look);
}

export function powerOn(session: Session, ref: VmRef, options: CallOptions): Promise<void> {
  return switchTo(session, ref, 'poweredOn', options);
}

export function powerOff(session: Session, ref: VmRef, options: CallOptions): Promise<void> {
  return switchTo(session, ref, 'poweredOff', options);
}

export async function shutdownGuest(session: Session, ref: VmRef, options: CallOptions): Promise<void> {
  const moref = morefOf(ref, await readTree(session, options));
  const args = ['vm.power', '-xml', '-s', vmArgument({ type: 'VirtualMachine', value: moref })];
  await session.command(args, { signal: options.signal, limitMs: session.limits.change });
}
