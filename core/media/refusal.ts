import { FailureSignal, failure } from '../base/errors.ts';
import type { FailureKind, MessageParams } from '../base/errors.ts';
import { printableAscii } from '../base/printable.ts';

/** Where a rule was broken: which member of the archive, and at which byte (of the OVA, or of the text in it). */
export interface Place {
  readonly member: string;
  readonly byte: number;
}

/**
 * Ends the reading of a file with failure `media.<rule>`. Used inside the parsers only; the public functions turn it
 * into a result. Structure is kind `input`; what does not fit its hash or signature is kind `trust`. Texts come from
 * the file and may hold anything: they are made printable and short here, so that no caller has to think of it.
 */
export function refuse(rule: string, place: Place, params: MessageParams = {}, kind: FailureKind = 'input'): never {
  const shown = Object.entries({ member: place.member, byte: place.byte, ...params }).map(
    ([name, value]) => [name, typeof value === 'string' ? printableAscii(value, 80) : value] as const,
  );
  throw new FailureSignal(failure(kind, `media.${rule}`, Object.fromEntries(shown)));
}
