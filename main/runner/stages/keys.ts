/** WireGuard keys of the gateways: made once, kept in the secret store, and the public half in the marks of the VMs. */
import { gatewaysOf } from '../../../core/gateway/view.ts';
import { ensureGatewayKeys } from '../../adapters/wireguard/gateway-keys.ts';
import { checkRecordedKeys } from '../../adapters/wireguard/recorded-keys.ts';
import { isHandedOver, noteMachines, renewMarks, wireguardKeyOf } from '../site-machines.ts';
import { done, endOf, readMachines, type StageWork } from './stage.ts';

export const keys: StageWork = async (run) => {
  const { services, planned, signal, facts } = run;
  const vms = gatewaysOf(planned.plan);
  const machines = await readMachines(run);
  if (facts.sealedAt !== undefined || isHandedOver(machines, planned.plan)) return done;
  const recorded = vms.map((vm) => ({ vm: vm.name, publicKey: wireguardKeyOf(machines, vm) }));
  const known = await checkRecordedKeys(services.secrets, recorded);
  if (!known.ok) return endOf(known);
  const made = await ensureGatewayKeys(
    services.secrets,
    vms.map(({ name }) => name),
    signal,
  );
  if (!made.ok) return endOf(made);
  const unmarked = made.value.filter(
    ({ vm, publicKey }) => machines.machineOf({ name: vm })?.owner?.wireguardKey !== publicKey,
  );
  if (unmarked.length === 0) return done;
  const notes = unmarked.map(({ vm, publicKey }) => [vm, { wireguardKey: publicKey }]);
  const noted = await noteMachines(services, planned, machines, Object.fromEntries(notes));
  if (!noted.ok) return endOf(noted);
  await renewMarks(services, planned, await run.endpoints(), signal);
  return done;
};
