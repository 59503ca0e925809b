/**
 * The attack table of the loopback server, as data: the parts of each request, and for each part the valid
 * values and those that an attacker tries. A request is valid if all its parts are.
 */
import { pageHeader, socketProtocol } from '../../../core/page-session.ts';
import { type RawRequest, upgradeHeaders } from './raw.ts';

export interface Secrets {
  readonly port: number;
  /** The unused one-time token. */
  readonly token: string;
  /** In the form of the Cookie header. */
  readonly cookie: string;
  readonly page: string;
  readonly server: string;
}

interface Choice {
  readonly right: boolean;
  readonly part: Partial<RawRequest>;
}

export interface Row {
  readonly name: string;
  readonly right: boolean;
  readonly request: RawRequest;
}

type Axis = readonly Choice[];

const headers = (right: boolean, ...sets: readonly (readonly string[])[]): Choice[] =>
  sets.map((lines) => ({ right, part: { headers: lines } }));

const named = (name: string, right: boolean, values: readonly string[]): Choice[] =>
  headers(right, ...values.map((value) => [`${name}: ${value}`]));

const hostAxis = ({ port }: Secrets): Axis => {
  const own = `Host: 127.0.0.1:${port}`;
  return [
    ...headers(true, [own], [own.toUpperCase().replace('HOST', 'hOsT')]),
    ...named('Host', false, [
      'rebound.example',
      `rebound.example:${port}`,
      '127.0.0.1',
      `127.0.0.1:${port + 1}`,
      `127.0.0.1:0${port}`,
      `127.0.0.1:${port}.evil.example`,
      `0.0.0.0:${port}`,
      `127.1:${port}`,
      `[::1]:${port}`,
      `user@127.0.0.1:${port}`,
      `127.0.0.1:${port}@evil.example`,
      `127.0.0.1:${port}, evil.example`,
      `http://127.0.0.1:${port}`,
      '',
    ]),
    ...headers(false, [], [own, own], [own, 'Host: evil.example'], ['Host: evil.example', own], [own, 'host:']),
  ];
};

const foreignOrigins = ({ port }: Secrets): Choice[] => {
  const own = `Origin: http://127.0.0.1:${port}`;
  return [
    ...named('Origin', false, [
      '',
      'null',
      'http://evil.example',
      `https://127.0.0.1:${port}`,
      `http://127.0.0.1:${port + 1}`,
      'http://127.0.0.1',
      `http://127.0.0.1:${port}/`,
      `http://127.0.0.1:${port}.evil.example`,
      `http://localhost:${port}`,
    ]),
    ...headers(false, [own, own], [own, 'Origin: http://evil.example'], ['Origin: http://evil.example', own]),
  ];
};

const ownOrigin = ({ port }: Secrets): Choice[] => named('Origin', true, [`http://127.0.0.1:${port}`]);

const cookieAxis = ({ cookie, page, port }: Secrets): Axis => {
  const name = `edge-session-${port}`;
  return [
    // Another local server has set cookies of the same name before and after ours.
    ...named('Cookie', true, [cookie, `${name}=evil; ${cookie}`, `${cookie}; ${name}=evil; a=b`, `a=b;${cookie};c`]),
    ...headers(true, [`Cookie: ${name}=evil`, `Cookie: ${cookie}`]),
    ...named('Cookie', false, [
      '',
      name,
      `${name}=`,
      `${name}=x`,
      `${name}=${page}`,
      `x${cookie}`,
      `${cookie}x`,
      cookie.slice(0, -1),
      `"${cookie}"`,
      `a=${cookie}`,
      cookie.toUpperCase(),
      cookie.replace(name, 'edge-session-1'),
    ]),
    ...headers(false, []),
  ];
};

const wrongPages = ({ cookie, page, server, token }: Secrets): string[] => [
  cookie.split('=')[1] ?? '',
  server,
  token,
  page.toUpperCase(),
  page.slice(1),
  `${page}x`,
];

const pageAxis = (secrets: Secrets): Axis => {
  const { page } = secrets;
  return [
    ...named(pageHeader, true, [page]),
    ...named(pageHeader, false, ['', ...wrongPages(secrets), `${page}, ${page}`]),
    ...headers(false, [], [`${pageHeader}: ${page}`, `${pageHeader}: x`], [`Cookie: ${pageHeader}=${page}`]),
  ];
};

const protocolAxis = (secrets: Secrets): Axis => {
  const { page } = secrets;
  const name = 'Sec-WebSocket-Protocol';
  return [
    ...named(name, true, [`${socketProtocol}, ${page}`, `${socketProtocol},${page}`]),
    ...named(name, false, [
      '',
      socketProtocol,
      page,
      `${page}, ${socketProtocol}`,
      `${socketProtocol}, ${page}, x`,
      ...wrongPages(secrets).map((wrong) => `${socketProtocol}, ${wrong}`),
    ]),
    ...headers(
      false,
      [],
      [`${name}: ${socketProtocol}`, `${name}: ${page}`],
      [`${pageHeader}: ${page}`],
      [`${name}: ${socketProtocol}`, `${pageHeader}: ${page}`],
    ),
  ];
};

const typeAxis: Axis = [
  ...named('Content-Type', true, ['application/json', 'application/json; charset=utf-8']),
  ...named('Content-Type', false, [
    '',
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'application/jsonp',
    'text/plain; application/json',
  ]),
  ...headers(false, [], ['Content-Type: text/plain', 'Content-Type: application/json']),
];

const tokenAxis = ({ token, page }: Secrets): Axis => {
  const body = (right: boolean, value: unknown): Choice => ({ right, part: { body: JSON.stringify(value) } });
  return [
    body(true, { token }),
    ...[{ token: `${token}x` }, { token: token.slice(1) }, { token: page }, { token: '' }, { token: [token] }].map(
      (value) => body(false, value),
    ),
    ...[{ token: null }, [token], null, token, { TOKEN: token }].map((value) => body(false, value)),
    { right: false, part: { body: `token=${token}` } },
    { right: false, part: { body: `{"token":"${token}"` } },
    { right: false, part: {} },
  ];
};

const methodAxis = (right: string, wrong: readonly string[]): Axis => [
  { right: true, part: { method: right } },
  ...wrong.map((method) => ({ right: false, part: { method } })),
];

/** The target in every form; an absolute target also names a server, so there are two hosts. */
const targetAxis = ({ port, page, token }: Secrets, path: string): Axis => [
  { right: true, part: { target: path } },
  ...[
    `http://127.0.0.1:${port}${path}`,
    `http://evil.example${path}`,
    `http://user@127.0.0.1:${port}${path}`,
    `/${path}`,
    `${path}/`,
    path.toUpperCase(),
    `/x/..${path}`,
    `/%2e${path}`,
    `${path}?page=${page}&token=${token}`,
    '*',
  ].map((target) => ({ right: false, part: { target } })),
];

const versionAxis: Axis = [
  { right: true, part: { version: 'HTTP/1.1' } },
  ...['HTTP/1.0', 'HTTP/0.9', 'HTTP/2.0'].map((version) => ({ right: false, part: { version } })),
];

const upgradeAxis: Axis = [
  ...headers(true, upgradeHeaders),
  ...headers(false, [], upgradeHeaders.slice(1), [...upgradeHeaders.slice(0, 1), 'Upgrade: h2c']),
];

/** The targets of an attacker, and the parts of the request that obtains each. */
export const requests = {
  'a session': (secrets: Secrets): Axis[] => [
    methodAxis('POST', ['GET', 'HEAD', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'TRACE', 'post']),
    targetAxis(secrets, '/session'),
    versionAxis,
    hostAxis(secrets),
    [...ownOrigin(secrets), ...foreignOrigins(secrets), ...headers(false, [])],
    typeAxis,
    tokenAxis(secrets),
  ],
  'the state of a session': (secrets: Secrets): Axis[] => [
    methodAxis('GET', ['HEAD', 'PUT', 'DELETE', 'OPTIONS']),
    targetAxis(secrets, '/session'),
    versionAxis,
    hostAxis(secrets),
    [...ownOrigin(secrets), ...headers(true, []), ...foreignOrigins(secrets)],
    cookieAxis(secrets),
    pageAxis(secrets),
  ],
  'the socket': (secrets: Secrets): Axis[] => [
    methodAxis('GET', ['POST', 'OPTIONS', 'CONNECT']),
    targetAxis(secrets, '/rpc'),
    versionAxis,
    hostAxis(secrets),
    [...ownOrigin(secrets), ...foreignOrigins(secrets), ...headers(false, [])],
    cookieAxis(secrets),
    protocolAxis(secrets),
    upgradeAxis,
  ],
} satisfies Record<string, (secrets: Secrets) => Axis[]>;

const assemble = (choices: readonly Choice[]): Row => {
  const parts = choices.map(({ part }) => part);
  const request: RawRequest = {
    method: 'GET',
    target: '/',
    version: 'HTTP/1.1',
    body: '',
    ...Object.assign({}, ...parts),
    headers: parts.flatMap((part) => part.headers ?? []),
  };
  return { name: JSON.stringify(request), right: choices.every(({ right }) => right), request };
};

const product = (axes: readonly Axis[]): Choice[][] =>
  axes.reduce<Choice[][]>((rows, axis) => rows.flatMap((row) => axis.map((choice) => [...row, choice])), [[]]);

/** Every choice of `count` out of `items`. */
const choose = (items: readonly number[], count: number): number[][] =>
  count === 0
    ? [[]]
    : items.flatMap((item, at) => choose(items.slice(at + 1), count - 1).map((more) => [item, ...more]));

/** Every value of every `count` parts with each other; the other parts have their first valid value. */
export function combine(axes: readonly Axis[], count: number): Row[] {
  const rows = choose([...axes.keys()], count).flatMap((varied) =>
    product(axes.map((axis, at) => (varied.includes(at) ? axis : axis.slice(0, 1)))).map(assemble),
  );
  return [...new Map(rows.map((row) => [row.name, row])).values()];
}
