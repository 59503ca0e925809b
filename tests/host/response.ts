/** As much of `Response` as main answers its own scheme with. */
export interface ResponseInit {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
}

export class Response {
  readonly body: Buffer;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;

  constructor(body: string | Uint8Array, { status = 200, headers = {} }: ResponseInit = {}) {
    this.body =
      typeof body === 'string' ? Buffer.from(body) : Buffer.from(body.buffer, body.byteOffset, body.byteLength);
    this.status = status;
    this.headers = headers;
  }
}
