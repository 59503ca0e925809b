/** `handover open`: ALE's side. Prints the document, or the peers that the NOC adds. */
import { decodeText } from '../../core/base/decode-text.ts';
import { confirmationCode } from '../../core/handover/confirmation-code.ts';
import { wireguardPeers } from '../../core/handover/wireguard-config.ts';
import { openBundle } from '../adapters/handover/age-bundle.ts';
import { readInput } from '../system/files/inputs.ts';
import { sha256 } from '../runner/site-input.ts';
import type { Flag } from './command.ts';
import { type CommandContext, print, report, say, tell } from './context.ts';

export const flags = ({ needed, one }: Flag) => [
  needed('--identity <file>', 'identity'),
  one('--format <format>', 'format').choices(['json', 'wireguard']).default('json'),
];

export async function run(
  context: CommandContext,
  bundleFile: string,
  { identity, format }: { readonly identity: string; readonly format: 'json' | 'wireguard' },
): Promise<number> {
  const [bytes, identityText] = [
    await readInput(bundleFile, 'document', { typed: true, signal: context.signal }),
    await readInput(identity, 'secret', { typed: true, signal: context.signal }),
  ];
  if (!bytes.ok) return report(context, bytes.failure);
  if (!identityText.ok) return report(context, identityText.failure);
  const opened = await openBundle(bytes.value, decodeText(identityText.value) ?? '');
  if (!opened.ok) return report(context, opened.failure);
  if (!context.json) tell(context.text('cli.code', { code: confirmationCode(sha256(bytes.value)) }));
  if (context.json && format === 'wireguard') {
    print(context, { peers: wireguardPeers(opened.value.bundle) }, () => undefined);
    return 0;
  }
  say((format === 'wireguard' ? wireguardPeers(opened.value.bundle) : opened.value.json).trimEnd());
  return 0;
}
