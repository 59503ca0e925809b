/** Runs the first boot's own functions over many texts in one bash. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export const guestFolder = fileURLToPath(new URL('../../../resources/guest/', import.meta.url));

export type SiteData = Readonly<Record<string, string>>;
/** The site data, or the reason of its refusal. */
export type Read = { readonly site: SiteData } | { readonly refused: string };

export type Form = 'environment' | 'seed';

/**
 * Reads texts separated by NUL; per text it prints pairs of name and value, or `refused` and the reason, then an empty
 * field.
 */
const script = `
. "$0/site-data.bash"
while IFS= read -r -d '' text; do
  site=() refusal=''
  if [[ $1 == environment ]]; then read_ovf_env "$text"; else read_seed <(printf '%s' "$text"); fi && check_site
  if (($? != 0)); then printf '%s\\0' refused "$refusal" ''; continue; fi
  for name in "\${!site[@]}"; do printf '%s\\0' "$name" "\${site[$name]}"; done
  printf '\\0'
done`;

/**
 * The result for each text, in order. Fails if bash writes to stderr. A command in a value would leave a file in `cwd`.
 */
export function readSites(form: Form, texts: readonly string[], cwd: string): Read[] {
  const { stdout, stderr, status } = spawnSync('bash', ['--norc', '-u', '-c', script, guestFolder, form], {
    cwd,
    env: { PATH: process.env['PATH'], LC_ALL: 'C' },
    input: texts.map((text) => `${text}\0`).join(''),
    maxBuffer: 64 * 2 ** 20,
    timeout: 60_000,
  });
  if (stderr.length > 0 || status !== 0) throw new Error(`bash ended with ${status}: ${stderr.toString()}`);
  const fields = stdout.toString().split('\0');
  const results: Read[] = [];
  let pairs: [string, string][] = [];
  for (let at = 0; at < fields.length - 1; at += 1) {
    const name = fields[at] ?? '';
    if (name === '') {
      const [first] = pairs;
      results.push(first?.[0] === 'refused' ? { refused: first[1] } : { site: Object.fromEntries(pairs) });
      pairs = [];
    } else {
      at += 1;
      pairs.push([name, fields[at] ?? '']);
    }
  }
  return results;
}

export const escapeXml = (text: string): string =>
  text.replaceAll(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`).replaceAll('&#34;', '&quot;');

const property = ([key, value]: readonly [string, string]): string => `<Property oe:key="${key}" oe:value="${value}"/>`;

/**
 * The text that the installer's govc writes on a standalone ESXi host: without escapes. Source: govmomi, `ovf/env.go`.
 */
export const esxiEnvironment = (properties: readonly (readonly [string, string])[]): string =>
  `<?xml version="1.0" encoding="UTF-8"?>
<Environment
\t\txmlns="http://schemas.dmtf.org/ovf/environment/1"
\t\txmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
\t\txmlns:oe="http://schemas.dmtf.org/ovf/environment/1"
\t\txmlns:ve="http://www.vmware.com/schema/ovfenv"
\t\toe:id=""
\t\tve:esxId="12"><PlatformSection>
\t\t<Kind>VMware ESXi</Kind>
\t\t<Version>8.0.3</Version>
\t\t<Vendor>VMware, Inc.</Vendor>
\t\t<Locale>US</Locale>
\t\t</PlatformSection><PropertySection>${properties.map(property).join('')}</PropertySection></Environment>`;

/** The text that a vCenter gives to the VM of a vApp: escaped, indented, with NICs and a second VM. */
export const vcenterEnvironment = (
  properties: readonly (readonly [string, string])[],
  sibling: readonly (readonly [string, string])[] = [],
): string => {
  const rows = (all: readonly (readonly [string, string])[]): string =>
    all.map(([key, value]) => `         ${property([escapeXml(key), escapeXml(value)])}\n`).join('');
  return `<?xml version="1.0" encoding="UTF-8"?>
<Environment
     xmlns="http://schemas.dmtf.org/ovf/environment/1"
     xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
     xmlns:oe="http://schemas.dmtf.org/ovf/environment/1"
     xmlns:ve="http://www.vmware.com/schema/ovfenv"
     oe:id="edge-gw"
     ve:vCenterId="vm-1042">
   <PlatformSection>
      <Kind>VMware ESXi</Kind>
      <Version>8.0.3</Version>
      <Vendor>VMware, Inc.</Vendor>
      <Locale>en</Locale>
   </PlatformSection>
   <PropertySection>
${rows(properties)}   </PropertySection>
   <ve:EthernetAdapterSection>
      <ve:Adapter ve:mac="00:50:56:aa:01:02" ve:network="LAN" ve:unitNumber="7"/>
   </ve:EthernetAdapterSection>
   <Entity oe:id="edge-gw-2">
      <PropertySection>
${rows(sibling)}      </PropertySection>
   </Entity>
</Environment>
`;
};

export const seedText = (properties: readonly (readonly [string, string])[]): string =>
  properties.map(([key, value]) => `${key}=${value}\n`).join('');
