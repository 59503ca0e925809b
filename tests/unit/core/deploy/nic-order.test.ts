import { describe, expect, it } from 'vitest';
import { nicPositions, nicRecord, recordedPositions } from '../../../../core/deploy/nic-order.ts';
import type { NetworkName, PlannedNic } from '../../../../core/plan/model.ts';

const nics = (...networks: NetworkName[]): PlannedNic[] => networks.map((network) => ({ network, addresses: [] }));
const both = nics('lan', 'wan');

describe('the NIC of a planned network', () => {
  it.each<[string, PlannedNic[], string[], number[]]>([
    ['is the one whose name says it', both, ['WAN', 'LAN'], [1, 0]],
    ['also with other NICs between', both, ['EDGE_WAN', 'mgmt', 'edge-lan0'], [2, 0]],
    ['also for a server with one of them', nics('lan'), ['WAN', 'LAN'], [1]],
    ['is the next free one where no name says it', both, ['VM Network', 'Other'], [0, 1]],
    ['is the next free one beside a named one', both, ['WAN 1', 'Network 2'], [1, 0]],
    ['is not guessed from VLAN or WLAN', both, ['VLAN 20', 'WLAN'], [0, 1]],
    ['is not guessed from a name that says both', both, ['LAN and WAN', 'VM Network'], [0, 1]],
    ['is the first one of several that say it', both, ['WAN 1', 'LAN 1', 'WAN 2', 'LAN 2'], [1, 0]],
    ['is found in a name without gaps', both, ['WanNetwork', 'EdgeLAN'], [1, 0]],
    ['is rather one that says nothing than one that says the other', both, ['WAN 1', 'WAN 2', 'mgmt'], [2, 0]],
    ['is rather one that says nothing, also for a server with one', nics('lan'), ['WAN', 'Other'], [1]],
    ['is one that says the other where there is nothing else', nics('lan'), ['WAN'], [0]],
    ['has a position even where the image has no NIC', both, [], [0, 1]],
  ])('%s', (_what, planned, names, positions) => {
    expect(nicPositions(planned, names)).toEqual(positions);
    const record = nicRecord(planned, positions);
    expect(recordedPositions(planned, record)).toEqual(positions);
  });

  it('is recorded on a VM only if the order differs from the plan’s', () => {
    expect(nicRecord(both, [0, 1])).toBeUndefined();
    expect(nicRecord(both, [1, 0])).toEqual(['wan', 'lan']);
    expect(nicRecord(both, [2, 0])).toEqual(['wan', '', 'lan']);
  });
});
