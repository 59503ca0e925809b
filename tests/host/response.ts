/** The part of `Response` that main and its libraries use: an answer to the page, and the body of a stream. */
interface ResponseInit {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
}

type Body = string | Uint8Array | AsyncIterable<Uint8Array>;

async function bytesOf(body: Body): Promise<Buffer> {
  if (typeof body === 'string') return Buffer.from(body);
  if (body instanceof Uint8Array) return Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks);
}

export class Response {
  readonly #body: Body;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;

  constructor(body: Body, { status = 200, headers = {} }: ResponseInit = {}) {
    this.#body = body;
    this.status = status;
    this.headers = headers;
  }

  async arrayBuffer(): Promise<ArrayBuffer> {
    // A buffer may be a view of a larger one: the copy contains exactly its bytes.
    return new Uint8Array(await bytesOf(this.#body)).buffer;
  }

  async text(): Promise<string> {
    return (await bytesOf(this.#body)).toString('utf8');
  }
}
