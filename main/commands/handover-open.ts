/** `handover open`: ALE's side. Prints the document, or sections for the NOC's WireGuard or SSH configuration. */
import { decodeText } from '../../core/base/decode-text.ts';
import type { HandoverBundle } from '../../core/handover/bundle.ts';
import { confirmationCode } from '../../core/handover/confirmation-code.ts';
import { sshConfig } from '../../core/handover/ssh-config.ts';
import { wireguardPeers } from '../../core/handover/wireguard-config.ts';
import { openBundle } from '../adapters/handover/age-bundle.ts';
import { readInput } from '../system/files/inputs.ts';
import { sha256 } from '../runner/site-input.ts';
import type { Flag } from './command.ts';
import { type CommandContext, print, report, say, tell } from './context.ts';

/** The formats besides the document: the name in JSON, and the text. */
const configurations = {
  wireguard: ['peers', (bundle: HandoverBundle) => wireguardPeers(bundle)],
  'ssh-config': ['sshConfig', sshConfig],
} as const;

export const flags = ({ needed, one }: Flag) => [
  needed('--identity <file>', 'identity'),
  one('--format <format>', 'format').choices(['json', 'wireguard', 'ssh-config']).default('json'),
];

export async function run(
  context: CommandContext,
  bundleFile: string,
  { identity, format }: { readonly identity: string; readonly format: 'json' | keyof typeof configurations },
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
  if (format === 'json') {
    say(opened.value.json.trimEnd());
    return 0;
  }
  const [name, configuration] = configurations[format];
  const words = configuration(opened.value.bundle);
  print(context, { [name]: words }, () => say(words.trimEnd()));
  return 0;
}
