/** Name of the password of a vSphere endpoint in the secret store. */
import { fail, failure, ok, type Result } from '../../base/errors.ts';
import { authorityOf, parseEndpointUrl, shownEndpoint } from '../../network/endpoint-url.ts';

/** `url` as in the site file. Fails with `vsphere.address`. */
export function vsphereSecretName(url: string): Result<string> {
  const read = parseEndpointUrl(url);
  return read.ok
    ? ok(`vsphere/${authorityOf(read.value)}`)
    : fail(failure('input', 'vsphere.address', { endpoint: shownEndpoint(url) }));
}
