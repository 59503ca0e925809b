/** Maps error texts of the three keychains to failures. */
import { type Failure, failure } from '../../../core/base/errors.ts';

/**
 * First match wins. Seen with libsecret 0.20 and gnome-keyring 42; macOS texts from SecCopyErrorMessageString; Windows
 * in English.
 */
const refusals: readonly (readonly [pattern: RegExp, code: string])[] = [
  [/locked|user interaction is not allowed|does not exist at path .*collection/i, 'secrets.keychain-locked'],
  [/denied|dismissed|cancel|not permitted|passphrase you entered is not correct/i, 'secrets.keychain-denied'],
  [
    /autolaunch|d-?bus|could not connect|not provided by any|serviceunknown|connection (is closed|refused)|no such (file|logon session)|logon session does not exist|no keychain is available/i,
    'secrets.keychain-unreachable',
  ],
];

/**
 * The failure for an error of the keychain. Its text goes along, one line of at most 160 characters; it never holds the
 * value.
 */
export function keychainFailure(error: unknown): Failure {
  const message = error instanceof Error ? error.message : String(error);
  const reason = message.replace(/\s+/g, ' ').slice(0, 160);
  const code = refusals.find(([pattern]) => pattern.test(message))?.[1] ?? 'secrets.keychain-failed';
  return failure('operation', code, { reason });
}
