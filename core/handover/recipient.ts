/** Whether a text is an age recipient: the Bech32 form of an X25519 public key. Source: the age specification, C2SP. */
import { bech32 } from '@scure/base';

/** Checks length, letters and checksum, so that a single wrong letter is refused. */
export function isRecipient(text: string): boolean {
  const decoded = bech32.decodeUnsafe(text);
  return text.startsWith('age1') && decoded?.prefix === 'age' && bech32.fromWordsUnsafe(decoded.words)?.length === 32;
}
