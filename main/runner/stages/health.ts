/** The health of the gateways. With ALE's answer, a young handshake on each of them confirms the tunnel. */
import { checkGateways } from '../check-gateways.ts';
import { checkServers } from '../check-servers.ts';
import { openAccess } from '../gateway-access.ts';
import { isHandedOver, noteMachines, renewMarks } from '../site-machines.ts';
import { done, readMachines, type StageWork } from './stage.ts';

export const health: StageWork = async (run) => {
  const { services, planned, emit, signal, facts } = run;
  const machines = await readMachines(run);
  // After the seal nothing can be asked.
  if (facts.sealedAt !== undefined) return done;
  const access = await openAccess(services, planned, machines, signal);
  if (!access.ok) return { failure: access.failure };
  const checked = await checkGateways(services, planned, access.value, signal);
  if (!checked.ok) return { failure: checked.failure };
  const servers = await checkServers(services, planned, access.value, signal);
  if (!servers.ok) return { failure: servers.failure };
  const findings = [...checked.value.findings, ...servers.value.findings];
  const distrust = checked.value.distrust ?? servers.value.distrust;
  emit({ kind: 'findings', stage: 'health', findings });
  if (distrust !== undefined) return { failure: distrust };
  if (isHandedOver(machines, planned.plan)) return done;
  const ofTunnel = findings.filter(({ rule }) => rule === 'gateway.handshake');
  const isUp = ofTunnel.length > 0 && ofTunnel.every(({ status }) => status === 'pass');
  const isAsked = !findings.some(({ rule }) => rule === 'gateway.login');
  if (!isUp || !isAsked) return { outcome: 'waiting', waitingFor: 'tunnel' };
  const confirmedAt = services.now().toISOString();
  const notes = planned.plan.vms.map(({ name }) => [name, { stage: 'handed-over' as const }]);
  const noted = await noteMachines(services, planned, machines, Object.fromEntries(notes), { confirmedAt });
  if (!noted.ok) return { failure: noted.failure };
  emit({ kind: 'tunnel-confirmed' });
  await renewMarks(services, planned, await run.endpoints(), signal);
  return done;
};
