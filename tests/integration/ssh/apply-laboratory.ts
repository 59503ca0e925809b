/** Shared by the tests that apply files: a set of files, counted connections, and a gateway's complete state. */
import type { GatewayFile } from '../../../core/gateway/file.ts';
import { type SshCounts, connectSsh } from '../../../main/adapters/ssh/connect.ts';
import { type ApplyOptions, type ApplyOutcome, applyFiles } from '../../../main/gateways/apply-files.ts';
import type { TestGateway } from './gateway-host.ts';

const key = (seed: number): string => Buffer.alloc(32, seed).toString('base64');

/** `version` is written into each file, so that the files of two versions differ. */
export const sampleFiles = (version: number): GatewayFile[] => [
  {
    path: '/etc/nftables.conf',
    mode: 0o644,
    content: `#!/usr/sbin/nft -f\n# é ${version}\nflush ruleset\ntable inet edge {\n  chain input { type filter hook input priority 0; }\n}\n`,
    secret: false,
    check: ['nft', '-c', '-f', '{file}'],
    service: { unit: 'nftables.service', action: 'reload' },
  },
  {
    path: '/etc/wireguard/wg0.conf',
    mode: 0o600,
    content: `[Interface]\nPrivateKey = ${key(version)}\nListenPort = 51820\n`,
    secret: true,
    check: ['wg-quick', 'strip', '{file}'],
    service: { unit: 'wg-quick@wg0.service', action: 'restart' },
  },
  {
    path: '/etc/systemd/system/edge-mirror.service',
    mode: 0o644,
    content: `[Unit]\nDescription=Mirror ${version}\n[Service]\nExecStart=/bin/true\n`,
    secret: false,
    service: { unit: 'edge-mirror.service', action: 'restart' },
  },
  { path: '/etc/edge/motd', mode: 0o644, content: `Version ${version}\n${'-'.repeat(5000)}\n`, secret: false },
];

export const paths = sampleFiles(0).map(({ path }) => path);

export interface ApplySetting extends Partial<ApplyOptions> {
  readonly counts?: SshCounts;
  readonly port?: number;
  /** ms. */
  readonly timeLimit?: number;
}

export function apply(gateway: TestGateway, files: readonly GatewayFile[], setting: ApplySetting = {}) {
  const { counts, port = gateway.port, timeLimit = 20_000, ...more } = setting;
  const { privateKey, hostKeys } = gateway;
  return applyFiles({
    gateway: 'acme-edge-gw-1',
    connect: () =>
      connectSsh({
        host: '127.0.0.1',
        username: 'root',
        port,
        privateKey,
        hostKeys,
        timeLimit,
        ...(counts === undefined ? {} : { counts }),
      }),
    files,
    now: Date.now,
    ...more,
  });
}

export async function applied(...given: Parameters<typeof apply>): Promise<ApplyOutcome> {
  const result = await apply(...given);
  if (!result.ok) throw new Error(JSON.stringify(result.failure));
  return result.value;
}

/** The failure's code, or `applied`. */
export async function applyCode(...given: Parameters<typeof apply>): Promise<string> {
  const result = await apply(...given);
  return result.ok ? 'applied' : result.failure.code;
}

/** Contents and modes of the files, the record, and the remains of an apply. */
export const wholeState = ({ shell }: TestGateway): string =>
  shell(`for f in ${paths.join(' ')}; do if [ -e $f ]; then stat -c '%a %n' $f; sha256sum <$f; else echo absent $f; fi; done
cd /var/lib/rainbow-edge 2>/dev/null && ls -A && cat applied
find /etc -name '.rainbow-edge*'
ls /run/units | sort`);

/** Calls of systemctl and systemd-run since the last query. */
export function unitCalls({ shell }: TestGateway): string[] {
  const log = shell('cat /var/log/units 2>/dev/null; rm -f /var/log/units');
  return log
    .split('\n')
    .filter((line) => /systemctl (restart|reload|enable|disable|stop|daemon-reload)|systemd-run/.test(line));
}
