/** Checks of a gateway's disks: encryption, and unchanged files. Source: lsblk(8). */
import type { Observation } from '../base/findings.ts';
import { type GatewayCheck, perGateway, textOf } from './check.ts';
import { diskKeyCommand, keyFilesIn } from './disk-state.ts';
import { digestCommand, type FileState, fileState, parseDigests } from './stamp.ts';

/** Devices of this kind are open LUKS volumes. */
const encryptedCount = (lsblk: string): number =>
  new Set([...lsblk.matchAll(/"name":\s*"([^"]+)",\s*"type":\s*"crypt"/g)].map(([, name]) => name)).size;

/** The severity of a difference. `stamp` has none: the content is as planned, by an earlier plan. */
const severities = { missing: 'fail', changed: 'warn', foreign: 'warn', outdated: 'warn' } as const;

const isNoticed = (state: FileState): state is keyof typeof severities => state !== 'same' && state !== 'stamp';

export const fileChecks: readonly GatewayCheck[] = [
  {
    id: 'gateway.disks',
    commands: () => [['lsblk', '-J', '-o', 'NAME,TYPE'], diskKeyCommand],
    judge: perGateway((_, vm, outputs) => {
      // The first disk holds the system; the others hold data.
      const planned = vm.disks.length - 1;
      const found = encryptedCount(textOf(outputs));
      const keys = keyFilesIn(textOf(outputs, 1));
      const params = { vm: vm.name, planned, found, keys: keys.join(', ') };
      if (found < planned) return [{ params }];
      return keys.length === 0 ? [] : [{ status: 'warn', variant: 'key-file', params }];
    }),
  },
  {
    id: 'gateway.files',
    commands: ({ files }, vm) => [digestCommand((files[vm.name] ?? []).map(({ path }) => path))],
    judge: perGateway(({ files }, vm, outputs) => {
      const planned = files[vm.name];
      if (planned === undefined) return [{ status: 'pending', params: { vm: vm.name, files: '' } }];
      const found = new Map(parseDigests(textOf(outputs)).map((one) => [one.path, one]));
      const byState = new Map<keyof typeof severities, string[]>();
      for (const file of planned) {
        const state = fileState(file, found.get(file.path));
        if (isNoticed(state)) byState.set(state, [...(byState.get(state) ?? []), file.path]);
      }
      return [...byState].map(([state, paths]): Observation => ({
        status: severities[state],
        variant: state,
        params: { vm: vm.name, files: paths.join(', ') },
      }));
    }),
  },
];
