/** PEM as people send it: text around it, any line ends, a byte order mark. Source: RFC 7468. */

export interface PemBlock {
  readonly label: string;
  readonly der: Uint8Array;
}

export interface PemText {
  readonly blocks: readonly PemBlock[];
  /** Labels of blocks that have no end, or no base64 inside. */
  readonly damaged: readonly string[];
}

const begin = /^-----BEGIN ([A-Z0-9 ]{1,40})-----$/;

/** The text of a file; Windows' editors save UTF-16, too. */
export function textOf(bytes: Uint8Array): string {
  const little = bytes[0] === 0xff && bytes[1] === 0xfe;
  return new TextDecoder(little ? 'utf-16le' : 'utf-8').decode(bytes);
}

function decode(lines: readonly string[]): Uint8Array | undefined {
  // Encrypted keys of the old kind have header lines before the base64.
  const body = lines
    .filter((line) => !line.includes(':'))
    .join('')
    .replace(/\s+/g, '');
  if (body === '' || body.length % 4 !== 0 || !/^[A-Za-z0-9+/]+={0,2}$/.test(body)) return undefined;
  return new Uint8Array(Buffer.from(body, 'base64'));
}

/** All blocks of a text, in their order. One pass: a hostile file costs no more than its size. */
export function readPem(text: string): PemText {
  const blocks: PemBlock[] = [];
  const damaged: string[] = [];
  let open: { readonly label: string; readonly lines: string[] } | undefined;
  for (const raw of text.split(/\r\n|\r|\n/)) {
    const line = raw.trim();
    const label = begin.exec(line)?.[1];
    if (label !== undefined) {
      if (open !== undefined) damaged.push(open.label);
      open = { label, lines: [] };
    } else if (open !== undefined && line === `-----END ${open.label}-----`) {
      const der = decode(open.lines);
      if (der === undefined) damaged.push(open.label);
      else blocks.push({ label: open.label, der });
      open = undefined;
    } else open?.lines.push(line);
  }
  if (open !== undefined) damaged.push(open.label);
  return { blocks, damaged };
}

/** One certificate as PEM, 64 characters a line, with a line feed at the end. */
export function certificatePem(der: Uint8Array): string {
  const lines =
    Buffer.from(der)
      .toString('base64')
      .match(/.{1,64}/g) ?? [];
  return ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n');
}
