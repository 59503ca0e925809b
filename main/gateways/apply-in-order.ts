/** The files of several gateways, one gateway after the other. */
import type { Failure, Result } from '../../core/base/errors.ts';
import { type ApplyOptions, type ApplyOutcome, applyFiles } from './apply-files.ts';

/** `untouched`: an earlier gateway failed, so this one still works as before. */
export type GatewayResult =
  | { readonly gateway: string; readonly result: Result<ApplyOutcome> }
  | { readonly gateway: string; readonly result: 'untouched'; readonly because: Failure };

/**
 * Applies in the given order: the slave first, then the master. The first failure ends it, so that a fault in the files
 * never reaches the gateway that carries the traffic.
 */
export async function applyInOrder(gateways: readonly ApplyOptions[]): Promise<readonly GatewayResult[]> {
  const results: GatewayResult[] = [];
  let because: Failure | undefined;
  for (const options of gateways) {
    const { gateway } = options;
    if (because !== undefined) {
      results.push({ gateway, result: 'untouched', because });
      continue;
    }
    const result = await applyFiles(options);
    results.push({ gateway, result });
    if (!result.ok) because = result.failure;
  }
  return results;
}
