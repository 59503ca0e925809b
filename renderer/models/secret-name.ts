import { vsphereSecretName } from '../../core/platform/vsphere/secret.ts';

/** The name of an endpoint's password; undefined where `url` names no endpoint. */
export function secretNameOf(url: string): string | undefined {
  const name = vsphereSecretName(url);
  return name.ok ? name.value : undefined;
}
