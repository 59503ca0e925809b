/** The guests of the demo: one for each VM that is on. They follow the simulated hosts once a second. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { guestAddressFrom } from '../../compose/guest-address.ts';
import type { GuestAddress } from '../../runner/services.ts';
import { writeFileAtomic } from '../../system/files/atomic.ts';
import { makeFolder } from '../../system/files/inputs.ts';
import { type Result, ok } from '../../../core/base/errors.ts';
import { type Guest, openGuest, textOf } from './guest.ts';
import { type GuestFacts, type SimulatedVm, factsOf } from './machine.ts';
import { type GuestServer, fingerprintOf, startGuestServer } from './server.ts';

/** A simulated host, as the guests need it. */
export interface GuestHost {
  /** Its VMs now. Rejects once the host has ended. */
  readonly vms: () => Promise<readonly SimulatedVm[]>;
  /** Writes a value for the VM with this ID, as open-vm-tools do. */
  readonly publish: (id: string, key: string, value: string) => Promise<void>;
}

export interface RunningGuests {
  /** JSON: planned address and port. For `EDGE_DEMO_GUESTS`. */
  readonly addressFile: string;
  readonly guestAddress: GuestAddress;
  /** Ends all guests. Their disks stay. */
  readonly stop: () => Promise<void>;
}

interface RunningGuest {
  readonly host: GuestHost;
  readonly guest: Guest;
  readonly server: GuestServer;
}

/** ms between two looks at the hosts. */
const lookEvery = 1000;

/** What an image publishes at every boot, and when it changes. */
const publishedBy = (guest: Guest): Readonly<Record<string, string>> => ({
  'guestinfo.edge.hostkeys': fingerprintOf(guest),
  'guestinfo.edge.disks': textOf(guest.disk, '/run/edge/disks').trim(),
  'guestinfo.edge.state': 'done',
});

/** Starts the guests of the VMs that are on, and those of VMs that are switched on later. Fails with `files.*`. */
export async function startGuests(folder: string, hosts: readonly GuestHost[]): Promise<Result<RunningGuests>> {
  const made = await makeFolder(folder, 0o700);
  if (!made.ok) return made;
  const addressFile = join(folder, 'addresses.json');
  const running = new Map<string, RunningGuest>();
  const diskOf = (id: string): string => join(folder, `${id}.json`);
  const portOf = (address: string): number | undefined =>
    [...running.values()].find(({ guest }) => guest.facts.lan.address === address)?.server.port;
  const network = (): readonly Guest[] => [...running.values()].map(({ guest }) => guest);

  const boot = async (host: GuestHost, facts: GuestFacts): Promise<void> => {
    const guest = await openGuest(diskOf(facts.id), facts);
    running.set(facts.id, { host, guest, server: await startGuestServer(guest, network, portOf) });
  };
  const end = async (id: string): Promise<void> => {
    const guest = running.get(id);
    running.delete(id);
    await guest?.server.stop();
  };
  const follow = async (host: GuestHost): Promise<void> => {
    const vms = await host.vms();
    for (const [id, one] of running) {
      const vm = vms.find((candidate) => candidate.id === id);
      if (one.host !== host || vm?.poweredOn === true) continue;
      await end(id);
      if (vm === undefined) await rm(diskOf(id), { force: true });
    }
    for (const vm of vms) {
      const facts = vm.poweredOn && !running.has(vm.id) ? factsOf(vm) : undefined;
      if (facts !== undefined) await boot(host, facts);
      const guest = running.get(vm.id)?.guest;
      for (const [key, value] of Object.entries(guest === undefined ? {} : publishedBy(guest))) {
        if (vm.extraConfig?.[key] !== value) await host.publish(vm.id, key, value);
      }
    }
  };
  let written = '';
  const look = async (): Promise<void> => {
    // A host that has ended keeps its guests as they are.
    await Promise.allSettled(hosts.map(follow));
    const ports = [...running.values()].map(({ guest, server }) => [guest.facts.lan.address, server.port] as const);
    const text = `${JSON.stringify(Object.fromEntries(ports))}\n`;
    if (text === written) return;
    const kept = await writeFileAtomic(addressFile, text, { mode: 0o600 });
    if (kept.ok) written = text;
  };

  await look();
  const ending = new AbortController();
  const following = (async () => {
    for (;;) {
      await pause(lookEvery, undefined, { signal: ending.signal }).catch(() => undefined);
      if (ending.signal.aborted) return;
      await look();
    }
  })();
  return ok({
    addressFile,
    guestAddress: guestAddressFrom(addressFile),
    stop: async () => {
      ending.abort();
      await following;
      await Promise.all([...running.keys()].map(end));
      await rm(addressFile, { force: true });
    },
  });
}
