/** The package cache for the servers of the edge. Source: apt-cacher-ng's manual, "Configuration". */
import type { GatewayFile } from './file.ts';
import { packageCachePort } from '../plan/network/ports.ts';

export const packageCacheFile = (): GatewayFile => ({
  // Files are read in the order of their names, and the last value counts.
  path: '/etc/apt-cacher-ng/zz_edge.conf',
  mode: 0o644,
  secret: false,
  content: [
    `Port: ${packageCachePort}`,
    '# Repositories that speak HTTPS only pass through.',
    String.raw`PassThroughPattern: ^(.*):443$`,
    'VerboseLog: 0',
    'ExThreshold: 30',
    '',
  ].join('\n'),
  check: ['sh', '-c', 'grep -Eq "^Port: [0-9]+$" "$1"', 'sh', '{file}'],
  service: { unit: 'apt-cacher-ng.service', action: 'restart' },
});
