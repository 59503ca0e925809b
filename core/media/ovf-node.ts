import type { MessageParams } from '../errors.ts';
import { printableName } from './names.ts';
import { refuse } from './refusal.ts';
import type { XmlElement } from './xml.ts';

/**
 * An element of a descriptor, looked at by local name as govmomi does. Where a second namespace, a repeated attribute
 * or a repeated section could make another reader see something else, it is refused.
 */

const namespaces = new Set([
  'http://schemas.dmtf.org/ovf/envelope/1',
  'http://schemas.dmtf.org/ovf/envelope/2',
  'http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/CIM_ResourceAllocationSettingData',
  'http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/CIM_VirtualSystemSettingData',
  'http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/CIM_StorageAllocationSettingData',
  'http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/CIM_EthernetPortAllocationSettingData',
]);

export class OvfNode {
  readonly #element: XmlElement;
  readonly #member: string;
  readonly #byteAt: (position: number) => number;

  constructor(element: XmlElement, member: string, byteAt: (position: number) => number) {
    this.#element = element;
    this.#member = member;
    this.#byteAt = byteAt;
    if (!namespaces.has(element.namespace.replace(/\.xsd$/, ''))) {
      this.refuse('ovf-namespace', { element: printableName(element.name) });
    }
  }

  get name(): string {
    return this.#element.name;
  }

  get text(): string {
    return this.#element.text.trim();
  }

  /** Attribute by local name, as it stands; undefined when absent. Two of that name in two namespaces are refused. */
  attribute(name: string): string | undefined {
    const [first, second] = this.#element.attributes.filter((attribute) => attribute.name === name);
    if (second !== undefined) this.refuse('ovf-attribute-twice', { attribute: name });
    return first?.value;
  }

  /** A boolean attribute; absent means false. */
  flag(name: string): boolean {
    const value = this.attribute(name)?.trim().toLowerCase();
    return value === 'true' || value === '1';
  }

  /** An attribute that must be a whole number, not negative. */
  wholeNumber(name: string): number {
    const value = this.attribute(name) ?? '';
    return this.#whole(value, name);
  }

  /** The text of a child that must be a whole number, not negative. */
  childNumber(name: string): number {
    return this.#whole(this.childText(name), name);
  }

  children(name: string): readonly OvfNode[] {
    return this.#element.children
      .filter((child) => child.name === name)
      .map((child) => new OvfNode(child, this.#member, this.#byteAt));
  }

  /** The only child of that name; two of them are refused (`media.ovf-twice`). */
  child(name: string): OvfNode | undefined {
    const [first, second] = this.children(name);
    second?.refuse('ovf-twice', { element: name });
    return first;
  }

  /** The text of the first child of that name, empty when absent. */
  childText(name: string): string {
    return this.children(name)[0]?.text ?? '';
  }

  refuse(rule: string, params: MessageParams = {}): never {
    return refuse(rule, { member: this.#member, byte: this.#byteAt(this.#element.at) }, params);
  }

  #whole(value: string, name: string): number {
    const text = value.trim();
    const number = Number(text);
    if (!/^[0-9]{1,16}$/.test(text) || !Number.isSafeInteger(number)) {
      this.refuse('ovf-number', { field: name, value: printableName(value) });
    }
    return number;
  }
}
