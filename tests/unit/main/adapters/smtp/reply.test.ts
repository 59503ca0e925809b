import { describe, expect, it } from 'vitest';
import {
  codeOfError,
  faultOfError,
  messageOfError,
  seenCertificate,
} from '../../../../../core/preflight/probe-facts.ts';
import { extensionsOf, readReply } from '../../../../../main/adapters/smtp/reply.ts';

describe('a reply of a mail server', () => {
  const whole = '250-relay.test Hello\r\n250-STARTTLS\r\n250-SIZE 1000\r\n250 auth PLAIN login\r\n';

  it('is read however it is split', () => {
    for (let end = 0; end < whole.length; end += 1)
      expect(readReply(whole.slice(0, end)), `${end}`).toEqual({ kind: 'incomplete' });
    const reading = readReply(whole);
    expect(reading).toMatchObject({ kind: 'reply', rest: '', reply: { code: 250 } });
    if (reading.kind !== 'reply') return;
    const extensions = extensionsOf(reading.reply);
    expect([...extensions.keys()]).toEqual(['STARTTLS', 'SIZE', 'AUTH']);
    expect(extensions.get('AUTH')).toEqual(['PLAIN', 'LOGIN']);
  });

  it('is returned with the text after it', () => {
    expect(readReply('220 go\r\n250 injected\r\n')).toMatchObject({ kind: 'reply', rest: '250 injected\r\n' });
  });

  it.each([
    'HTTP/1.1 200 OK\r\n',
    'x',
    '2x',
    '220-a\r\n221 b\r\n',
    '220-a\r\n3',
    '199 low\r\n',
    '600 high\r\n',
    '220x\r\n',
    '\r\n',
  ])('%j is none', (text) => {
    expect(readReply(text)).toEqual({ kind: 'invalid' });
  });

  it('has a size limit', () => {
    expect(readReply(`220 ${'x'.repeat(70_000)}`)).toEqual({ kind: 'invalid' });
    expect(readReply('220-x\r\n'.repeat(20_000))).toEqual({ kind: 'invalid' });
  });

  it('may offer a login in the older form', () => {
    expect(extensionsOf({ code: 250, lines: ['x', 'AUTH=LOGIN'] }).get('AUTH')).toEqual(['LOGIN']);
  });
});

describe('an error of a probe', () => {
  const error = (code: string): Error => Object.assign(new Error(`getaddrinfo ${code} x`), { code });

  it('is classified by the code of the operating system', () => {
    expect(
      ['ENOTFOUND', 'ECONNREFUSED', 'ECONNRESET', 'EHOSTUNREACH', 'ETIMEDOUT'].map((code) => faultOfError(error(code))),
    ).toEqual(['name', 'refused', 'closed', 'unreachable', 'timeout']);
    expect(codeOfError('no error')).toBe('');
  });

  it('becomes one printable line', () => {
    expect(messageOfError(new Error(`a\u001b[31m\r\nb\u202e ${'c'.repeat(300)}`))).toMatch(/^[\x20-\x7e]{1,200}$/);
  });

  it('keeps a certificate with unreadable dates', () => {
    expect(seenCertificate({ valid_to: 'never' }, null, true)).toEqual({
      subject: '',
      issuer: '',
      notAfter: '',
      chainFault: null,
      namesHost: true,
    });
  });
});
