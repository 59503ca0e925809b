/** Ports that the firewall matrix and the gateway's configuration must agree on. Sources: RFC 4253, 7530, 9110. */

/** Of the secondary backup target, where the site file names none. */
export const backupPorts = { sftp: 22, nfs: 2049, s3: 443 } as const;

/** Of the package cache, the port that apt clients are told. Source: apt-cacher-ng's manual. */
export const packageCachePort = 3142;
