/** The browser entry point: the wizard on the loopback interface. */
import { ok, type Result } from '../core/base/errors.ts';
import { createApi } from './api/api.ts';
import { createSession, type SessionOptions } from './api/session.ts';
import { type Served, serveWizard } from './serve/server.ts';

export interface WebOptions {
  readonly page: string;
  /** 0: any free port. */
  readonly port: number;
  readonly session: SessionOptions;
}

/** Fails with `common.no-port`. Closing it stops all work and waits for its end. */
export async function startWeb({ page, port, session: options }: WebOptions): Promise<Result<Served>> {
  const session = await createSession(options);
  const { router, stop } = createApi(session);
  const served = await serveWizard({ router, page, port });
  if (!served.ok) return served;
  return ok({
    ...served.value,
    async close() {
      await stop();
      await served.value.close();
    },
  });
}
