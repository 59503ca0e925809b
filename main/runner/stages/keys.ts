/** WireGuard keys of the gateways: made once, kept in the secret store. */
import { ensureGatewayKeys } from '../../adapters/wireguard/gateway-keys.ts';
import { endOf, type StageWork } from './stage.ts';

export const keys: StageWork = async ({ services, planned, signal }) => {
  const gateways = planned.plan.vms.filter(({ component }) => component === 'edge-gw').map(({ name }) => name);
  return endOf(await ensureGatewayKeys(services.secrets, gateways, signal));
};
