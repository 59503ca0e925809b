/**
 * Another server on 127.0.0.1, as another user of the machine would run it: it records every request of the browser.
 */
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface ForeignServer {
  readonly port: number;
  readonly url: string;
  /** Request lines with their headers and bodies. */
  readonly captured: string[];
  close(): Promise<void>;
}

async function record(request: IncomingMessage): Promise<string> {
  let body = '';
  for await (const chunk of request) body += String(chunk);
  return [`${request.method} ${request.url}`, ...request.rawHeaders, body].join('\n');
}

/** `/toss` sets cookies under the name of the victim's session, for the paths that the victim's page asks for. */
export async function startForeignServer(victim: number): Promise<ForeignServer> {
  const captured: string[] = [];
  const tossed = ['/', '/rpc', '/session'].map((path) => `edge-session-${victim}=${'e'.repeat(43)}; Path=${path}`);
  const server = createServer((request, response) => {
    void record(request).then((text) => {
      captured.push(text);
      const script = request.url === '/worker.js';
      response.writeHead(200, {
        'content-type': script ? 'text/javascript' : 'text/html',
        'access-control-allow-origin': '*',
        ...(request.url === '/toss' ? { 'set-cookie': tossed } : {}),
      });
      response.end(
        script
          ? `onfetch = ({ request }) => fetch('/seen?' + encodeURIComponent(request.url));
             onactivate = (event) => event.waitUntil(clients.claim());`
          : '<!doctype html><title>foreign</title>',
      );
    });
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    captured,
    close: () =>
      new Promise((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
}

export interface Target {
  readonly origin: string;
  readonly rpc: string;
  readonly protocol: string;
  readonly script: string;
}

/**
 * Runs inside a page of the foreign server and tries each way to reach the wizard's server. Returns the data that it
 * obtained, by name; expected to be empty.
 */
export async function attack({ origin, rpc, protocol, script }: Target): Promise<string[]> {
  const obtained: string[] = [];
  const note = (name: string, value: unknown): void => void obtained.push(`${name}: ${String(value)}`);
  const within = <T>(promise: Promise<T>): Promise<T | 'nothing'> =>
    Promise.race([promise, new Promise<'nothing'>((done) => setTimeout(() => done('nothing'), 1500))]);
  const json = { method: 'POST', body: '{"token":"x"}', headers: { 'content-type': 'application/json' } };

  const readable = async (name: string, path: string, options: RequestInit): Promise<void> => {
    try {
      const answer = await fetch(origin + path, { credentials: 'include', ...options });
      if (answer.type !== 'opaque') note(name, `${answer.status} ${await answer.text()}`);
    } catch {
      // Refused.
    }
  };
  const element = (name: string, tag: 'img' | 'script' | 'link', attributes: Record<string, string>): Promise<void> =>
    new Promise((done) => {
      const made = Object.assign(document.createElement(tag), attributes);
      made.addEventListener('load', () => {
        note(name, 'loaded');
        done();
      });
      made.addEventListener('error', () => done());
      document.body.append(made);
    });
  const socket = (name: string, protocols: string[]): Promise<void> =>
    new Promise((done) => {
      const made = new WebSocket(rpc, protocols);
      made.addEventListener('open', () => note(name, 'open'));
      made.addEventListener('message', ({ data }) => note(name, data));
      made.addEventListener('close', () => done());
    });
  const frame = (name: string, fill: (made: HTMLIFrameElement) => void): Promise<void> =>
    new Promise((done) => {
      const made = document.createElement('iframe');
      made.name = name;
      made.addEventListener('load', () => {
        try {
          // An error page of the browser has an opaque origin: reading it throws.
          const text = made.contentDocument?.body.innerText ?? '';
          if (text !== '') note(name, text);
        } catch {
          // Refused.
        }
        done();
      });
      document.body.append(made);
      fill(made);
    });
  const post = (enctype: string, target: string): void => {
    const form = Object.assign(document.createElement('form'), {
      action: `${origin}/session`,
      method: 'post',
      enctype,
      target,
    });
    form.append(Object.assign(document.createElement('input'), { name: '{"token":"x","a":"', value: '"}' }));
    document.body.append(form);
    form.submit();
  };
  const popup = async (): Promise<void> => {
    const opened = window.open(origin);
    await new Promise((done) => setTimeout(done, 500));
    try {
      if (opened && !opened.closed && opened.document.title !== '') note('popup', opened.document.title);
      opened?.postMessage('edge:connect', '*');
    } catch {
      // Refused.
    }
  };
  const workers = async (): Promise<void> => {
    try {
      await navigator.serviceWorker.register(`${origin}/worker.js`);
      note('service worker', 'registered for the wizard');
    } catch {
      await navigator.serviceWorker.register('/worker.js');
      await navigator.serviceWorker.ready;
    }
  };

  await within(
    Promise.all([
      workers(),
      readable('fetch of the page', '/', {}),
      readable('fetch of the session', '/session', {}),
      readable('fetch with a header', '/session', { headers: { 'x-edge-page': 'x' } }),
      readable('fetch with a token', '/session', json),
      readable('simple request', '/session', { method: 'POST', body: json.body }),
      readable('opaque request', '/session', { mode: 'no-cors', method: 'POST', body: json.body }),
      socket('WebSocket', []),
      socket('WebSocket with a protocol', [protocol]),
      socket('WebSocket with a guess', [protocol, 'A'.repeat(43)]),
      element('image', 'img', { src: `${origin}/` }),
      element('script', 'script', { src: origin + script }),
      element('module', 'script', { src: origin + script, type: 'module' }),
      element('style sheet', 'link', { href: `${origin}/`, rel: 'stylesheet' }),
      frame('frame', (made) => (made.src = origin)),
      frame('form as text', () => post('text/plain', 'form as text')),
      frame('form', () => post('application/x-www-form-urlencoded', 'form')),
      popup(),
    ]),
  );
  navigator.sendBeacon(`${origin}/session`, json.body);
  // The page's service worker reports the beacon.
  await new Promise((done) => setTimeout(done, 300));
  return obtained;
}
