/** Arguments that the window accepts: one site file, and switches that only affect drawing. */
import { fail, failure, ok, type Result } from '../../core/base/errors.ts';

/**
 * An allow list: Chromium, Node and Electron know hundreds of switches, and new ones come with each release. These help
 * on remote desktops and high-resolution screens.
 */
const harmless: readonly string[] = [
  'disable-gpu',
  'force-device-scale-factor',
  'ozone-platform',
  'ozone-platform-hint',
];

/** Switches that Playwright needs. */
const forDevTools: readonly string[] = ['inspect', 'remote-debugging-port'];

export interface StartArguments {
  readonly site: string | undefined;
}

/**
 * Parses arguments as Chromium does: blanks around an argument are ignored, one dash equals
 * two, and on Windows a slash does too. Fails with `common.start-option` and `common.start-sites`.
 * Source: base/command_line.cc of Chromium.
 */
export function readStartArguments(
  given: readonly string[],
  { platform, forTests }: { readonly platform: NodeJS.Platform; readonly forTests: boolean },
): Result<StartArguments> {
  const allowed = forTests ? [...harmless, ...forDevTools] : harmless;
  const switchStart = platform === 'win32' ? /^(?:--?|\/)/ : /^--?/;
  const words = given.map((word) => word.trim()).filter((word) => word !== '');
  const refused = words.find((word) => switchStart.test(word) && !allowed.includes(nameOf(word, switchStart)));
  if (refused !== undefined) {
    const list = harmless.map((name) => `--${name}`).join(', ');
    return fail(failure('input', 'common.start-option', { option: refused, allowed: list }));
  }
  const sites = words.filter((word) => !switchStart.test(word));
  if (sites.length > 1) return fail(failure('input', 'common.start-sites', { paths: sites.join(', ') }));
  return ok({ site: sites[0] });
}

const nameOf = (word: string, start: RegExp): string => word.replace(start, '').replace(/=.*$/s, '');
