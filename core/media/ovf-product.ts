import { printableName } from './names.ts';
import type { OvfNode } from './ovf-node.ts';

/** Product sections: what the image is, and the properties that its guest reads at the first start. */

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

/** On ESXi keys end up in XML that nobody escapes: what XML would notice is no key. */
const plainKey = /^[^\s<>&"'\p{Cc}]{1,256}$/u;

/** Reads all product sections; a property key that occurs twice is refused. */
export function readProducts(sections: readonly OvfNode[]): Products {
  const properties: OvfProperty[] = [];
  for (const section of sections) {
    for (const node of section.children('Property')) {
      const property = readProperty(section, node);
      if (properties.some((other) => other.key === property.key)) {
        node.refuse('ovf-property', { key: printableName(property.key) });
      }
      properties.push(property);
    }
  }
  const first = sections[0];
  const product = {
    name: first?.childText('Product') ?? '',
    vendor: first?.childText('Vendor') ?? '',
    version: first?.childText('Version') ?? '',
  };
  return { product, properties };
}

function readProperty(section: OvfNode, node: OvfNode): OvfProperty {
  const key = node.attribute('key') ?? '';
  if (!plainKey.test(key)) node.refuse('ovf-property', { key: printableName(key) });
  const prefix = section.attribute('class') ?? '';
  const suffix = section.attribute('instance') ?? '';
  const value = node.attribute('value');
  return {
    key: `${prefix === '' ? '' : `${prefix}.`}${key}${suffix === '' ? '' : `.${suffix}`}`,
    type: node.attribute('type') ?? 'string',
    userConfigurable: node.flag('userConfigurable'),
    password: node.flag('password'),
    label: node.childText('Label'),
    ...(value === undefined ? {} : { default: value }),
  };
}
