/** The protocol between the wizard's page in a browser and the loopback server. No secret is part of a URL. */

/**
 * The WebSocket's subprotocol. The page offers its secret as the second subprotocol; the server selects only this one.
 */
export const socketProtocol = 'edge.wizard.v1';

/** Request header with the page's secret. */
export const pageHeader = 'x-edge-page';

/** Close code of a WebSocket after a new address has ended its session. */
export const signedOutCode = 4001;

/** The server's answer to the one-time token: two secrets beside the session cookie, 256 random bits each. */
export interface PageSession {
  /** Sent by the page: in `pageHeader`, and as the WebSocket's second subprotocol. */
  readonly page: string;
  /** Sent by the server as the WebSocket's first message. Another server on the same port does not know it. */
  readonly server: string;
}
