import type { MessageParams } from '../../base/errors.ts';
import { refuse } from '../refusal.ts';
import { declarations } from './xml.ts';
import type { XmlAttribute, XmlElement } from './xml.ts';

/**
 * An element of a descriptor, read by local name as govmomi does. It refuses a second namespace, a repeated attribute
 * and a repeated element, since other readers could read another value.
 */

const namespaces = new Set([
  'http://schemas.dmtf.org/ovf/envelope/1',
  'http://schemas.dmtf.org/ovf/envelope/2',
  'http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/CIM_ResourceAllocationSettingData',
  'http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/CIM_VirtualSystemSettingData',
  'http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/CIM_StorageAllocationSettingData',
  'http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/CIM_EthernetPortAllocationSettingData',
]);

const schemaInstance = 'http://www.w3.org/2001/XMLSchema-instance';
/** Namespaces of OVF 0.9, the draft. */
const draftNamespaces = /^http:\/\/(?:www|schemas)\.vmware\.com\/schema\/ovf\/(?:1\/envelope|0\.9)/;

/** Whether the element is in a namespace of OVF or its CIM classes. */
export const isOvfElement = ({ namespace }: XmlElement): boolean => namespaces.has(namespace.replace(/\.xsd$/, ''));

/** The attributes with local name `name`; govmomi leaves out only `xsi:type`. */
export const attributesNamed = (element: XmlElement, name: string): readonly XmlAttribute[] =>
  element.attributes.filter(
    (attribute) => attribute.name === name && !(name === 'type' && attribute.namespace === schemaInstance),
  );

/** Whether readers could differ about an attribute: there are two, or it declares a namespace. */
export const isAmbiguous = (found: readonly XmlAttribute[]): boolean =>
  found.length > 1 || found[0]?.namespace === declarations;

/**
 * The text without XML white space at its ends. It uses a loop, since a regular expression is slow on a megabyte of
 * blanks.
 */
export function withoutSpace(text: string): string {
  let from = 0;
  let to = text.length;
  while (from < to && space.has(text.charAt(from))) from += 1;
  while (to > from && space.has(text.charAt(to - 1))) to -= 1;
  return text.slice(from, to);
}
const space = new Set(' \t\r\n');

export class OvfNode {
  readonly #element: XmlElement;
  readonly #member: string;
  readonly #byteAt: (position: number) => number;

  constructor(element: XmlElement, member: string, byteAt: (position: number) => number) {
    this.#element = element;
    this.#member = member;
    this.#byteAt = byteAt;
    if (draftNamespaces.test(element.namespace)) this.refuse('ovf-draft');
    if (!isOvfElement(element)) this.refuse('ovf-namespace', { element: element.name });
  }

  get name(): string {
    return this.#element.name;
  }

  /** Unchanged, including white space. */
  get text(): string {
    return this.#element.text;
  }

  /** Attribute by local name, unchanged; undefined if absent. Refuses two attributes of that name in two namespaces. */
  attribute(name: string): string | undefined {
    const found = attributesNamed(this.#element, name);
    if (isAmbiguous(found)) this.refuse('ovf-attribute-twice', { attribute: name });
    return found[0]?.value;
  }

  /** A boolean attribute, already checked by the shape; absent means false. */
  flag(name: string): boolean {
    return /^(?:true|1)$/i.test(withoutSpace(this.attribute(name) ?? ''));
  }

  /** An attribute that must be a non-negative whole number. */
  wholeNumber(name: string): number {
    return this.#whole(this.attribute(name) ?? '', name);
  }

  /** The text of a child that must be a non-negative whole number. */
  childNumber(name: string): number {
    return this.#whole(this.childText(name), name);
  }

  children(name: string): readonly OvfNode[] {
    return this.#element.children
      .filter((child) => child.name === name)
      .map((child) => new OvfNode(child, this.#member, this.#byteAt));
  }

  /**
   * The only child of that name. Refuses two (`media.ovf-twice`), since Go takes the last and others take the first.
   */
  child(name: string): OvfNode | undefined {
    const [first, second] = this.children(name);
    second?.refuse('ovf-twice', { element: name });
    return first;
  }

  /** The unchanged text of the only child of that name, empty if absent. */
  childText(name: string): string {
    return this.child(name)?.text ?? '';
  }

  refuse(rule: string, params: MessageParams = {}): never {
    return refuse(rule, { member: this.#member, byte: this.#byteAt(this.#element.at) }, params);
  }

  /** Plain decimal without sign or leading zero, since some readers do not take `010` for ten. */
  #whole(value: string, name: string): number {
    const text = withoutSpace(value);
    const number = Number(text);
    if (!/^(?:0|[1-9][0-9]{0,15})$/.test(text) || !Number.isSafeInteger(number)) {
      this.refuse('ovf-number', { field: name, value });
    }
    return number;
  }
}
