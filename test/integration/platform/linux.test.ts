import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo, Server, Socket } from 'node:net';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { PlatformOptions } from '../../../electron/engine/platform/index.ts';
import { createPlatform } from '../../../electron/engine/platform/index.ts';
import type { KernelTable, Platform, TcpRow } from '../../../electron/engine/platform/types.ts';
import { hasPython, NO_PYTHON } from '../../support/simulator/python.ts';
import { until } from '../../support/until.ts';

const closers: (() => void)[] = [];
let directory = '';

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'sexton-linux-'));
});

afterEach(() => {
  for (const close of closers.splice(0)) close();
});

afterAll(() => {
  rmSync(directory, { recursive: true, force: true });
});

function platform(options: PlatformOptions = {}): Platform {
  const made = createPlatform(options);
  if (!made.ok) throw new Error(made.error.hint);
  return made.value;
}

function script(name: string, body: string): string {
  const path = join(directory, name);
  writeFileSync(path, body);
  chmodSync(path, 0o755);
  return path;
}

/** A listener that keeps its ends open, as a Gateway does that never closes. */
async function listen(
  host: string,
  onAccept: (socket: Socket) => void = () => {},
): Promise<{ port: number; server: Server }> {
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    closers.push(() => socket.destroy());
    socket.on('error', () => {});
    socket.resume();
    onAccept(socket);
  });
  server.listen(0, host);
  await once(server, 'listening');
  closers.push(() => server.close());
  return { port: (server.address() as AddressInfo).port, server };
}

async function dial(port: number, host: string): Promise<Socket> {
  const socket = connect({ port, host, allowHalfOpen: true });
  socket.on('error', () => {});
  socket.resume();
  closers.push(() => socket.destroy());
  await once(socket, 'connect');
  return socket;
}

async function read(ports: number[], from = platform()): Promise<KernelTable> {
  const table = await from.readTable(ports);
  if (!table.ok) throw new Error(table.error.hint);
  return table.value;
}

/** Little patience with a tool that hangs, and the usual one for others: on a busy machine they are not quick either. */
const patienceOf = (body: string | null) => (body?.includes('sleep') ? { timeoutMs: 500 } : {});

const has = (table: KernelTable, state: string, where: (row: TcpRow) => boolean = () => true) =>
  table.rows.filter((row) => row.state === state && where(row));

describe.skipIf(process.platform !== 'linux')('the socket table of Linux', () => {
  it.each([
    ['IPv4', '127.0.0.1', '127.0.0.1', '127.0.0.1'],
    ['IPv6', '::1', '::1', '::1'],
    ['v4-mapped', '::', '127.0.0.1', '127.0.0.1'],
  ])('shows listener, session and zombies of both sides over %s', async (_, host, target, shown) => {
    const { port } = await listen(host);
    const closedByUs = await dial(port, target);
    const client = closedByUs.localPort;
    expect(has(await read([port]), 'LISTEN')).toHaveLength(1);

    const closedAt = performance.now();
    closedByUs.end('x'.repeat(17));
    const zombie = await until(async () => has(await read([port]), 'CLOSE_WAIT')[0], {
      what: 'the gateway-side zombie',
    });
    expect(zombie.local).toEqual({ address: shown, port });
    expect(zombie.remote).toEqual({ address: shown, port: client });
    expect(zombie).toMatchObject({ bytesReceived: 17, uid: process.geteuid?.() });
    expect(zombie.inode).toBeGreaterThan(0);
    const older = await until(
      async () => has(await read([port]), 'CLOSE_WAIT').find((row) => (row.lastSegmentMs ?? 0) >= 200),
      { what: 'the zombie growing older' },
    );
    // In milliseconds, hence no older than it can be; the kernel counts in ticks of up to 10 ms.
    expect(older.lastSegmentMs).toBeLessThanOrEqual(performance.now() - closedAt + 10);
    expect(has(await read([port]), 'FIN_WAIT_2', (row) => row.remote?.port === port)).toHaveLength(1);

    await dial(port, target);
    const sessions = has(await read([port]), 'ESTABLISHED');
    expect(sessions.map((row) => row.bytesReceived)).toEqual([0, 0]);
  });

  it('shows a client-side zombie, and an answer as received bytes', async () => {
    const { port } = await listen('127.0.0.1', (socket) => void socket.write('hello'));
    const answered = await dial(port, '127.0.0.1');
    await until(async () => has(await read([port]), 'ESTABLISHED', (row) => row.bytesReceived === 5)[0]);
    const { port: other } = await listen('127.0.0.1', (socket) => void socket.end());
    const left = await dial(other, '127.0.0.1');
    const zombie = await until(async () => has(await read([other]), 'CLOSE_WAIT')[0]);
    // The FIN is no byte: nothing was answered here.
    expect(zombie).toMatchObject({ local: { port: left.localPort }, remote: { port: other }, bytesReceived: 0 });
    expect((await read([port])).rows.some((row) => row.local.port === left.localPort)).toBe(false);
    expect(answered.destroyed).toBe(false);
  });

  it('has no row of similar port numbers, and no row at all when no port is given', async () => {
    const { port } = await listen('127.0.0.1');
    await dial(port, '127.0.0.1');
    expect((await read([Math.floor(port / 10)])).rows).toEqual([]);
    expect((await read([])).rows).toEqual([]);
  });

  it.skipIf(hasPython === null)(
    `counts connections that wait to be accepted${hasPython === null ? `: ${NO_PYTHON}` : ''}`,
    async () => {
      const stuck =
        'import socket,sys\ns=socket.socket()\ns.bind(("127.0.0.1",0))\ns.listen(8)\nprint(s.getsockname()[1],flush=True)\nsys.stdin.read()';
      const child = spawn(hasPython ?? '', ['-c', stuck], { stdio: ['pipe', 'pipe', 'inherit'] });
      closers.push(() => child.kill('SIGKILL'));
      const port = Number(String((await once(child.stdout, 'data'))[0]));
      expect((await read([port])).backlog).toEqual(new Map([[port, 0]]));
      await dial(port, '127.0.0.1');
      await dial(port, '127.0.0.1');
      const table = await read([port]);
      expect(table.backlog).toEqual(new Map([[port, 2]]));
      const waiting = has(table, 'ESTABLISHED', (row) => row.local.port === port);
      expect(waiting.map((row) => [row.inode, row.uid])).toEqual([
        [null, null],
        [null, null],
      ]);
      const proc = await read([port], platform({ tools: { ss: [] } }));
      expect(proc.backlog).toEqual(new Map([[port, 2]]));
    },
  );

  it('comes from /proc when ss is missing, without ages and bytes, and reports the problem', async () => {
    const { port } = await listen('127.0.0.1');
    await dial(port, '127.0.0.1');
    const [ss, proc] = [await read([port]), await read([port], platform({ tools: { ss: [] } }))];
    const strip = (table: KernelTable) =>
      table.rows.map((row) => JSON.stringify({ ...row, lastSegmentMs: null, bytesReceived: null })).sort();
    expect(strip(proc)).toEqual(strip(ss));
    expect(ss).toMatchObject({ source: 'ss', problems: [] });
    expect(proc).toMatchObject({ source: '/proc/net/tcp', problems: [{ code: 'tool-missing', tool: 'ss' }] });
  });

  it.each([
    ['says nothing', 'zero-ss', '', 'tool-failed'],
    ['fails', 'failing-ss', '#!/bin/sh\necho "Cannot open netlink socket" >&2\nexit 1\n', 'tool-failed'],
    ['prints garbage', 'garbled-ss', '#!/bin/sh\necho "ESTAB what is this"\n', 'output-unreadable'],
    ['hangs', 'hanging-ss', '#!/bin/sh\nexec /bin/sleep 1000\n', 'tool-timeout'],
    ['floods', 'flooding-ss', '#!/bin/sh\nexec /usr/bin/head -c 100000000 /dev/zero\n', 'output-unreadable'],
  ])('comes from /proc when ss %s', async (_, name, body, problem) => {
    const { port } = await listen('127.0.0.1');
    const table = await read([port], platform({ tools: { ss: [script(name, body)] }, ...patienceOf(body) }));
    expect(table.source).toBe('/proc/net/tcp');
    expect(table.rows).toHaveLength(1);
    expect(table.problems.map((one) => one.code)).toEqual([problem]);
    expect(table.problems[0]?.hint).not.toContain('\n');
  });

  it('accepts an ss that lists nothing when the kernel has no socket either', async () => {
    const { port, server } = await listen('127.0.0.1');
    server.close();
    await once(server, 'close');
    const table = await read([port], platform({ tools: { ss: [script('quiet-ss', '')] } }));
    expect(table).toMatchObject({ rows: [], problems: [] });
  });

  it('can be read with an ss that has no -O', async () => {
    const old = script(
      'old-ss',
      '#!/bin/sh\ncase "$1" in *O*) echo "ss: invalid option -- \'O\'" >&2; exit 255;; esac\nfor ss in /usr/bin/ss /usr/sbin/ss /bin/ss /sbin/ss; do [ -x $ss ] && exec $ss "$@"; done\n',
    );
    const { port } = await listen('127.0.0.1');
    await dial(port, '127.0.0.1');
    const table = await read([port], platform({ tools: { ss: [old] } }));
    expect(table).toMatchObject({ source: 'ss', problems: [] });
    expect(has(table, 'ESTABLISHED').map((row) => row.bytesReceived)).toEqual([0, 0]);
  });

  it('is an error when neither ss nor /proc can be read', async () => {
    const blind = platform({ tools: { ss: [] }, procNet: join(directory, 'nothing') });
    expect(await blind.readTable([4002])).toMatchObject({ ok: false, error: { code: 'tool-missing', tool: 'ss' } });
    const silent = platform({ tools: { ss: [script('silent-ss', '')] }, procNet: join(directory, 'nothing') });
    expect(await silent.readTable([4002])).toMatchObject({ ok: false });
  });
});

const hasLsof = (await platform().readHoldings([4002])).ok;

describe.skipIf(!hasLsof)(`the holders of sockets${hasLsof ? '' : ': needs lsof'}`, () => {
  it('are found with process, user, state and the inode of the socket', async () => {
    const { port } = await listen('127.0.0.1');
    const client = await dial(port, '127.0.0.1');
    const held = await platform().readHoldings([port]);
    if (!held.ok) throw new Error(held.error.hint);
    expect(held.value.unreadable).toBe(0);
    const mine = held.value.rows.find((row) => row.local.port === client.localPort);
    expect(mine).toMatchObject({ pid: process.pid, state: 'ESTABLISHED', remote: { address: '127.0.0.1', port } });
    if (process.platform === 'linux') {
      const inode = mine?.inode ?? 0;
      const held = await platform().readHeldSockets(process.pid);
      expect(held.complete && held.inodes.has(inode)).toBe(true);
      expect((await platform().readHeldSockets(process.ppid)).inodes.has(inode)).toBe(false);
      expect(await platform().readHeldSockets(4_190_000)).toEqual({ inodes: new Set(), complete: true });
    }
  });

  it('are none when no socket has the ports', async () => {
    const { port, server } = await listen('127.0.0.1');
    server.close();
    await once(server, 'close');
    expect(await platform().readHoldings([port])).toEqual({ ok: true, value: { rows: [], unreadable: 0, by: 'lsof' } });
    expect(await platform().readHoldings([])).toEqual({ ok: true, value: { rows: [], unreadable: 0, by: 'lsof' } });
  });

  it('include the ports that a process listens on', async () => {
    const { port } = await listen('127.0.0.1');
    const client = await dial(port, '127.0.0.1');
    const ports = await platform().readListeningPorts([process.pid]);
    expect(ports.ok && ports.value).toContain(port);
    expect(ports.ok && ports.value).not.toContain(client.localPort);
    const others = await platform().readListeningPorts([process.ppid]);
    expect(others.ok && others.value).not.toContain(port);
    expect(await platform().readListeningPorts([4_190_000])).toEqual({ ok: true, value: [] });
  });

  it.each([
    ['missing', null, 'tool-missing'],
    ['empty', '', 'tool-failed'],
    ['failing', '#!/bin/sh\necho "lsof: no kernel" >&2\nexit 1\n', 'tool-failed'],
    ['garbled', '#!/bin/sh\necho "}{ what is this"\n', 'output-unreadable'],
    ['hanging', '#!/bin/sh\nexec /bin/sleep 1000\n', 'tool-timeout'],
    ['flooding', '#!/bin/sh\nexec /usr/bin/head -c 100000000 /dev/zero\n', 'output-unreadable'],
  ])('are unknown, not none, with a %s lsof', async (name, body, code) => {
    const lsof = body === null ? [] : [script(`${name}-lsof`, body)];
    const held = await platform({ tools: { lsof }, ...patienceOf(body) }).readHoldings([4002]);
    expect(held).toMatchObject({ ok: false, error: { code, tool: 'lsof' } });
  });
});

describe.skipIf(process.platform !== 'linux')('the processes of Linux', () => {
  it('are listed with path, redacted arguments, user, parent and start', async () => {
    const child = spawn(
      '/bin/sh',
      ['-c', 'read x', 'ibcalpha.ibc.IbcGateway', '/x/config.ini', 'annlogin', 'hunter2'],
      { stdio: ['pipe', 'ignore', 'ignore'], detached: true },
    );
    closers.push(() => child.kill('SIGKILL'));
    const record = await until(async () => {
      const table = await platform().readProcesses();
      const found = table.ok ? table.value.get(child.pid ?? 0) : undefined;
      return found?.args[0] === '/bin/sh' ? found : undefined;
    });
    expect(record).toMatchObject({
      ppid: process.pid,
      uid: process.geteuid?.(),
      args: ['/bin/sh', '-c', 'read x', 'ibcalpha.ibc.IbcGateway', '/x/config.ini', '[redacted]'],
      sessionLeader: true,
      corpse: false,
    });
    expect(record.executable).toMatch(/^\/.*sh$/);
    expect(Math.abs(Date.parse(record.startedAt) - Date.now())).toBeLessThan(30_000);
  });

  it('do not include a pid that does not exist, nor a thread', async () => {
    const table = await platform().readProcessesOf([process.pid, 4_190_000, 0, -1]);
    expect(table.ok && [...table.value.keys()]).toEqual([process.pid]);
  });

  it('have the same identity when they are read twice', async () => {
    const [first, second] = [await platform().readProcessesOf([process.pid]), await platform().readProcesses()];
    if (!first.ok || !second.ok) throw new Error('not read');
    const pick = (table: typeof first.value) => {
      const { startToken, uid, executable, startedAt } = table.get(process.pid) ?? expect.fail('not there');
      return { startToken, uid, executable, startedAt };
    };
    expect(pick(second.value)).toEqual(pick(first.value));
  });
});
