/** What the window may be started with: one site file, and switches that change no more than how it is drawn. */
import { fail, failure, ok, type Result } from '../../core/base/errors.ts';

/**
 * An allow list: Chromium, Node and Electron know hundreds of switches, and new ones come with each release. These help on
 * remote desktops and high-resolution screens.
 */
const harmless: readonly string[] = [
  'disable-gpu',
  'force-device-scale-factor',
  'ozone-platform',
  'ozone-platform-hint',
];

/** Playwright drives the window by these. */
const forDevTools: readonly string[] = ['inspect', 'remote-debugging-port'];

export interface StartArguments {
  readonly site: string | undefined;
}

/**
 * Reads what follows the program's name, as Chromium does: blanks around an argument do not count, one dash is as good as
 * two, and on Windows so is a slash. Fails with `common.start-option` and `common.start-sites`.
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
