/** The secret's name for an endpoint: host and port as in the URL; a standard port is left out. */
export function secretNameOf(url: string): string | undefined {
  const host = /^https:\/\/([^/\s?#@]+)\/?$/.exec(url.trim())?.[1]?.toLowerCase().replace(/:443$/, '');
  return host === undefined ? undefined : `vsphere/${host}`;
}
