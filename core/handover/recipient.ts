/** Whether a text is an age recipient: the Bech32 form of an X25519 public key. Source: the age specification, C2SP. */
import { bech32 } from '@scure/base';

/** Length, letters and checksum are all checked, so that one wrong letter is seen where it was typed. */
export function isRecipient(text: string): boolean {
  const decoded = bech32.decodeUnsafe(text);
  return text.startsWith('age1') && decoded?.prefix === 'age' && bech32.fromWordsUnsafe(decoded.words)?.length === 32;
}
