import { describe, expect, it } from 'vitest';
import { Forwarding } from '../../../electron/engine/observe/forwarded/forwarding.ts';
import type { Holding, Networks, ProcessRecord, TcpRow } from '../../../electron/engine/platform/types.ts';
import { failure, success } from '../../../shared/result.ts';
import { gatewayRecord, held, processRecord, tcpRow } from '../clean/builders.ts';

const HOME = 1;
const BOX = 2;

const proxy = (pid: number, to = '172.17.0.2:4004', about: Partial<ProcessRecord> = {}) => {
  const [ip = '', port = ''] = to.split(':');
  const args = ['docker-proxy', '-host-port', '4002', '-container-ip', ip, '-container-port', port];
  return processRecord(pid, { name: 'docker-proxy', executable: null, uid: 0, args, ...about });
};
const socat = (pid: number, listens: number, to: string) =>
  processRecord(pid, { name: 'socat', args: ['socat', `TCP-LISTEN:${listens},fork`, `TCP:${to}`] });

interface Box {
  network: number;
  addresses: string[];
  processes: ProcessRecord[];
  listens: number[];
}

/** A machine with docker-proxy at home and containers; of which descriptors may be read says `readable`. */
function machine(boxes: Box[], { home = [proxy(10)], readable = {} as Record<number, number> } = {}) {
  const state = { now: 0, reads: 0 };
  const networks = new Map<number, number>(home.map(({ pid }) => [pid, HOME]));
  for (const { network, processes } of boxes) for (const { pid } of processes) networks.set(pid, network);
  const boxOf = (pid: number) => boxes.find(({ network }) => network === networks.get(pid));
  const fake: Networks = {
    networkOf: (pid) => networks.get(pid) ?? null,
    group: (pids) => {
      const grouped = new Map<number, number[]>();
      for (const pid of pids) {
        const network = networks.get(pid);
        if (network !== undefined) grouped.set(network, [...(grouped.get(network) ?? []), pid]);
      }
      return grouped;
    },
    addresses: async (pid) => new Set(['127.0.0.1', ...(boxOf(pid)?.addresses ?? ['172.17.0.1'])]),
    read: async (pid) => {
      state.reads += 1;
      const box = boxOf(pid);
      if (box === undefined) return failure({ code: 'tool-failed', tool: '/proc', hint: '' });
      return success(box.listens.map((port) => tcpRow('LISTEN', port, null, { inode: port })));
    },
  };
  const platform = {
    networks: fake,
    readHeldSockets: async (pid: number) => ({ inodes: new Set([readable[pid] ?? -1]), complete: pid in readable }),
  };
  const processes = new Map([...home, ...boxes.flatMap((box) => box.processes)].map((one) => [one.pid, one]));
  const forwarding = new Forwarding(platform, () => state.now);
  const rows: TcpRow[] = [tcpRow('LISTEN', 4002, null)];
  const follow = (holdings: Holding[] = []) =>
    forwarding.follow([4002, 4001], rows, {
      processes,
      holdings,
      unreadable: 0,
      by: 'lsof',
      ports: new Set(),
      tunnelPorts: new Set(),
    });
  const lead = () => forwarding.ports().get(4002)?.lead;
  return { state, networks, processes, forwarding, follow, lead };
}

const container = (processes: ProcessRecord[], listens: number[], network = BOX): Box => ({
  network,
  addresses: ['172.17.0.2'],
  processes,
  listens,
});

describe('a forwarded port', () => {
  it('leads through docker-proxy and the image’s socat to the Gateway, although all run as other users', async () => {
    const box = container([socat(20, 4004, '127.0.0.1:4002'), gatewayRecord(21)], [4004, 4002]);
    const { follow, lead } = machine([box]);
    expect(await follow()).toBe(true);
    expect(lead()).toMatchObject({ network: BOX, through: 21, port: 4002, gateway: { pid: 21 } });
    expect(await follow()).toBe(false);
  });

  it('is one route through Docker’s two proxies and the forks of a socat', async () => {
    const fork = socat(22, 4004, '127.0.0.1:4002');
    const box = container([socat(20, 4004, '127.0.0.1:4002'), fork, gatewayRecord(21)], [4004, 4002]);
    const { follow, lead } = machine([box], { home: [proxy(10), proxy(11)] });
    await follow([held(10, 'LISTEN', 4002, null), held(11, 'LISTEN', 4002, null)]);
    expect(lead()?.gateway.pid).toBe(21);
  });

  it('leads to the process that visibly holds the listener', async () => {
    const box = container([processRecord(21), gatewayRecord(22)], [4004]);
    const { follow, lead } = machine([box], { readable: { 21: 4004 } });
    await follow();
    expect(lead()?.gateway.pid).toBe(21);
  });

  it.each<[string, Box[]]>([
    ['two Gateways may be the one', [container([gatewayRecord(21), gatewayRecord(22)], [4004])]],
    [
      'two containers have the address',
      [container([gatewayRecord(21)], [4004]), container([gatewayRecord(31)], [4004], 3)],
    ],
    ['nobody listens there', [container([gatewayRecord(21)], [])]],
    ['no network has the address', []],
    ['something else forwards there', [container([processRecord(20, { name: 'haproxy' }), gatewayRecord(21)], [4004])]],
    ['its socats lead in a circle', [container([socat(20, 4004, '127.0.0.1:4004'), gatewayRecord(21)], [4004])]],
    ['no program of a Gateway’s is there', [container([processRecord(21)], [4004])]],
  ])('leads nowhere when %s', async (_, boxes) => {
    const { follow, forwarding, lead } = machine(boxes);
    await follow();
    expect(forwarding.ports().get(4002)?.forwarder.pid).toBe(10);
    expect(lead()).toBeNull();
  });

  it('is not forwarded when a Gateway is among the listeners', async () => {
    const { follow, processes, forwarding } = machine([], { home: [proxy(10)] });
    processes.set(12, gatewayRecord(12));
    await follow([held(12, 'LISTEN', 4002, null)]);
    expect(forwarding.ports().size).toBe(0);
  });

  it('is followed again only when the proxy or the Gateway changed, or after a while', async () => {
    const box = container([gatewayRecord(21)], [4004]);
    const { state, follow, lead, processes, forwarding } = machine([box]);
    await follow();
    const { reads } = state;
    await follow();
    expect(state.reads).toBe(reads);
    processes.set(21, { ...gatewayRecord(21), startToken: 'another' });
    await follow();
    expect(state.reads).toBeGreaterThan(reads);
    forwarding.lose(4002);
    expect([lead(), forwarding.isDue()]).toEqual([null, true]);
    await follow();
    expect([lead()?.gateway.pid, forwarding.isDue()]).toEqual([21, false]);
  });

  it('whose Gateway was not found is searched again after 5 s, then less and less often', async () => {
    const { state, follow, forwarding } = machine([]);
    const waits: number[] = [];
    for (let time = 0; time < 7; time += 1) {
      await follow();
      const since = state.now;
      while (!forwarding.isDue()) state.now += 1_000;
      waits.push(state.now - since);
    }
    expect(waits).toEqual([5_000, 10_000, 20_000, 40_000, 60_000, 60_000, 60_000]);
  });
});
