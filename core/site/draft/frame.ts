/** An unfinished site with its empty sections put in, so that each missing field is named, not only its section. */
import { type Fields, isFields, valueAtKeys } from './path.ts';

const isEmpty = (value: unknown): boolean => value === undefined || value === null;

/** A section that is written as something else stays: its type is the fault. */
const section = (value: unknown, fill: (fields: Fields) => Fields = (fields) => fields): unknown =>
  isEmpty(value) ? fill({}) : isFields(value) ? fill(value) : value;

const list = (value: unknown, item: unknown): unknown => (isEmpty(value) ? [item] : value);

const vsphere = (value: unknown): unknown =>
  section(value, (fields) => ({
    ...fields,
    endpoints: list(fields['endpoints'], {}),
    datastores: section(fields['datastores']),
    networks: section(fields['networks']),
  }));

const datacentre = (value: unknown): unknown =>
  isFields(value) && value['platform'] === 'vsphere' ? { ...value, vsphere: vsphere(value['vsphere']) } : value;

/** `value` with an empty map or a list of one empty item for each section that a site needs and `value` lacks. */
export function framed(value: Fields): Fields {
  const datacentres = list(value['datacentres'], { platform: 'vsphere' });
  return {
    ...value,
    site: section(value['site']),
    sizing: section(value['sizing']),
    datacentres: Array.isArray(datacentres) ? datacentres.map(datacentre) : datacentres,
    network: section(value['network'], (fields) => ({
      ...fields,
      lan: section(fields['lan']),
      wan: section(fields['wan']),
    })),
    domain: section(value['domain']),
    mail: section(value['mail']),
    backup: section(value['backup']),
  };
}

/** The lists that {@link framed} puts in: how many items they get is not known. */
export function missingLists(value: Fields): readonly (readonly PropertyKey[])[] {
  const datacentres = value['datacentres'];
  if (isEmpty(datacentres)) return [['datacentres']];
  if (!Array.isArray(datacentres)) return [];
  return datacentres.flatMap((item: unknown, index) =>
    valueAtKeys(item, ['platform']) === 'vsphere' && isEmpty(valueAtKeys(item, ['vsphere', 'endpoints']))
      ? [['datacentres', index, 'vsphere', 'endpoints']]
      : [],
  );
}
