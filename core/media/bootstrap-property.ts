/** The property by which an image takes the bootstrap key. A gateway cannot be configured without it. */
import { type Failure, failure } from '../base/errors.ts';

/** Source: docs/image-contract.md, "The site data". */
export const bootstrapKeyProperty = 'ssh_authorized_key';

interface GatewayImage {
  readonly components: readonly string[];
  readonly file: string;
}

interface DeclaredProperty {
  readonly key: string;
  readonly userConfigurable: boolean;
}

/**
 * `media.gateway-property` if an image of the gateways does not declare the property, or declares that nobody may set
 * it.
 */
export function gatewayImageFault(
  { components, file }: GatewayImage,
  properties: readonly DeclaredProperty[],
): Failure | undefined {
  const isSettable = properties.some(({ key, userConfigurable }) => key === bootstrapKeyProperty && userConfigurable);
  if (!components.includes('edge-gw') || isSettable) return undefined;
  return failure('input', 'media.gateway-property', { file, property: bootstrapKeyProperty });
}
