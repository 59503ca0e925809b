import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { endpointUrl, parseEndpointUrl, shownEndpoint } from '../../../../core/network/endpoint-url.ts';

/** The fault, or the canonical address. */
const reading = (url: string): string => {
  const read = parseEndpointUrl(url);
  return read.ok ? endpointUrl(read.value) : read.fault;
};

describe('the address of an endpoint', () => {
  it.each([
    ['https://esx1.acme.example', 'https://esx1.acme.example'],
    ['https://ESX1.acme.example:443/', 'https://esx1.acme.example'],
    ['https://127.0.0.1:8989', 'https://127.0.0.1:8989'],
    ['https://host_1:65535', 'https://host_1:65535'],
    ['https://[0:0::1]:8443', 'https://[::1]:8443'],
    ['https://xn--mller-kva.example', 'https://xn--mller-kva.example'],
  ])('%s is %s', (url, canonical) => {
    expect(reading(url)).toBe(canonical);
  });

  it.each([
    ['', 'empty'],
    ['https://', 'empty'],
    ['https:///', 'empty'],
    ['https://:443', 'empty'],
    ['esx1.acme.example', 'scheme'],
    ['http://esx1.acme.example', 'scheme'],
    ['HTTPS://esx1.acme.example', 'scheme'],
    [' https://esx1.acme.example', 'scheme'],
    ['https://evil.example:8443\\@good.example:8444', 'secret'],
    ['https://root@esx1.acme.example', 'secret'],
    ['https://esx1.acme.example/@evil.example', 'secret'],
    ['https://esx1.acme.example\\evil.example', 'backslash'],
    ['https:\\\\esx1.acme.example', 'scheme'],
    ['https://esx1.acme.example/sdk', 'path'],
    ['https://esx1.acme.example//', 'path'],
    ['https://esx1.acme.example?', 'path'],
    ['https://esx1.acme.example#x', 'path'],
    ['https://esx1.acme.example:', 'port'],
    ['https://esx1.acme.example:0', 'port'],
    ['https://esx1.acme.example:65536', 'port'],
    ['https://esx1.acme.example:0443', 'port'],
    ['https://esx1.acme.example:+443', 'port'],
    ['https://esx1.acme.example:443:444', 'port'],
    ['https://esx1.acme.example:٤٤٣', 'port'],
    ['https://esx1.acme.example\t', 'invisible'],
    ['https://esx1.acme.example\n', 'invisible'],
    ['https://esx1 .acme.example', 'invisible'],
    ['https://esx1\u00ad.acme.example', 'invisible'],
    ['https://esx1\u200b.acme.example', 'invisible'],
    ['https://\u202eesx1.acme.example', 'invisible'],
    ['https://esx1\u0000.acme.example', 'invisible'],
    ['https://esx1.müller.example', 'not-ascii'],
    ['https://esx1\u3002acme.example', 'not-ascii'],
    ['https://esx1\uff0eacme.example', 'not-ascii'],
    ['https://evil.example\u2044.good.example', 'not-ascii'],
    ['https://evil.example\uff0f.good.example', 'host'],
    ['https://esx1.acme.example.', 'trailing-dot'],
    ['https://esx1%2eacme.example', 'host'],
    ['https://esx1..example', 'host'],
    ['https://-esx1.example', 'host'],
    ['https://127.1', 'host'],
    ['https://2130706433', 'host'],
    ['https://0x7f.0.0.1', 'host'],
    ['https://0x7f000001', 'host'],
    ['https://127.0.0.01', 'host'],
    ['https://1.2.3.256', 'host'],
    ['https://[::1', 'host'],
    ['https://[::1%25eth0]', 'host'],
    ['https://[::ffff:127.0.0.1]', 'host'],
    ['https://::1', 'empty'],
  ])('%j is refused: %s', (url, fault) => {
    expect(reading(url)).toBe(fault);
    expect(shownEndpoint('https://root:S3cret@esx1.acme.example')).toBe('***');
  });

  it('has the same meaning to the platform’s URL reader', () => {
    const hosts = [
      'a',
      'evil.example',
      'good.example',
      '127.0.0.1',
      '1',
      '0x7f',
      '::1',
      'xn--',
      'é',
      'A',
      '443',
      '8443',
      '0',
    ];
    const marks = [
      'https://',
      '.',
      ':',
      '/',
      '\\',
      '@',
      '#',
      '?',
      '%2e',
      '%40',
      '[',
      ']',
      '\u3002',
      '\u2044',
      '\t',
      ' ',
      '-',
    ];
    const pieces = [...hosts, ...marks];
    const piece = fc.constantFrom(...pieces);
    fc.assert(
      fc.property(fc.array(piece, { minLength: 1, maxLength: 8 }), (chosen) => {
        const url = `https://${chosen.join('')}`;
        const read = parseEndpointUrl(url);
        fc.pre(read.ok && URL.canParse(url));
        if (!read.ok) return;
        const theirs = new URL(url);
        expect(theirs.hostname.replace(/^\[|\]$/g, '')).toBe(read.value.host);
        expect(Number(theirs.port || '443')).toBe(read.value.port);
        expect(parseEndpointUrl(endpointUrl(read.value))).toEqual(read);
      }),
      { numRuns: 2000 },
    );
  });
});
