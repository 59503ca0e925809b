/** The name of an error that the operating system gave. */

/** Errors that Node leaves unnamed ("Unknown system error -122"), by their numbers on Linux and on macOS. */
const unnamed: Readonly<Record<string, string>> = {
  '122': 'EDQUOT',
  '69': 'EDQUOT',
  '116': 'ESTALE',
  '70': 'ESTALE',
  '117': 'EUCLEAN',
  '123': 'ENOMEDIUM',
};

/** The system's code (`ENOSPC`) of an error that the system gave; undefined for anything else. */
export function systemErrorCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return undefined;
  if (/^E[A-Z0-9]+$/.test(error.code)) return error.code;
  const number = /^Unknown system error -(\d+)$/.exec(error.code)?.[1];
  return number === undefined ? undefined : (unnamed[number] ?? `ERRNO${number}`);
}
