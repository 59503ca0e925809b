/** WireGuard keys of the gateways: made once, kept in the secret store. */
import { gatewaysOf } from '../../../core/gateway/view.ts';
import { ensureGatewayKeys } from '../../adapters/wireguard/gateway-keys.ts';
import { checkRecordedKeys } from '../../adapters/wireguard/recorded-keys.ts';
import { isHandedOver, wireguardKeyOf } from '../site-machines.ts';
import { done, endOf, readMachines, type StageWork } from './stage.ts';

export const keys: StageWork = async (run) => {
  const { services, planned, signal, facts } = run;
  const vms = gatewaysOf(planned.plan);
  // A machine that this run made has no key yet: the inventory before the deployment is enough.
  const machines = await readMachines(run, facts.endpoints);
  if (facts.sealedAt !== undefined || isHandedOver(machines, planned.plan)) return done;
  const recorded = vms.map((vm) => ({ vm: vm.name, publicKey: wireguardKeyOf(machines, vm) }));
  const known = await checkRecordedKeys(services.secrets, recorded);
  if (!known.ok) return endOf(known);
  const names = vms.map(({ name }) => name);
  return endOf(await ensureGatewayKeys(services.secrets, names, signal));
};
