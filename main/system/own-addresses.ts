/** The IPv4 addresses of this computer. */
import { networkInterfaces } from 'node:os';

export const ownIpv4Addresses = (): string[] =>
  Object.values(networkInterfaces())
    .flatMap((all) => all ?? [])
    .flatMap(({ family, address }) => (family === 'IPv4' ? [address] : []));
