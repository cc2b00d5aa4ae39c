import { describe, expect, it } from 'vitest';
import { SessionWatch } from '../../../electron/engine/connect/guard/attempt/sessions.ts';
import { CommandTree } from '../../../electron/engine/connect/guard/tree/tree.ts';
import type { OpenFiles } from '../../../electron/engine/platform/lock/open-files.ts';
import type { Holding, ProcessRecord, TcpRow } from '../../../electron/engine/platform/types.ts';
import { failure, success } from '../../../shared/result.ts';
import type { Problem } from '../../../shared/snapshot.ts';

const PROBLEM: Problem = { code: 'tool-missing', tool: 'ss', hint: 'Install ss.' };
const LOCK = '/tmp/ibkr_connect.lock';

function process(pid: number, ppid: number, more: Partial<ProcessRecord> = {}): ProcessRecord {
  return {
    pid,
    ppid,
    uid: 501,
    startedAt: '2025-12-06T09:31:07.000Z',
    startToken: `${pid}@boot`,
    name: 'python3',
    executable: '/usr/bin/python3',
    args: ['python3', 'runner.py'],
    sessionLeader: false,
    corpse: false,
    ...more,
  };
}

function session(clientPort: number, inode: number | null, bytesReceived: number | null = 0): TcpRow {
  return {
    state: 'ESTABLISHED',
    local: { address: '127.0.0.1', port: clientPort },
    remote: { address: '127.0.0.1', port: 4002 },
    recvQ: 0,
    lastSegmentMs: null,
    bytesReceived,
    uid: 501,
    inode,
  };
}

const holding = (pid: number, { local, remote, state }: TcpRow): Holding => ({
  pid,
  uid: 501,
  fd: '9u',
  inode: null,
  state,
  local,
  remote,
});

/** A pretend machine; a test changes what it shows. */
function machine(kind: 'linux' | 'darwin' = 'linux', remoteGateways = false) {
  const world = {
    rows: [] as TcpRow[] | null,
    processes: [process(50, 1), process(100, 50)] as ProcessRecord[] | null,
    holdings: [] as Holding[] | null,
    open: { sockets: new Set<number>(), hasFile: false } as OpenFiles,
    openOf: null as ((pids: readonly number[]) => OpenFiles) | null,
    lookedInto: [] as number[],
    adopted: [] as number[],
    lsofRuns: 0,
    time: 0,
    readMs: 0,
    remoteGateways,
  };
  const readProcesses = async () => {
    world.time += world.readMs;
    return world.processes === null ? failure(PROBLEM) : success(new Map(world.processes.map((one) => [one.pid, one])));
  };
  const tree = new CommandTree(
    { readProcesses },
    () => world.time,
    ({ name }) => name,
    async () => world.adopted,
  );
  const sessions = new SessionWatch({
    platform: {
      confirmsHoldings: kind === 'linux',
      readTable: async () =>
        world.rows === null
          ? failure(PROBLEM)
          : success({ source: 'ss', rows: world.rows, backlog: new Map(), problems: [] }),
      readHoldings: async () => {
        world.lsofRuns += 1;
        return world.holdings === null
          ? failure(PROBLEM)
          : success({ rows: world.holdings, unreadable: 0, by: 'lsof' });
      },
      lookIntoFiles: async (pids) => {
        world.lookedInto = [...pids];
        return world.openOf?.(pids) ?? world.open;
      },
    },
    tree,
    ports: [4002],
    remoteGateways: world.remoteGateways,
    lockPath: LOCK,
  });
  return { world, tree, sessions };
}

describe('the sessions of a guarded command on Linux', () => {
  it('are those whose sockets are among its tree’s descriptors', async () => {
    const { world, tree, sessions } = machine();
    world.rows = [session(1_000, 7), session(1_001, 8, 26)];
    await sessions.begin();
    tree.setRoot(100);
    world.processes?.push(process(101, 100), process(200, 50));
    world.rows = [...world.rows, session(1_002, 9, 26), session(1_003, 10, 0), session(1_004, 11, 26)];
    world.open = { sockets: new Set([9, 10]), hasFile: false };
    const { sighting, opensLock } = await sessions.look();
    expect(world.lookedInto).toEqual([100, 101]);
    expect(opensLock).toBe(false);
    const mine = { port: 4002, phase: 'open', own: true };
    expect(sighting).toEqual({
      kind: 'seen',
      listening: false,
      connections: [
        { key: '127.0.0.1:1002>127.0.0.1:4002', ...mine, replies: 'version', bytes: 26 },
        { key: '127.0.0.1:1003>127.0.0.1:4002', ...mine, replies: 'none', bytes: 0 },
      ],
    });
  });

  it('include those to a Gateway on another host, and never the ends of the Gateway itself', async () => {
    const { world, tree, sessions } = machine();
    await sessions.begin();
    tree.setRoot(100);
    const remote = { ...session(1_000, 7, 26), remote: { address: '192.0.2.7', port: 4002 } };
    const gateway = { ...session(4_002, 8, 17), remote: { address: '127.0.0.1', port: 1_000 } };
    world.rows = [remote, gateway];
    world.open = { sockets: new Set([7, 8]), hasFile: false };
    expect((await sessions.look()).sighting).toMatchObject({ connections: [{ replies: 'version', own: true }] });
  });

  it('are unknown when the table, or the descriptors behind a new session, cannot be read', async () => {
    const { world, tree, sessions } = machine();
    world.rows = null;
    expect(await sessions.begin()).toEqual({ kind: 'blind' });
    tree.setRoot(100);
    expect((await sessions.look()).sighting).toEqual({ kind: 'blind' });
    world.rows = [session(1_000, 7)];
    world.open = { sockets: null, hasFile: null };
    expect((await sessions.look()).sighting).toEqual({ kind: 'blind' });
    world.rows = [];
    expect((await sessions.look()).sighting).toEqual({ kind: 'seen', listening: false, connections: [] });
  });

  it('are unknown when a new session may be that of a descendant nobody can see', async () => {
    const { world, tree, sessions } = machine();
    await sessions.begin();
    tree.setRoot(100);
    world.processes = null;
    world.rows = [session(1_000, 7)];
    expect((await sessions.look()).sighting).toEqual({ kind: 'blind' });
    world.open = { sockets: new Set([7]), hasFile: false };
    expect((await sessions.look()).sighting).toMatchObject({ kind: 'seen', connections: [{ replies: 'none' }] });
  });

  it('say when the tree has the lock file open', async () => {
    const { world, tree, sessions } = machine();
    await sessions.begin();
    tree.setRoot(100);
    world.open = { sockets: new Set(), hasFile: true };
    expect((await sessions.look()).opensLock).toBe(true);
  });
});

describe('the sessions of a guarded command on macOS', () => {
  it('are read from lsof once for each new session, and not again while it lasts', async () => {
    const { world, tree, sessions } = machine('darwin');
    world.open = { sockets: null, hasFile: false };
    const old = session(1_000, null);
    world.rows = [old];
    await sessions.begin();
    tree.setRoot(100);
    await sessions.look();
    expect(world.lsofRuns).toBe(0);
    const mine = session(1_001, null, 26);
    world.rows = [old, mine];
    world.holdings = [holding(50, old), holding(100, mine)];
    for (let look = 0; look < 3; look += 1) {
      expect((await sessions.look()).sighting).toMatchObject({ connections: [{ replies: 'version', own: true }] });
    }
    expect(world.lsofRuns).toBe(1);
    world.holdings = null;
    world.rows = [old, mine, session(1_002, null)];
    expect((await sessions.look()).sighting).toEqual({ kind: 'blind' });
  });
});

describe('the traces of a guarded command', () => {
  const row = (local: number, remote: number, state: TcpRow['state'], more: Partial<TcpRow> = {}): TcpRow => ({
    ...session(local, null, null),
    local: { address: '127.0.0.1', port: local },
    remote: { address: '127.0.0.1', port: remote },
    state,
    ...more,
  });
  const LISTENER: TcpRow = { ...row(4_002, 0, 'LISTEN'), remote: null };

  /** What a look sees of these rows, all of which are new since the command started. */
  async function newRows(...rows: TcpRow[]) {
    const { world, tree, sessions } = machine();
    world.rows = [LISTENER];
    await sessions.begin();
    tree.setRoot(100);
    world.rows = [LISTENER, ...rows];
    world.open = { sockets: new Set([9]), hasFile: false };
    const { sighting } = await sessions.look();
    return sighting.kind === 'seen' ? sighting.connections : sighting;
  }

  it.each<[string, TcpRow, string]>([
    ['TIME_WAIT of the Gateway', row(4_002, 1_000, 'TIME_WAIT'), 'closed-by-gateway'],
    ['TIME_WAIT of the bot', row(1_000, 4_002, 'TIME_WAIT'), 'closed-by-bot'],
    ['last FIN of the bot', row(1_000, 4_002, 'LAST_ACK'), 'closed-by-gateway'],
    ['FIN_WAIT_2 of the bot', row(1_000, 4_002, 'FIN_WAIT_2'), 'closed-by-bot'],
    ['CLOSE_WAIT of the Gateway', row(4_002, 1_000, 'CLOSE_WAIT'), 'closed-by-bot'],
  ])('are probably its own when no holder was seen: %s', async (_, one, phase) => {
    const key = '127.0.0.1:1000>127.0.0.1:4002';
    expect(await newRows(one)).toMatchObject([{ key, phase, own: false }]);
  });

  it('show that the greeting was not answered when the Gateway has not even read it', async () => {
    const left = (recvQ: number) => newRows(row(4_002, 1_000, 'CLOSE_WAIT', { recvQ }));
    expect(await left(18)).toMatchObject([{ replies: 'none' }]);
    expect(await left(1)).toMatchObject([{ replies: null }]);
  });

  it('show by their segments whether more than the version was received', async () => {
    const one = (more: Partial<TcpRow>) => newRows({ ...session(1_000, 9, 30), ...more });
    expect(await one({ dataSegmentsIn: 1 })).toMatchObject([{ replies: 'version', bytes: null }]);
    expect(await one({ dataSegmentsIn: 2 })).toMatchObject([{ replies: 'handshake' }]);
    expect(await one({ bytesReceived: 57 })).toMatchObject([{ replies: 'version', bytes: 57 }]);
    expect(await one({ bytesReceived: 58 })).toMatchObject([{ replies: 'handshake' }]);
    expect(await one({ bytesReceived: null })).toMatchObject([{ replies: null }]);
  });

  it('leave out earlier connections, those that others hold, and clients on other machines', async () => {
    const { world, tree, sessions } = machine();
    const before = row(4_002, 1_000, 'TIME_WAIT');
    world.rows = [LISTENER, before];
    await sessions.begin();
    tree.setRoot(100);
    const others = session(1_001, 8, 500);
    const far = { ...row(4_002, 1_002, 'ESTABLISHED'), remote: { address: '192.0.2.9', port: 1_002 } };
    world.rows = [LISTENER, before, others, far];
    expect((await sessions.look()).sighting).toEqual({ kind: 'seen', listening: true, connections: [] });
    // Once theirs, always theirs: also when their processes are gone.
    world.rows = [LISTENER, before, row(1_001, 4_002, 'TIME_WAIT'), { ...far, state: 'CLOSE_WAIT' }];
    expect((await sessions.look()).sighting).toMatchObject({ connections: [] });
  });

  it('include those of a child that the last reading of the tree missed', async () => {
    const { world, tree, sessions } = machine();
    world.rows = [LISTENER];
    await sessions.begin();
    world.readMs = 1_000;
    tree.setRoot(100);
    await sessions.look();
    world.processes?.push(process(101, 100));
    world.rows = [LISTENER, session(1_000, 9, 0)];
    const files = { sockets: new Set<number>(), hasFile: false };
    world.open = files;
    world.openOf = (pids) => (pids.includes(101) ? { ...files, sockets: new Set([9]) } : files);
    expect((await sessions.look()).sighting).toMatchObject({ connections: [{ own: true }] });
  });

  it('say nothing about listeners when the Gateway may be on another host', async () => {
    for (const [remote, listening] of [
      [false, false],
      [true, null],
    ] as const) {
      const { world, sessions } = machine('linux', remote);
      world.rows = [];
      expect(await sessions.begin()).toMatchObject({ listening });
      world.rows = [LISTENER];
      expect(await sessions.begin()).toMatchObject({ listening: true });
    }
  });

  it('count as zombies by side when seen twice, and only those of the bot', async () => {
    const { world, tree, sessions } = machine();
    world.rows = [LISTENER];
    await sessions.begin();
    tree.setRoot(100);
    world.rows = [LISTENER, session(1_000, 9, 500), session(1_001, 8, 500), session(1_002, 10, 500)];
    world.open = { sockets: new Set([9, 10]), hasFile: false };
    await sessions.look();
    const zombies = [
      row(4_002, 1_000, 'CLOSE_WAIT'),
      row(4_002, 1_001, 'CLOSE_WAIT'),
      row(1_002, 4_002, 'CLOSE_WAIT', { inode: 10 }),
    ];
    world.rows = [LISTENER, ...zombies];
    expect(await sessions.left(async () => undefined)).toEqual({ gateway: 1, client: 1 });
    world.rows = [LISTENER, ...zombies];
    const closed = sessions.left(async () => {
      world.rows = [LISTENER];
    });
    expect(await closed).toEqual({ gateway: 0, client: 0 });
    world.rows = null;
    expect(await sessions.left(async () => undefined)).toBeNull();
  });
});

describe('the tree of a guarded command', () => {
  it('keeps a child that outlives its parent, and never forgets a member', async () => {
    const { world, tree } = machine();
    tree.setRoot(100);
    world.processes?.push(process(101, 100));
    await tree.refresh({ force: true });
    tree.setRoot(null);
    world.processes = [process(50, 1), process(101, 1)];
    await tree.refresh({ force: true });
    expect(tree.alive().map(({ pid }) => pid)).toEqual([101]);
    expect(tree.members().map(({ pid }) => pid)).toEqual([100, 101]);
  });

  it('does not mistake a reused pid or a corpse for a member', async () => {
    const { world, tree } = machine();
    tree.setRoot(100);
    world.processes?.push(process(101, 100), process(102, 100));
    await tree.refresh({ force: true });
    tree.setRoot(null);
    world.processes = [process(101, 1, { startToken: 'later' }), process(102, 1, { corpse: true })];
    await tree.refresh({ force: true });
    expect(tree.alive()).toEqual([]);
    expect(tree.pids()).toEqual([]);
  });

  it('includes processes that carry its mark, whoever their parent is', async () => {
    const { world, tree } = machine();
    world.processes = [process(101, 1), process(102, 101), process(103, 1)];
    world.adopted = [101];
    await tree.refresh({ force: true });
    expect(tree.alive()).toEqual([]);
    tree.setRoot(100);
    await tree.refresh({ force: true });
    expect(tree.alive().map(({ pid }) => pid)).toEqual([101, 102]);
  });

  it('is read again only after four times as long as the reading took', async () => {
    const { world, tree } = machine();
    world.readMs = 10;
    tree.setRoot(100);
    await tree.refresh();
    world.processes?.push(process(101, 100));
    world.time = 49;
    await tree.refresh();
    expect(tree.pids()).toEqual([100]);
    world.time = 50;
    await tree.refresh();
    expect(tree.pids()).toEqual([100, 101]);
  });
});
