import { describe, expect, it } from 'vitest';
import { readAttribution } from '../../../electron/engine/observe/attribution.ts';
import { NO_GAPS } from '../../../electron/engine/observe/gaps.ts';
import { Observer } from '../../../electron/engine/observe/observer.ts';
import { attribute } from '../../../electron/engine/observe/owners.ts';
import { listeners, portStates, unknownPortStates } from '../../../electron/engine/observe/ports.ts';
import { GatewayHosts, type Resolve } from '../../../electron/engine/observe/remote/gateway-hosts.ts';
import type { KernelTable, Platform, ProcessRecord, TcpRow } from '../../../electron/engine/platform/types.ts';
import { failure, success } from '../../../shared/result.ts';
import type { Problem } from '../../../shared/snapshot.ts';
import { botRecord, gatewayRecord, held, processRecord, tcpRow, zombieOf } from '../clean/builders.ts';

const broken: Problem = { code: 'tool-failed', tool: 'ss', hint: 'Reinstall it.' };
const WATCHED = [{ port: 4002, label: 'Gateway paper' }];

function table(rows: TcpRow[], backlog: KernelTable['backlog'] = new Map()): KernelTable {
  return { source: 'ss', rows, backlog, problems: [] };
}

/** An observer over a table that the test exchanges. */
function observing() {
  const state = { rows: [] as TcpRow[], now: 0, fails: false, problems: [] as Problem[] };
  const observer = new Observer({
    platform: {
      readTable: async () => (state.fails ? failure(broken) : success(table(state.rows))),
    } as unknown as Platform,
    hosts: () => ({ isGateway: () => false, problems: state.problems }),
    now: () => state.now,
  });
  const look = async () => {
    const read = await observer.look([4002], { settleMs: 3_000, secondReadMs: null });
    if (!read.ok) throw new Error('blind');
    return read.value;
  };
  return { state, look, observer };
}

describe('a scan of the table', () => {
  const left = tcpRow('CLOSE_WAIT', 50_001, 4002);

  it('keeps its memory through a failed scan: what was not seen is not gone', async () => {
    const { state, look, observer } = observing();
    state.rows = [left];
    await look();
    state.now = 1_500;
    state.fails = true;
    expect(await observer.look([4002], { settleMs: 3_000, secondReadMs: null })).toEqual(failure(broken));
    state.now = 3_000;
    state.fails = false;
    expect([...(await look()).zombies.values()].map(({ counted }) => counted)).toEqual([true]);
  });

  it('has a fingerprint that changes only with connections, listeners and the first answer of a session', async () => {
    const { state, look } = observing();
    const print = async (rows: TcpRow[]) => {
      state.rows = rows;
      return (await look()).fingerprint;
    };
    const one = await print([left, tcpRow('LISTEN', 4002, null)]);
    expect(await print([tcpRow('LISTEN', 4002, null), { ...left, recvQ: 9, lastSegmentMs: 5 }])).toBe(one);
    expect(await print([left, tcpRow('LISTEN', 4002, null), tcpRow('TIME_WAIT', 50_009, 4002)])).toBe(one);
    expect(await print([left])).not.toBe(one);
    const session = { ...left, state: 'ESTABLISHED' as const, bytesReceived: 0 };
    const unanswered = await print([session]);
    const answered = await print([{ ...session, bytesReceived: 9 }]);
    expect(answered).not.toBe(unanswered);
    expect(await print([{ ...session, bytesReceived: 10 }])).toBe(answered);
    expect(await print([{ ...left, state: 'ESTABLISHED' }, tcpRow('LISTEN', 4002, null)])).not.toBe(one);
    expect(await print([tcpRow('TIME_WAIT', 50_009, 4002)])).toBe('');
  });

  it('reports which Gateway hosts are unknown', async () => {
    const { state, look } = observing();
    state.problems = [broken];
    expect((await look()).table.problems).toEqual([broken]);
  });
});

describe('a scan behind a forwarder', () => {
  const ports = new Map([
    [4002, { forwarder: processRecord(10), lead: { network: 2, through: 21, port: 4004, gateway: gatewayRecord(21) } }],
  ]);

  /** An observer of a forwarded 4002; `box` is the table of the Gateway's own network, `null` one that cannot be read. */
  function observingBox(own: TcpRow[], box: { rows: TcpRow[] | null }) {
    const clock = { now: 0 };
    const platform = {
      readTable: async () => success(table([tcpRow('LISTEN', 4002, null, { inode: 1 }), ...own])),
      networks: { read: async () => (box.rows === null ? failure(broken) : success(box.rows)) },
    } as unknown as Platform;
    const observer = new Observer({
      platform,
      hosts: () => ({ isGateway: () => false, problems: [] }),
      now: () => clock.now,
      view: () => ({ forwarded: ports, botsOnly: new Set() }),
    });
    const look = async () => {
      const read = await observer.look([4002], { settleMs: 0, secondReadMs: null });
      if (!read.ok) throw new Error('blind');
      return read.value;
    };
    return { clock, look };
  }
  const inBox = (state: TcpRow['state'], at: number, about: Partial<TcpRow> = {}) =>
    tcpRow(state, '172.17.0.2:4004', `172.17.0.1:${50_000 + at}`, { inode: 100 + at, ...about });
  const listener = tcpRow('LISTEN', '172.17.0.2:4004', null, { inode: 99, recvQ: 0 });

  it('counts the Gateway’s zombies instead of the forwarder’s, which are the other ends of the same connections', async () => {
    const passed = tcpRow('CLOSE_WAIT', 4002, 60_001, { inode: 2 });
    const box = { rows: [listener, inBox('CLOSE_WAIT', 1), inBox('CLOSE_WAIT', 2), inBox('ESTABLISHED', 3)] };
    const { zombies, gaps, sessions } = await observingBox([passed], box).look();
    expect([...zombies.values()].map(({ port, side, inside, row }) => [port, side, inside, row.inode])).toEqual([
      [4002, 'gateway', true, 101],
      [4002, 'gateway', true, 102],
    ]);
    expect([gaps.forwarded.size, sessions.length]).toEqual([0, 0]);
    expect(attribute(zombies.values(), [])).toEqual([]);
  });

  it('keeps the forwarder’s own when it has more of them', async () => {
    const passed = [1, 2].map((at) => tcpRow('CLOSE_WAIT', 4002, 60_000 + at, { inode: at + 1 }));
    const { zombies } = await observingBox(passed, { rows: [listener, inBox('CLOSE_WAIT', 1)] }).look();
    expect([...zombies.values()].map(({ row }) => row.inode)).toEqual([2, 3]);
  });

  it('sees that the Gateway is jammed, and its accept backlog', async () => {
    const unread = inBox('ESTABLISHED', 1, { recvQ: 17 });
    const box = { rows: [{ ...listener, recvQ: 4 }, unread] };
    const { clock, look } = observingBox([], box);
    expect((await look()).jammed.get(4002)).toBeNull();
    clock.now = 10_001;
    const later = await look();
    expect([later.jammed.get(4002), later.backlog.get(4002)]).toEqual([true, 4]);
  });

  it('notices a change behind the forwarder, and reports when it can no longer be read', async () => {
    const box: { rows: TcpRow[] | null } = { rows: [listener] };
    const { look } = observingBox([], box);
    const { fingerprint } = await look();
    box.rows = [listener, inBox('ESTABLISHED', 1)];
    expect((await look()).fingerprint).not.toBe(fingerprint);
    box.rows = null;
    const blind = await look();
    expect([[...blind.gaps.forwarded], blind.lost]).toEqual([[4002], [4002]]);
  });
});

describe('Gateway hosts', () => {
  const hostsWith = (names: string[], resolve: Resolve, clock = { now: 0 }) =>
    new GatewayHosts(names, () => clock.now, resolve);
  const knows = async (hosts: GatewayHosts, address: string) => (await hosts.current()).isGateway(address);

  it('are known before the first count', async () => {
    const hosts = hostsWith(['gateway.lan'], async () => ['192.168.1.20', 'FD00::5']);
    expect(await knows(hosts, '192.168.1.20')).toBe(true);
    expect(await knows(hosts, 'fd00::5')).toBe(true);
    expect(await knows(hosts, '192.168.1.21')).toBe(false);
  });

  it('given as addresses need no resolving, and localhost is not asked for', async () => {
    const hosts = hostsWith(['10.0.0.9', 'localhost', 'LOCALHOST'], () => Promise.reject(new Error('asked')));
    const known = await hosts.current();
    expect(known.isGateway('10.0.0.9')).toBe(true);
    expect(known.problems).toEqual([]);
  });

  it('that do not resolve are named, and retried soon', async () => {
    const clock = { now: 0 };
    let works = false;
    const hosts = hostsWith(
      ['gateway.lan'],
      () => (works ? Promise.resolve(['10.0.0.9']) : Promise.reject(new Error())),
      clock,
    );
    expect((await hosts.current()).problems[0]?.hint).toMatch('"gateway.lan"');
    works = true;
    clock.now = 15_000;
    const known = await hosts.current();
    expect([known.problems, known.isGateway('10.0.0.9')]).toEqual([[], true]);
  });

  it('stay known while their names are resolved again', async () => {
    const clock = { now: 0 };
    let answer: Promise<string[]> = Promise.resolve(['10.0.0.9']);
    const hosts = hostsWith(['gateway.lan'], () => answer, clock);
    await hosts.current();
    let resolveLate: (addresses: string[]) => void = () => undefined;
    answer = new Promise((resolve) => {
      resolveLate = resolve;
    });
    clock.now = 300_000;
    expect(await knows(hosts, '10.0.0.9')).toBe(true);
    resolveLate(['10.0.0.10']);
    await answer;
    await Promise.resolve();
    expect(await knows(hosts, '10.0.0.10')).toBe(true);
    expect(await knows(hosts, '10.0.0.9')).toBe(false);
  });

  it('removed from the settings are forgotten, even when their answer comes late', async () => {
    let resolveLate: (addresses: string[]) => void = () => undefined;
    const answer = new Promise<string[]>((resolve) => {
      resolveLate = resolve;
    });
    const hosts = hostsWith(['gateway.lan'], () => answer);
    const first = hosts.current();
    hosts.setHosts(['10.0.0.1']);
    resolveLate(['10.0.0.9']);
    await first;
    expect(await knows(hosts, '10.0.0.9')).toBe(false);
    expect(await knows(hosts, '10.0.0.1')).toBe(true);
  });

  it('include this machine’s own addresses', async () => {
    expect(
      await knows(
        hostsWith([], async () => []),
        '127.0.0.1',
      ),
    ).toBe(true);
  });
});

describe('the states of the ports', () => {
  const facts = {
    table: table([tcpRow('LISTEN', 4002, null)], new Map([[4002, 2]])),
    zombies: [],
    sessions: [],
    jammed: new Map(),
    backlog: new Map([[4002, 2]]),
    gateways: new Map(),
  };
  const gateway = { pid: 50, startedAt: '', uid: 0, name: 'IB Gateway', commandLine: '' };

  it('count both sides and closing connections separately', () => {
    const zombies = [
      zombieOf(tcpRow('CLOSE_WAIT', 50_001, 4002)),
      zombieOf(tcpRow('CLOSE_WAIT', 4002, 50_002)),
      zombieOf(tcpRow('CLOSE_WAIT', 50_003, 4002), { counted: false }),
      zombieOf(tcpRow('CLOSE_WAIT', 50_004, 7497)),
    ];
    expect(portStates(WATCHED, { ...facts, zombies })[0]).toMatchObject({
      zombies: { client: 1, gateway: 1, total: 2 },
      closing: 1,
      listening: true,
      backlog: 2,
      jammed: false,
    });
  });

  it('name no Gateway where nothing listens, even if one was seen earlier', () => {
    const gateways = new Map([[4002, gateway]]);
    expect(portStates(WATCHED, { ...facts, gateways })[0]?.gateway).toBe(gateway);
    expect(portStates(WATCHED, { ...facts, table: table([]), gateways })[0]).toMatchObject({
      gateway: null,
      listening: false,
      backlog: null,
    });
  });

  it('are unknown on the Gateway’s side behind a forwarder, and in total unless the user accepted that', () => {
    const zombies = [zombieOf(tcpRow('CLOSE_WAIT', 50_001, 4002)), zombieOf(tcpRow('CLOSE_WAIT', 4002, 50_002))];
    const forwarders = new Map([[4002, { ...gateway, name: 'docker-proxy' }]]);
    const hidden = { ...facts, zombies, forwarders, gaps: { ...NO_GAPS, forwarded: new Set([4002]) } };
    expect(portStates(WATCHED, hidden)[0]).toMatchObject({
      forwarder: { name: 'docker-proxy' },
      jammed: null,
      backlog: null,
      zombies: { client: 1, gateway: null, total: null },
      closing: null,
      established: 0,
    });
    const accepted = { ...hidden, gaps: { ...hidden.gaps, botsOnly: new Set([4002]) } };
    expect(portStates(WATCHED, accepted)[0]).toMatchObject({
      zombies: { client: 1, gateway: null, total: 1 },
      closing: 0,
    });
  });

  it('are unknown on the bots’ side when a Gateway host is unknown, and completely after an unreadable line', () => {
    const zombies = [zombieOf(tcpRow('CLOSE_WAIT', 50_001, 4002)), zombieOf(tcpRow('CLOSE_WAIT', 4002, 50_002))];
    expect(portStates(WATCHED, { ...facts, zombies, gaps: { ...NO_GAPS, hosts: true } })[0]).toMatchObject({
      listening: true,
      zombies: { client: null, gateway: 1, total: null },
      established: null,
    });
    const torn = { ...facts, table: table([]), zombies, gaps: { ...NO_GAPS, rows: true } };
    expect(portStates(WATCHED, torn)[0]).toMatchObject({
      listening: null,
      jammed: null,
      zombies: { client: null, gateway: null, total: null },
    });
  });

  it('claim nothing while nothing is known', () => {
    const [line] = unknownPortStates(WATCHED);
    expect(line).toMatchObject({
      listening: null,
      closing: null,
      established: null,
      zombies: { client: null, gateway: null, total: null },
    });
  });

  it('name the first listener', () => {
    const found = listeners(
      [held(9, 'ESTABLISHED', 4002, 50_001), held(5, 'LISTEN', 4002, null), held(6, 'LISTEN', 4002, null)],
      (pid) => ({ ...gateway, pid }),
    );
    expect(found.get(4002)?.pid).toBe(5);
  });
});

describe('an attribution', () => {
  it('learns unusual ports from running Gateways, not from corpses, other Java or bots', async () => {
    const asked: (readonly number[])[] = [];
    const processes = [
      gatewayRecord(50),
      gatewayRecord(51, { corpse: true }),
      processRecord(52, { name: 'java', executable: '/usr/bin/java', args: ['java', 'com.intellij.idea.Main'] }),
      botRecord(53),
    ];
    const platform = {
      readProcesses: async () => success(new Map(processes.map((process) => [process.pid, process]))),
      readListeningPorts: async (pids: readonly number[]) => {
        asked.push(pids);
        return success([5555]);
      },
      readHoldings: async (ports: readonly number[]) => {
        asked.push(ports);
        return success({ rows: [], unreadable: 1 });
      },
    } as unknown as Platform;
    const read = await readAttribution(platform, [4002]);
    expect(asked).toEqual([[50], [4002, 5555]]);
    expect(read.ok && [...read.value.ports]).toEqual([4002, 5555]);
    expect(read.ok && read.value.unreadable).toBe(1);
  });

  it('asks for the expected ports at once, again only for unexpected ones, and drops those that are no Gateway’s', async () => {
    const asked: (readonly number[])[] = [];
    const platform = (learned: number[]) =>
      ({
        readProcesses: async () => success(new Map([[50, gatewayRecord(50)]])),
        readListeningPorts: async () => success(learned),
        readHoldings: async (ports: readonly number[]) => {
          asked.push(ports);
          return success({ rows: ports.map((port) => held(50, 'LISTEN', port, null)), unreadable: 0 });
        },
      }) as unknown as Platform;
    const portsOf = async (learned: number[], expected: number[]) => {
      const read = await readAttribution(platform(learned), [4002], new Set(expected));
      return read.ok && [[...read.value.ports], read.value.holdings.map(({ local }) => local.port)];
    };
    expect(await portsOf([5555], [4002, 5555])).toEqual([
      [4002, 5555],
      [4002, 5555],
    ]);
    expect(asked.splice(0)).toEqual([[4002, 5555]]);
    expect(await portsOf([], [4002, 5555])).toEqual([[4002], [4002]]);
    expect(asked.splice(0)).toEqual([[4002, 5555]]);
    expect(await portsOf([6666], [4002])).toEqual([
      [4002, 6666],
      [4002, 6666],
    ]);
    expect(asked).toEqual([[4002], [4002, 6666]]);
  });

  describe('learns from other listeners on a protected port', () => {
    const program = (pid: number, ...args: string[]) =>
      processRecord(pid, { name: args[0] ?? '', executable: `/usr/bin/${args[0]}`, args });

    /** A machine with these listeners; what they come to. */
    async function learned(...listeners: (readonly [ProcessRecord, number[]])[]) {
      const rows = listeners.flatMap(([{ pid }, ports]) => ports.map((port) => held(pid, 'LISTEN', port, null)));
      const read = await readAttribution(
        {
          readProcesses: async () => success(new Map(listeners.map(([process]) => [process.pid, process]))),
          readListeningPorts: async (pids: readonly number[]) =>
            success(rows.filter(({ pid }) => pids.includes(pid)).map(({ local }) => local.port)),
          readHoldings: async (ports: readonly number[]) =>
            success({ rows: rows.filter(({ local }) => ports.includes(local.port)), unreadable: 0 }),
        } as unknown as Platform,
        [4002],
      );
      if (!read.ok) throw new Error('nothing was read');
      const { ports, tunnelPorts, holdings } = read.value;
      return { ports: [...ports], tunnels: [...tunnelPorts], seen: holdings.map(({ local }) => local.port) };
    }

    it.each(['docker-proxy', 'com.docker.backend', 'nginx', 'python3'])('nothing from %s', async (name) => {
      const found = await learned([program(60, name), [4002, 5432]]);
      expect(found).toEqual({ ports: [4002], tunnels: [], seen: [4002] });
    });

    it('everything from a Java, whatever its command line', async () => {
      const found = await learned([program(60, 'java', '-jar', 'x.jar'), [4002, 5555]]);
      expect(found).toEqual({ ports: [4002, 5555], tunnels: [], seen: [4002, 5555] });
    });

    it('and from tunnels, wherever they listen, the ports that lead to the API', async () => {
      const ssh = program(60, 'ssh', '-N', '-L', '14002:gw:4002', '-L', '15432:db:5432', 'trader');
      const socat = program(61, 'socat', 'TCP-LISTEN:16000,fork', 'TCP:localhost:5555');
      const found = await learned([ssh, [14_002, 15_432]], [socat, [16_000]], [gatewayRecord(50), [5555]]);
      expect(found).toEqual({
        ports: [4002, 5555, 14_002, 16_000],
        tunnels: [14_002, 16_000],
        seen: [14_002, 16_000, 5555],
      });
    });
  });

  it.each(['readProcesses', 'readListeningPorts', 'readHoldings'])('fails as a whole when %s fails', async (broke) => {
    const platform = {
      readProcesses: async () => success(new Map([[50, gatewayRecord(50)]])),
      readListeningPorts: async () => success([]),
      readHoldings: async () => success({ rows: [], unreadable: 0 }),
      [broke]: async () => failure(broken),
    } as unknown as Platform;
    expect(await readAttribution(platform, [4002])).toEqual(failure(broken));
  });
});
