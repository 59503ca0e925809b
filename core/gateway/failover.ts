/**
 * The measured failover of a VIP as a finding. Source: RFC 5798: a gateway that fails is noticed after three missing
 * adverts.
 */
import type { Finding, Observation } from '../base/findings.ts';

/** More seconds than this are a warning: sessions of users end. */
const slowSeconds = 10;

/** `notReady`: why nothing was stopped. Without `seconds` the other gateway did not take the VIP in time. */
export type Failover = {
  readonly vip: string;
  readonly address: string;
} & (
  | { readonly notReady: 'holder' | 'other' }
  | {
      readonly from: string;
      readonly to: string;
      readonly seconds: number | undefined;
      /** The tunnel of the gateway that took the VIP. */
      readonly tunnel: boolean;
      /** The service runs again on the first gateway, which has its VIP back. */
      readonly restored: boolean;
    }
);

function observe(failover: Failover, limit: number): Observation[] {
  const { vip, address } = failover;
  if ('notReady' in failover) {
    return [{ variant: failover.notReady === 'holder' ? 'no-holder' : 'no-other', params: { vip, address } }];
  }
  const { from, to, seconds, tunnel, restored } = failover;
  const params = { vip, address, from, to, seconds: Math.round((seconds ?? limit) * 10) / 10, limit: slowSeconds };
  const measured: Observation =
    seconds === undefined
      ? { variant: 'not-taken', params }
      : tunnel
        ? { status: seconds > slowSeconds ? 'warn' : 'pass', params }
        : { variant: 'no-tunnel', params };
  return restored ? [measured] : [measured, { variant: 'not-back', params }];
}

/** One row for each VIP. `limit`: the seconds that were waited for. */
export const judgeFailover = (failovers: readonly Failover[], limit: number): Finding[] =>
  failovers
    .flatMap((one) => observe(one, limit))
    .map(({ status = 'fail', variant, params = {} }) => ({
      rule: 'gateway.failover',
      step: 'handover',
      path: '',
      status,
      params,
      ...(variant === undefined ? {} : { variant }),
    }));
