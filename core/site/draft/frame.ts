/** Adds empty sections to an unfinished site, so that a finding names each missing field and not only its section. */
import { platformNamed } from '../../platform/layout.ts';
import type { Platform } from '../../platform/platform.ts';
import { type Fields, isFields, valueAtKeys } from './path.ts';

const isEmpty = (value: unknown): boolean => value === undefined || value === null;

/** A section of another type stays as written: its type is the fault. */
const section = (value: unknown, fill: (fields: Fields) => Fields = (fields) => fields): unknown =>
  isEmpty(value) ? fill({}) : isFields(value) ? fill(value) : value;

const list = (value: unknown, item: unknown): unknown => (isEmpty(value) ? [item] : value);

/** The platform of a data centre, if the site file must have its section. */
function requiredPlatform(value: unknown): Platform | undefined {
  const name = isFields(value) ? value['platform'] : undefined;
  const platform = typeof name === 'string' ? platformNamed(name) : undefined;
  return platform?.isSectionRequired === true ? platform : undefined;
}

const platformSection = ({ endpointList, worksheet }: Platform, value: unknown): unknown =>
  section(value, (fields) => {
    const maps = new Set(
      worksheet.ofSection.filter((path) => path.includes('.')).map((path) => path.split('.')[0] ?? ''),
    );
    const framedMaps = Object.fromEntries([...maps].map((name) => [name, section(fields[name])]));
    return { ...fields, [endpointList]: list(fields[endpointList], {}), ...framedMaps };
  });

const datacentre = (value: unknown): unknown => {
  const platform = requiredPlatform(value);
  if (platform === undefined || !isFields(value)) return value;
  return { ...value, [platform.name]: platformSection(platform, value[platform.name]) };
};

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

/** The list of endpoints that {@link framed} puts into a data centre, as a path in it. */
function missingEndpoints(item: unknown): readonly (readonly PropertyKey[])[] {
  const platform = requiredPlatform(item);
  const path = platform === undefined ? [] : [platform.name, platform.endpointList];
  return platform !== undefined && isEmpty(valueAtKeys(item, path)) ? [path] : [];
}

/** The lists that {@link framed} adds. Their final number of items is unknown. */
export function missingLists(value: Fields): readonly (readonly PropertyKey[])[] {
  const datacentres = value['datacentres'];
  if (isEmpty(datacentres)) return [['datacentres']];
  if (!Array.isArray(datacentres)) return [];
  return datacentres.flatMap((item: unknown, index) =>
    missingEndpoints(item).map((path) => ['datacentres', index, ...path]),
  );
}
