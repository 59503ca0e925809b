import { describe, expect, it } from 'vitest';
import { publishedHostKeys, toldNetworks } from '../../../../../main/platforms/vsphere/guest-info.ts';

const told = (text: string | undefined, ...macs: string[]) =>
  toldNetworks({
    extraConfig: text === undefined ? {} : { 'guestinfo.edge.nics': text },
    nics: macs.map((mac) => ({ mac })),
  });
const [a, b] = ['00:50:56:00:00:0a', '00:50:56:00:00:0b'];

describe('what a guest is told of its NICs', () => {
  it('is read by MAC address, in any case', () => {
    expect(told(`${b}=wan,${a.toUpperCase()}=lan`, a, b.toUpperCase())).toEqual(['lan', 'wan']);
    expect(told(`${b}=lan`, a, b)).toEqual([undefined, 'lan']);
  });

  it.each([
    ['nothing', undefined],
    ['an empty text', ''],
    ['an address that the VM lacks', `${a}=lan,00:50:56:00:00:0c=wan`],
    ['an address twice', `${a}=lan,${a}=wan`],
    ['an entry without an address', `${a}=lan,`],
  ])('is nothing for %s', (_what, text) => {
    expect(told(text, a, b)).toEqual([undefined, undefined]);
  });

  it('is nothing for a NIC without an address', () => {
    expect(told('=lan', '', b)).toEqual([undefined, undefined]);
  });
});

describe('published host keys', () => {
  const published = (text: string) => publishedHostKeys({ extraConfig: { 'guestinfo.edge.hostkeys': text } });
  // Fingerprints end in a character that stands for four bits.
  const key = (letter: string): string => `SHA256:${letter.repeat(42)}A`;

  it('are fingerprints as ssh-keygen prints them, each once', () => {
    expect(published(`${key('x')}, ${key('y')},${key('x')}`)).toEqual([key('x'), key('y')]);
    expect(publishedHostKeys({ extraConfig: {} })).toEqual([]);
  });

  it.each([
    ['a longer one', `${key('x')}A`],
    ['a shorter one', key('x').slice(0, -1)],
    ['padding', `${key('x')}=`],
    ['another digest', `MD5:${'x'.repeat(43)}`],
    ['lower case', key('x').toLowerCase()],
    ['a last character that no digest has', `SHA256:${'x'.repeat(42)}B`],
    ['a line end', `${key('x')}\n# more`],
    ['words', 'ignore the host key'],
  ])('leave out %s', (_what, text) => {
    expect(published(`${text},${key('z')}`)).toEqual([key('z')]);
  });

  it('are at most eight', () => {
    expect(published(Array.from('abcdefghij', key).join(','))).toEqual(Array.from('abcdefgh', key));
  });
});
