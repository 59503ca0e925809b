import { z } from 'zod';
import { check, parse } from './collect.ts';
import type { Session } from './session.ts';
import type { About } from './inventory-types.ts';
import type { CallOptions } from './types.ts';

const aboutSchema = z.object({
  name: z.string(),
  fullName: z.string(),
  version: z.string(),
  build: z.string(),
  apiVersion: z.string(),
  apiType: z.enum(['HostAgent', 'VirtualCenter']),
  instanceUuid: z.string().optional(),
  licenseProductName: z.string().optional(),
});
const schema = z.object({ about: aboutSchema });

export async function readAbout(session: Session, options: CallOptions): Promise<About> {
  const args = ['about', '-json'];
  return aboutOf(parse(schema, await session.command(args, options), args).about);
}

/** What `inventory.collect` says of the endpoint. */
export const checkAbout = (value: unknown, command: readonly string[]): About =>
  aboutOf(check(aboutSchema, value, command));

function aboutOf({ instanceUuid, licenseProductName, ...rest }: z.infer<typeof aboutSchema>): About {
  return {
    ...rest,
    ...(instanceUuid === undefined || instanceUuid === '' ? {} : { instanceUuid }),
    ...(licenseProductName === undefined ? {} : { licenseProductName }),
  };
}
