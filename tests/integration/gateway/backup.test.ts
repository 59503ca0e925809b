/** The backup of a gateway against a real SFTP server: the pinned host key, a password or a key, and a path with hostile letters. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import { gatewayFiles } from '../../../core/gateway/files.ts';
import { fullSite, gatewayInputs } from '../../fixtures/gateway-samples.ts';
import { inPlace, missingFor, scratch, writeRoot } from './namespace.ts';

const missing = missingFor('openssh-server', 'openssh-client');
const place = scratch();
afterAll(() => place.remove());

const makeKey = (name: string): { path: string; fingerprint: string } => {
  const path = `${place.folder}/${name}`;
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', name, '-f', path]);
  const [, fingerprint = ''] = execFileSync('ssh-keygen', ['-l', '-f', path], { encoding: 'utf8' }).split(' ');
  return { path, fingerprint };
};

const folder = `it's "rain" bow*?\\`;

/** Starts sshd, installs the gateway's files, runs the backup twice, and lists what arrived. */
const script = `
mkdir -p /mnt/target && chmod 755 /mnt
cat >/mnt/sshd_config <<END
Port 2022
ListenAddress 127.0.0.1
HostKey $1
AuthorizedKeysFile $2
StrictModes no
Subsystem sftp internal-sftp
PidFile /mnt/sshd.pid
LogLevel VERBOSE
END
/usr/sbin/sshd -f /mnt/sshd_config -E /mnt/sshd.log
cp -a "$0"/etc/. /etc/ && cp -a "$0"/root/. /root/ && cp -a "$0"/usr/local/. /usr/local/
chown -R root:root /root/.ssh /etc/edge
/usr/local/sbin/edge-backup && /usr/local/sbin/edge-backup
echo "code $?"
kill "$(cat /mnt/sshd.pid)"
grep -c 'Accepted publickey' /mnt/sshd.log
grep -Ec 'Failed|Accepted|userauth' /mnt/sshd.log
find /mnt/target -type f -exec tar -tzf {} \\;
find /mnt/target -type f | wc -l
find /mnt/target -type d -name 'it*' -printf '%f\\n'
`;

describe.skipIf(missing.length > 0)('the backup of a gateway', () => {
  const host = makeKey('host');
  const login = makeKey('login');

  const run = (pinned: string) => {
    const backup = {
      type: 'sftp' as const,
      host: '127.0.0.1',
      port: 2022,
      path: `/mnt/target/${folder}`,
      location: 'Lyon',
      username: 'root',
      hostKey: pinned,
    };
    const [input] = gatewayInputs(fullSite({ backup }), { backupSecret: readFileSync(login.path, 'utf8') });
    const made = input === undefined ? undefined : gatewayFiles(input);
    if (made?.ok !== true) throw new Error(JSON.stringify(made));
    const root = writeRoot(place, `root-${pinned.slice(7, 12).replace('/', '_')}`, made.value);
    const { stdout, stderr } = inPlace(script, [root, host.path, `${login.path}.pub`]);
    return { lines: stdout.trim().split('\n'), stderr, files: made.value };
  };

  it('arrives in its folder, once per weekday, without a secret', () => {
    const { lines, stderr, files } = run(host.fingerprint);
    expect(lines.slice(0, 2), stderr).toEqual(['code 0', '2']);
    expect(lines.at(-1)).toBe(folder);
    expect(lines.at(-2)).toBe('1');
    const saved = lines.slice(3, -2).map((path) => `/${path}`);
    expect(saved).toContain('/etc/nftables.conf');
    expect(saved).toEqual(files.filter(({ path, secret }) => !secret && !/backup/.test(path)).map(({ path }) => path));
  });

  it('gives nothing to a host with another key', () => {
    const { lines, stderr } = run(login.fingerprint);
    expect(lines.slice(0, 3)).toEqual(['code 4', '0', '0']);
    expect(stderr).toContain('The host key of the backup host is not the pinned one');
  });
});
