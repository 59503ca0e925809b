import { z } from 'zod';
import { parse } from './collect.ts';
import type { Session } from './session.ts';
import type { About, CallOptions } from './types.ts';

const schema = z.object({
  about: z.object({
    name: z.string(),
    fullName: z.string(),
    version: z.string(),
    build: z.string(),
    apiVersion: z.string(),
    apiType: z.enum(['HostAgent', 'VirtualCenter']),
    instanceUuid: z.string().optional(),
    licenseProductName: z.string().optional(),
  }),
});

export async function readAbout(session: Session, options: CallOptions): Promise<About> {
  const args = ['about', '-json'];
  const { about } = parse(schema, await session.command(args, options), args);
  const { instanceUuid, licenseProductName, ...rest } = about;
  return {
    ...rest,
    ...(instanceUuid === undefined || instanceUuid === '' ? {} : { instanceUuid }),
    ...(licenseProductName === undefined ? {} : { licenseProductName }),
  };
}
