import { describe, expect, it } from 'vitest';
import { isElsewhere, listElsewhere } from '../../../electron/engine/observe/remote/elsewhere.ts';
import type { Holding, ProcessRecord, TcpRow } from '../../../electron/engine/platform/types.ts';
import { botRecord, gatewayRecord, held, processRecord, tcpRow, zombieOf } from '../clean/builders.ts';

const FAR = '10.9.9.2';

function list(
  zombies: readonly TcpRow[],
  sessions: readonly TcpRow[],
  owners: { holdings: Holding[]; processes: ProcessRecord[] } | null,
) {
  return listElsewhere({
    zombies: zombies.map((row) => zombieOf(row)),
    sessions,
    owners: owners && { ...owners, processes: new Map(owners.processes.map((one) => [one.pid, one])) },
    isBot: ({ name }) => name.startsWith('python'),
  });
}

describe('connections elsewhere', () => {
  it('are those to a watched port of a machine that is neither this one nor a Gateway host', () => {
    const watched = { ports: new Set([4002, 4001]), isGateway: (address: string) => address === '10.0.0.9' };
    const is = (local: string | number, remote: string | number | null) =>
      isElsewhere(tcpRow('CLOSE_WAIT', local, remote), watched);
    expect(is('10.0.0.5:50001', `${FAR}:4002`)).toBe(true);
    expect(is('10.0.0.5:50001', '10.0.0.9:4002')).toBe(false);
    expect(is(50_001, 4002)).toBe(false);
    expect(is('10.0.0.5:4002', `${FAR}:4001`)).toBe(false);
    expect(is('10.0.0.5:50001', `${FAR}:5432`)).toBe(false);
    expect(is(4002, null)).toBe(false);
  });

  it('are listed by address and port, worst first, with the bots that hold them', () => {
    const rows = [1, 2, 3].map((at) => tcpRow('CLOSE_WAIT', `10.0.0.5:5000${at}`, `${FAR}:4002`));
    const session = tcpRow('ESTABLISHED', '10.0.0.5:50009', '10.9.9.3:7497');
    const holdings = [
      ...[1, 2, 3].map((at) => held(7, 'CLOSE_WAIT', `10.0.0.5:5000${at}`, `${FAR}:4002`)),
      held(8, 'CLOSE_WAIT', '10.0.0.5:50001', `${FAR}:4002`),
      held(8, 'ESTABLISHED', '10.0.0.5:50009', '10.9.9.3:7497'),
    ];
    expect(list(rows, [session], { holdings, processes: [botRecord(7), botRecord(8)] })).toMatchObject([
      { address: FAR, port: 4002, zombies: 3, established: 0, processes: [{ pid: 7 }, { pid: 8 }] },
      { address: '10.9.9.3', port: 7497, zombies: 0, established: 1, processes: [{ pid: 8 }] },
    ]);
  });

  it('held by a Gateway or a process that is no bot are left out', () => {
    const rows = [tcpRow('CLOSE_WAIT', '10.0.0.5:50001', `${FAR}:4001`)];
    const heldBy = (process: ProcessRecord) => ({
      holdings: [held(process.pid, 'CLOSE_WAIT', '10.0.0.5:50001', `${FAR}:4001`)],
      processes: [process],
    });
    expect(list(rows, [], heldBy(gatewayRecord(5)))).toEqual([]);
    expect(list(rows, [], heldBy(processRecord(5)))).toEqual([]);
    expect(list(rows, [], heldBy(botRecord(5)))).toHaveLength(1);
  });

  it('without a visible holder are shown, unless they may be a Gateway’s own session to IBKR', () => {
    const at = (port: number) => tcpRow('CLOSE_WAIT', '10.0.0.5:50001', `${FAR}:${port}`);
    expect(list([at(4002)], [], null)).toMatchObject([{ port: 4002, zombies: 1, processes: [] }]);
    expect(list([at(4001)], [], { holdings: [], processes: [] })).toEqual([]);
  });
});
