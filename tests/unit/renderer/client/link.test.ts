import type { ClientContext, ClientLink } from '@orpc/client';
import { describe, expect, it } from 'vitest';
import { type ConnectionState, createSwitchboard } from '../../../../renderer/client/link.ts';

const answering = (answer: unknown): ClientLink<ClientContext> => ({ call: () => Promise.resolve(answer) });

describe('the link of the client', () => {
  it('lets calls wait until a link is there, and sends later ones over the newest link', async () => {
    const board = createSwitchboard();
    const early = board.connection.client.site.current();
    board.connected(answering('first'));
    expect(await early).toBe('first');
    board.disconnected('lost');
    const between = board.connection.client.site.current();
    board.connected(answering('second'));
    expect(await between).toBe('second');
  });

  it('ends a waiting call when its caller aborts', async () => {
    const board = createSwitchboard();
    const control = new AbortController();
    const call = board.connection.client.app.info(undefined, { signal: control.signal });
    control.abort();
    await expect(call).rejects.toThrow('aborted');
  });

  it('reports the current state, then each change once', () => {
    const board = createSwitchboard();
    const seen: ConnectionState[] = [];
    board.connection.onState((state) => seen.push(state));
    board.connected(answering(null));
    board.disconnected('lost');
    board.disconnected('lost');
    board.disconnected('refused');
    expect(seen).toEqual(['connecting', 'open', 'lost', 'refused']);
  });
});
