/**
 * The daily backup of the gateway's configuration to the secondary target: a script, its service and its timer. It
 * keeps seven archives, one per weekday, without files that contain a secret. Sources: sftp(1), ssh-keyscan(1), nfs(5),
 * curl(1), AWS Signature Version 4.
 */
import type { Site } from '../site/schema.ts';
import { inFolder } from './check-command.ts';
import type { GatewayFile } from './file.ts';
import { backupPorts } from '../plan/network/ports.ts';
import * as quote from './quote.ts';
import type { Gateway } from './view.ts';

const secretPath = '/etc/edge/backup-secret';
const curlPath = '/etc/edge/backup-curl';
const scriptPath = '/usr/local/sbin/edge-backup';

/** Fields of the site file that the gateway's backup still needs. */
export function missingForBackup({ backup }: Pick<Site, 'backup'>): ('hostKey' | 'bucket' | 'region' | 'username')[] {
  const needed = { sftp: ['hostKey', 'username'], nfs: [], s3: ['bucket', 'region', 'username'] } as const;
  return needed[backup.type].filter((field) => (backup[field] ?? '') === '');
}

/** An account that ssh accepts on its command line. A Windows account may have its domain before a backslash. */
export const isSftpUser = (name: string): boolean =>
  /^[A-Za-z0-9_.@+][A-Za-z0-9_.@+-]*(?:\\[A-Za-z0-9_.@+-]+)?$/.test(name);

/** A region name as in Amazon S3. */
export const isRegion = (name: string): boolean => /^[A-Za-z0-9-]{1,63}$/.test(name);

const port = ({ backup }: Site): number => backup.port ?? backupPorts[backup.type];

/** The folders of a path, from the root. */
const folders = (path: string): string[] => {
  const parts = path.split('/').filter((part) => part !== '');
  return parts.map((_, index) => `${path.startsWith('/') ? '/' : ''}${parts.slice(0, index + 1).join('/')}`);
};

/**
 * ssh-keyscan reads the host's keys, and only the pinned key is accepted. A separate program supplies password or
 * private key.
 */
function sftpLines(site: Site): string[] {
  const { backup } = site;
  const host = quote.shellWord('backup.host', quote.host('backup.host', backup.host));
  const name = backup.username ?? '';
  const user = isSftpUser(name) ? quote.shellWord('backup.username', name) : quote.refuse('backup.username', 'ssh');
  // A path in the script is one line of sftp's batch file. An existing folder is no fault.
  const batch = [
    ...folders(backup.path).map((one) => `-mkdir ${quote.sftpPath('backup.path', one)}`),
    `cd ${quote.sftpPath('backup.path', backup.path)}`,
  ];
  return [
    `host=${host}`,
    `pinned=${quote.shellWord('backup.hostKey', backup.hostKey ?? '')}`,
    `ssh-keyscan -T 20 -p ${port(site)} "$host" 2>/dev/null | while IFS= read -r line; do`,
    `  found=$(printf '%s\\n' "$line" | ssh-keygen -l -f - 2>/dev/null | cut -d ' ' -f 2)`,
    `  if [ "$found" = "$pinned" ]; then printf '%s\\n' "$line"; fi`,
    'done >"$work/known_hosts"',
    'if [ ! -s "$work/known_hosts" ]; then',
    '  echo "The host key of the backup host is not the pinned one, or the host does not answer. Nothing was sent." >&2',
    '  exit 4',
    'fi',
    `cat >"$work/batch" <<'BATCH'`,
    ...batch,
    'BATCH',
    `printf 'put "archive" "%s.part"\\n-rm "%s"\\nrename "%s.part" "%s"\\n' "$name" "$name" "$name" "$name" >>"$work/batch"`,
    `case $(${secretPath}) in`,
    '-----BEGIN*)',
    '  eval "$(ssh-agent -s)" >/dev/null',
    `  ${secretPath} | ssh-add -q -`,
    '  ;;',
    'esac',
    'cd "$work"',
    `SSH_ASKPASS=${secretPath} SSH_ASKPASS_REQUIRE=force DISPLAY=none sftp -q -o BatchMode=no -o NumberOfPasswordPrompts=1 \\`,
    '  -o StrictHostKeyChecking=yes -o GlobalKnownHostsFile=/dev/null -o UserKnownHostsFile="$work/known_hosts" \\',
    `  -o ConnectTimeout=30 -o User=${user} -o Port=${port(site)} -b batch "$host" >/dev/null`,
  ];
}

function nfsLines(site: Site): string[] {
  const { backup } = site;
  const source = `${quote.host('backup.host', backup.host)}:${backup.path}`;
  return [
    'mkdir "$work/target"',
    `mount -t nfs -o soft,nosuid,nodev,noexec,port=${port(site)} ${quote.shellWord('backup.path', source)} "$work/target"`,
    'mounted=yes',
    'cp "$work/archive" "$work/target/$name.part"',
    'mv "$work/target/$name.part" "$work/target/$name"',
  ];
}

function s3Lines(site: Site): string[] {
  const { backup } = site;
  const host = quote.host('backup.host', backup.host);
  const url = `https://${host}:${port(site)}/${quote.urlFolders('backup.bucket', backup.bucket ?? '')}${quote.urlFolders('backup.path', backup.path)}`;
  return [
    `curl --silent --show-error --fail --path-as-is --max-time 600 --config ${curlPath} \\`,
    `  --header 'x-amz-content-sha256: UNSIGNED-PAYLOAD' --upload-file "$work/archive" ${quote.shellWord('backup.path', url)}"$name"`,
  ];
}

const transport = { sftp: sftpLines, nfs: nfsLines, s3: s3Lines } as const;

function scriptFile({ site, vm }: Gateway, saved: readonly string[]): GatewayFile {
  const name = quote.shellWord('vm', quote.label('vm', vm.name));
  return {
    path: scriptPath,
    mode: 0o755,
    secret: false,
    content: [
      '#!/bin/sh',
      '# Sends the configuration of this gateway to the secondary target.',
      'set -eu',
      'umask 077',
      'work=$(mktemp -d)',
      'mounted=no',
      'finish() {',
      '  if [ "$mounted" = yes ]; then umount "$work/target" || umount -l "$work/target"; fi',
      '  if [ -n "${SSH_AGENT_PID:-}" ]; then kill "$SSH_AGENT_PID"; fi',
      '  rm -rf --one-file-system "$work"',
      '}',
      'trap finish EXIT',
      `name=${name}-$(date -u +%u).tar.gz`,
      'tar --create --gzip --directory=/ --file="$work/archive" \\',
      ...saved.map((path, index) => `  ${path.slice(1)}${index === saved.length - 1 ? '' : ' \\'}`),
      ...transport[site.backup.type](site),
      '',
    ].join('\n'),
    check: ['sh', '-n', '{file}'],
  };
}

/** Prints the secret, so that sftp gets a password without a terminal. curl reads a separate file. */
function secretFile({ site, material }: Gateway): GatewayFile | undefined {
  const { backup } = site;
  const secret = material.backupSecret ?? '';
  if (backup.type === 'nfs') return undefined;
  if (backup.type === 's3') {
    const user = `${backup.username ?? ''}:${secret}`;
    const signature = `aws:amz:${backup.region ?? ''}:s3`;
    if (!isRegion(backup.region ?? '')) quote.refuse('backup.region', 'curl');
    return {
      path: curlPath,
      mode: 0o600,
      secret: true,
      content: `user = ${quote.curlValue(`backup/${backup.host}`, user)}\naws-sigv4 = ${quote.curlValue('backup.region', signature)}\n`,
    };
  }
  return {
    path: secretPath,
    mode: 0o700,
    secret: true,
    content: `#!/bin/sh\nprintf '%s\\n' ${quote.shellWord(`backup/${backup.host}`, secret.replace(/\r?\n$/, ''))}\n`,
    check: ['sh', '-n', '{file}'],
  };
}

/** systemd-analyze is part of systemd; without it no unit is read. */
const verify = (name: string): readonly string[] =>
  inFolder(name, '{ ! command -v systemd-analyze >/dev/null || systemd-analyze verify --recursive-errors=no "$1"; }');

function unitFiles(): GatewayFile[] {
  return [
    {
      path: '/etc/systemd/system/edge-backup.service',
      mode: 0o644,
      secret: false,
      content: [
        '[Unit]',
        'Description=Send the configuration of this gateway to the secondary target',
        'Wants=network-online.target',
        'After=network-online.target',
        '',
        '[Service]',
        'Type=oneshot',
        `ExecStart=${scriptPath}`,
        'TimeoutStartSec=15min',
        'Nice=10',
        'PrivateTmp=yes',
        'NoNewPrivileges=yes',
        'ProtectKernelTunables=yes',
        '',
      ].join('\n'),
      check: verify('edge-backup.service'),
    },
    {
      path: '/etc/systemd/system/edge-backup.timer',
      mode: 0o644,
      secret: false,
      content: [
        '[Unit]',
        'Description=Daily backup of the configuration of this gateway',
        '',
        '[Timer]',
        'OnCalendar=*-*-* 02:30:00',
        'RandomizedDelaySec=30min',
        'Persistent=yes',
        '',
        '[Install]',
        'WantedBy=timers.target',
        '',
      ].join('\n'),
      check: verify('edge-backup.timer'),
      service: { unit: 'edge-backup.timer', action: 'restart' },
    },
  ];
}

/**
 * The files of the backup; none while the site file or the secret store is incomplete.
 * @param saved absolute paths of the files to save; none contains a secret
 */
export function backupFiles(gateway: Gateway, saved: readonly string[]): GatewayFile[] {
  const { site, material } = gateway;
  if (missingForBackup(site).length > 0) return [];
  if (site.backup.type !== 'nfs' && (material.backupSecret ?? '') === '') return [];
  const secret = secretFile(gateway);
  return [...(secret === undefined ? [] : [secret]), scriptFile(gateway, saved), ...unitFiles()];
}
