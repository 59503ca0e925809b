/** Replies of a mail server, parsed from the received bytes. Source: RFC 5321 section 4.2. */

export interface Reply {
  readonly code: number;
  /** The words of each line, without code and separator. */
  readonly lines: readonly string[];
}

/** Largest reply in characters. RFC 5321 requires 512 per line. */
const replyLimit = 65_536;

/** `incomplete`: the reply has not ended. `invalid`: this is no SMTP reply. `rest`: the text after the reply. */
export type ReplyReading =
  | { readonly kind: 'incomplete' }
  | { readonly kind: 'invalid' }
  | { readonly kind: 'reply'; readonly reply: Reply; readonly rest: string };

/** Reads one reply from the front of `text`. */
export function readReply(text: string): ReplyReading {
  const lines: string[] = [];
  let at = 0;
  let code = '';
  for (;;) {
    const end = text.indexOf('\n', at);
    if (end < 0) {
      const start = text.slice(at, at + 4);
      const possible =
        /^(?:[2-5](?:\d(?:\d[ \-\r]?)?)?)?$/.test(start) &&
        (code === '' || start.slice(0, 3) === code.slice(0, start.slice(0, 3).length));
      return { kind: possible && text.length <= replyLimit ? 'incomplete' : 'invalid' };
    }
    const match = /^([2-5]\d\d)(?:([ -])(.*))?$/.exec(text.slice(at, end).replace(/\r$/, ''));
    const [, lineCode = '', separator = ' ', words = ''] = match ?? [];
    if (match === null || (code !== '' && lineCode !== code) || end > replyLimit) return { kind: 'invalid' };
    code = lineCode;
    lines.push(words);
    at = end + 1;
    if (separator === ' ') return { kind: 'reply', reply: { code: Number(code), lines }, rest: text.slice(at) };
  }
}

/** Keywords of an EHLO reply in upper case with their parameters. The first line is the server's name. */
export const extensionsOf = ({ lines }: Reply): ReadonlyMap<string, readonly string[]> =>
  new Map(
    lines.slice(1).map((line) => {
      // `AUTH=LOGIN` is how servers older than RFC 4954 say it.
      const [keyword = '', ...values] = line
        .trim()
        .toUpperCase()
        .replace(/^AUTH=/, 'AUTH ')
        .split(/\s+/);
      return [keyword, values] as const;
    }),
  );
