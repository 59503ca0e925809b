/** `gateway rotate-keys`: new WireGuard keys for the gateways, without losing the tunnel. */
import { join, resolve } from 'node:path';
import { ok } from '../../core/base/errors.ts';
import { failureInWords } from '../../core/base/text.ts';
import { lockSite } from '../records/site-lock.ts';
import type { KeptRotation } from '../records/kept-rotation.ts';
import { withEndpoints } from '../runner/endpoints.ts';
import { renewMarks } from '../runner/site-machines.ts';
import { readSecretValue } from '../system/prompt.ts';
import { type RotatedGateway, rotateKeys } from '../runner/rotate-keys.ts';
import { deploymentFolder } from '../runner/site-input.ts';
import type { Flag } from './command.ts';
import { type CommandContext, paint, print, report, say } from './context.ts';
import { openGateways } from './open-gateways.ts';
import type { SiteOptions } from './open-site.ts';

interface RotateKeysOptions extends SiteOptions {
  readonly out?: string;
  readonly answer?: string;
  readonly code?: boolean;
}

export const flags = ({ one, trust }: Flag) => [
  one('--out <folder>', 'out'),
  one('--answer <file>', 'rotation-answer'),
  one('--code', 'answer-code'),
  trust(),
];

function reportWaiting(context: CommandContext, bundle: KeptRotation): number {
  const { bundleFile, textFile, sha256, confirmationCode } = bundle;
  const files = { bundlePath: bundleFile, textPath: textFile, sha256, confirmationCode };
  print(context, { outcome: 'waiting', waitingFor: 'ale-answer', ...files }, () => {
    say(`${paint('green', '✓')} ${bundleFile}`);
    say(`  ${textFile}`);
    say(context.text('cli.code', { code: confirmationCode }));
    say(`${paint('yellow', '…')} ${context.text('cli.gateway.rotation-waits')}`);
  });
  return 0;
}

function sayGateway({ text }: CommandContext, { gateway, status, seconds = 0 }: RotatedGateway): void {
  switch (status) {
    case 'rotated':
      return say(`${paint('green', '✓')} ${gateway}  ${text('cli.gateway.rotated', { seconds })}`);
    case 'already':
      return say(`${paint('green', '✓')} ${gateway}  ${text('cli.gateway.rotated-already')}`);
    case 'failed':
      return say(`${paint('red', '✗')} ${gateway}`);
    default:
      return say(`${paint('dim', '–')} ${gateway}  ${text('cli.gateway.untouched')}`);
  }
}

export async function run(context: CommandContext, file: string, options: RotateKeysOptions): Promise<number> {
  const opened = await openGateways(context, file, options);
  if (!opened.ok) return report(context, opened.failure);
  const { services, planned, access } = opened.value;
  const { out, answer, code } = options;
  const asked = () => readSecretValue(context.text('cli.answer-question'), 'answer', context.signal);
  const typed = code === true ? await asked() : ok(undefined);
  if (!typed.ok) return report(context, typed.failure);
  const unlock = await lockSite(services.stateDir, planned.site.site.name, services.warn);
  if (!unlock.ok) return report(context, unlock.failure);
  const rotated = await rotateKeys(services, planned, access, {
    // Beside the first bundle, which stays as it is.
    outDir: out === undefined ? join(deploymentFolder(planned), 'rotation') : resolve(out),
    answer: { file: answer === undefined ? undefined : resolve(answer), code: typed.value },
    signal: context.signal,
  });
  await unlock.value();
  if (!rotated.ok) return report(context, rotated.failure);
  if (rotated.value.outcome === 'waiting') return reportWaiting(context, rotated.value.bundle);
  const { gateways } = rotated.value;
  await withEndpoints(services, planned.site, (endpoints) => renewMarks(services, planned, endpoints, context.signal));
  const failed = gateways.find(({ failure }) => failure !== undefined)?.failure;
  const rows = gateways.map(({ failure, ...row }) => ({
    ...row,
    ...(failure === undefined ? {} : { error: failureInWords(context.text, failure) }),
  }));
  if (context.json && failed !== undefined) return report(context, failed, { gateways: rows });
  print(context, { outcome: 'done', gateways: rows }, () => {
    for (const one of gateways) sayGateway(context, one);
    if (failed === undefined) say(context.text('cli.gateway.rotated-all'));
  });
  return failed === undefined ? 0 : report(context, failed);
}
