/**
 * The backup of a gateway against a real SFTP server: the pinned host key, a password or a key, and a path with hostile
 * letters.
 */
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

  it('sends no data to a host with another key', () => {
    const { lines, stderr } = run(login.fingerprint);
    expect(lines.slice(0, 3)).toEqual(['code 4', '0', '0']);
    expect(stderr).toContain('The host key of the backup host is not the pinned one');
  });
});

/** Starts the server, installs the gateway's files, and runs the backup; returns the server's answer. */
const s3Script = `
python3 "$1" "$2" "$3" >/mnt/s3.log 2>&1 &
server=$!
for try in $(seq 100); do grep -q ready /mnt/s3.log && break; sleep 0.1; done
cp -a "$0"/etc/. /etc/ && cp -a "$0"/root/. /root/ && cp -a "$0"/usr/local/. /usr/local/
CURL_CA_BUNDLE="$2" /usr/local/sbin/edge-backup
echo "code $?"
kill "$server"
tail -n 1 /mnt/s3.log
`;

const missingS3 = missingFor('curl', '/usr/bin/python3', '/usr/bin/openssl');

describe.skipIf(missingS3.length > 0)('the backup of a gateway to S3', () => {
  it.each([
    ['good', String.raw`it's a "secret" \ key`],
    ['bad', 'another key'],
  ])('is signed with the secret key, which is in no argument (%s)', (judged, key) => {
    const certificate = place.write('s3.pem', '');
    const options = '-x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=127.0.0.1';
    const files = [
      '-addext',
      'subjectAltName=IP:127.0.0.1',
      '-keyout',
      `${certificate}.key`,
      '-out',
      `${certificate}.crt`,
    ];
    execFileSync('openssl', ['req', ...options.split(' '), ...files], { stdio: 'ignore' });
    place.write('s3.pem', readFileSync(`${certificate}.key`, 'utf8') + readFileSync(`${certificate}.crt`, 'utf8'));
    const backup = {
      type: 's3' as const,
      host: '127.0.0.1',
      port: 9443,
      path: folder,
      location: 'Lyon',
      username: 'AKIAEXAMPLE',
      bucket: 'edge (1)',
      region: 'eu-west-3',
    };
    const [input] = gatewayInputs(fullSite({ backup }), { backupSecret: String.raw`it's a "secret" \ key` });
    const made = input === undefined ? undefined : gatewayFiles(input);
    if (made?.ok !== true) throw new Error(JSON.stringify(made));
    for (const { content, secret } of made.value) expect(content.includes('"secret') && !secret).toBe(false);
    const root = writeRoot(place, `s3-${judged}`, made.value);
    const server = `${import.meta.dirname}/s3_server.py`;
    const { stdout, stderr } = inPlace(s3Script, [root, server, certificate, key]);
    const [code, answer = ''] = stdout.trim().split('\n');
    expect(code, stderr).toBe(judged === 'good' ? 'code 0' : 'code 22');
    expect(answer).toMatch(/^(?:good|bad) \/edge \(1\)\/it's "rain" bow\*\?\\\/acme-edge-gw-1-[1-7]\.tar\.gz True$/);
    expect(answer.startsWith(judged)).toBe(true);
  });
});
