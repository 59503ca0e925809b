import { FailureSignal, failure } from '../base/errors.ts';
import type { FailureKind, MessageParams } from '../base/errors.ts';
import { printableAscii } from '../base/printable.ts';

/** The position of a refusal: the member of the archive, and the byte of the OVA or of its text. */
export interface FilePosition {
  readonly member: string;
  readonly byte: number;
}

/**
 * Ends the reading of a file with failure `media.<rule>`. Only the parsers use it; the public functions turn it into a
 * result. A wrong structure is kind `input`, a wrong hash or signature is kind `trust`. Texts of the file are made
 * printable and short.
 */
export function refuse(
  rule: string,
  position: FilePosition,
  params: MessageParams = {},
  kind: FailureKind = 'input',
): never {
  const shown = Object.entries({ member: position.member, byte: position.byte, ...params }).map(
    ([name, value]) => [name, typeof value === 'string' ? printableAscii(value, 80) : value] as const,
  );
  throw new FailureSignal(failure(kind, `media.${rule}`, Object.fromEntries(shown)));
}
