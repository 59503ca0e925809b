/** The section `vsphere` of a data centre in the site file: one vCenter, or one or more standalone ESXi hosts. */
import { z } from 'zod';
import { text, user } from '../../base/text-fields.ts';
import { endpointUrlField, fingerprintField } from '../../network/endpoint-fields.ts';

export const vsphereSection = z.strictObject({
  endpoints: z
    .array(
      z.strictObject({
        url: endpointUrlField,
        username: user,
        /** Missing until pinned. */
        fingerprint: fingerprintField.optional(),
      }),
    )
    .min(1)
    .max(64),
  datacenter: text.optional(),
  cluster: text.optional(),
  folder: text.optional(),
  resourcePool: text.optional(),
  datastores: z.strictObject({ standard: text, premium: text }),
  networks: z.strictObject({ lan: text, wan: text }),
});

export type VsphereSection = z.output<typeof vsphereSection>;

/** Whether the section describes a vCenter, by fields that only a vCenter has. A vCenter places VMs itself. */
export const isVcenter = ({ cluster, datacenter, resourcePool }: VsphereSection): boolean =>
  cluster !== undefined || datacenter !== undefined || resourcePool !== undefined;
