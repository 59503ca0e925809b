/** A separate home and unlocked keyring for end-to-end tests: the user's own are neither read nor written. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** The daemon's input is the keyring's password; it ends with the session's bus. */
const script =
  'gnome-keyring-daemon --foreground --unlock --components=secrets <"$HOME/keyring-password" >/dev/null 2>&1 & exec "$0" "$@"';

/**
 * Calls `use` with the command line and environment that run `command` in such a session, then removes the home.
 * On macOS and Windows the command runs unchanged.
 */
export async function inKeyringSession([command, ...args], use) {
  if (process.platform !== 'linux') return use(command, args, {});
  const home = mkdtempSync(join(tmpdir(), 'edge-e2e-home-'));
  try {
    mkdirSync(join(home, 'run'), { mode: 0o700 });
    writeFileSync(join(home, 'keyring-password'), 'a keyring for tests', { mode: 0o600 });
    const env = { HOME: home, XDG_RUNTIME_DIR: join(home, 'run'), XDG_DATA_HOME: join(home, 'data') };
    return await use('dbus-run-session', ['--', 'sh', '-c', script, command, ...args], env);
  } finally {
    rmSync(home, { recursive: true, force: true, maxRetries: 3 });
  }
}
