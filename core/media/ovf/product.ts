import { withoutSpace } from './node.ts';
import type { OvfNode } from './node.ts';

/** Product sections: name and version of the image, and the properties that its guest reads at the first boot. */

export interface OvfProperty {
  /** Full key, `[class.]key[.instance]` (DSP0243, 9.5.1). */
  readonly key: string;
  readonly type: string;
  readonly userConfigurable: boolean;
  readonly password: boolean;
  readonly label: string;
  readonly default?: string;
}

export interface Products {
  readonly product: { readonly name: string; readonly vendor: string; readonly version: string };
  readonly properties: readonly OvfProperty[];
}

/** ESXi writes keys into XML without escaping, so XML's special characters are refused. */
const plainKey = /^[^\s<>&"'\p{Cc}]{1,256}$/u;

/** Reads all product sections; refuses a property key that occurs twice. */
export function readProducts(sections: readonly OvfNode[]): Products {
  const properties = new Map<string, OvfProperty>();
  for (const section of sections) {
    for (const node of section.children('Property')) {
      const property = readProperty(section, node);
      if (properties.has(property.key)) node.refuse('ovf-property', { key: property.key });
      properties.set(property.key, property);
    }
  }
  const first = sections[0];
  const shown = (name: string): string => withoutSpace(first?.childText(name) ?? '');
  return {
    product: { name: shown('Product'), vendor: shown('Vendor'), version: shown('Version') },
    properties: [...properties.values()],
  };
}

function readProperty(section: OvfNode, node: OvfNode): OvfProperty {
  const own = node.attribute('key') ?? '';
  const key = [section.attribute('class') ?? '', own, section.attribute('instance') ?? '']
    .filter((part) => part !== '')
    .join('.');
  if (own === '' || !plainKey.test(key)) node.refuse('ovf-property', { key });
  const value = node.attribute('value');
  return {
    key,
    type: node.attribute('type') ?? 'string',
    userConfigurable: node.flag('userConfigurable'),
    password: node.flag('password'),
    label: withoutSpace(node.childText('Label')),
    ...(value === undefined ? {} : { default: value }),
  };
}
