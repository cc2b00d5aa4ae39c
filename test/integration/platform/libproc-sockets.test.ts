import { readdirSync, readlinkSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { compareViews } from '../../../electron/engine/platform/darwin/libproc/agreement.ts';
import type { LibprocHolding, LibprocSockets } from '../../../electron/engine/platform/darwin/libproc/sockets.ts';
import { backlogsOf, createLibprocSockets } from '../../../electron/engine/platform/darwin/libproc/sockets.ts';
import { readHoldings } from '../../../electron/engine/platform/sockets/holdings.ts';
import { faults } from '../../support/mac/libproc/faults.ts';
import type { DoubleOptions } from '../../support/mac/libproc/koffi-double.ts';
import { loadDouble, must } from '../../support/mac/libproc/load.ts';
import {
  backlogZombies,
  clientZombies,
  findSockets,
  gatewayZombies,
  hasPython,
  hungSessions,
  liveSession,
  NO_PYTHON,
  openScene,
  readSockets,
  type Scene,
  sparePorts,
  startBot,
  startGateway,
} from '../../support/simulator/index.ts';
import { toolRunner } from '../../support/system.ts';

const linux = process.platform === 'linux';
const root = process.geteuid?.() === 0;
const able = linux && hasPython;

let scene: Scene;
beforeEach(async () => {
  if (able) scene = await openScene();
});
afterEach(() => scene?.close());

async function libproc(options: DoubleOptions = {}): Promise<LibprocSockets> {
  return createLibprocSockets(await loadDouble(options));
}

/** Who holds the socket, by the descriptors in /proc. */
function holdersOf(inode: number): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        const fds = readdirSync(`/proc/${pid}/fd`);
        return fds.flatMap((fd) => {
          try {
            return readlinkSync(`/proc/${pid}/fd/${fd}`) === `socket:[${inode}]` ? [`${pid} ${fd}`] : [];
          } catch {
            return [];
          }
        });
      } catch {
        return [];
      }
    });
}

const spell = ({ pid, fd, state, local, remote }: LibprocHolding) =>
  `${pid} ${fd} ${state} ${local.port} ${remote?.port ?? 0}`;

describe.skipIf(!able)(`sockets by libproc${able ? '' : ` (skipped: ${NO_PYTHON ?? 'Linux only'})`}`, () => {
  it('match the kernel’s tables and the descriptors in /proc', async () => {
    const gateway = await startGateway(scene, { ports: await sparePorts(2) });
    const bot = await startBot(scene, { gateway });
    await clientZombies(gateway, bot, 3);
    await liveSession(gateway, bot, { count: 2 });
    await gatewayZombies(gateway, 2, bot);

    const holdings = must(await (await libproc()).holdings(gateway.ports)).rows;
    const expected = (await readSockets())
      .filter(({ local, remote }) => gateway.ports.includes(local.port) || gateway.ports.includes(remote.port))
      .flatMap(({ inode, state, local, remote }) =>
        holdersOf(inode ?? 0).map((holder) => `${holder} ${state} ${local.port} ${remote.port}`),
      );
    expect(expected.length).toBeGreaterThan(8);
    expect(holdings.map(spell).sort()).toEqual(expected.sort());
    for (const { uid, local, inode } of holdings) {
      expect(uid).toBe(process.geteuid?.());
      expect(['127.0.0.1', '*']).toContain(local.address);
      expect(inode).toBeNull();
    }
  });

  it('match those that lsof lists', async () => {
    const gateway = await startGateway(scene);
    const bot = await startBot(scene, { gateway });
    await clientZombies(gateway, bot, 2);
    await liveSession(gateway, bot);
    const { holdings } = await libproc();
    const before = must(await holdings(gateway.ports)).rows;
    const lsof = must(await readHoldings(toolRunner(), gateway.ports)).rows;
    const after = must(await holdings(gateway.ports)).rows;
    expect(compareViews({ before, lsof, after })).toMatchObject({ kind: 'agreed', compared: before.length });
    for (const fault of [faults.noSockets, faults.shiftedStates]) {
      const wrong = must(await (await libproc({ fault })).holdings(gateway.ports)).rows;
      expect(compareViews({ before: wrong, lsof, after: wrong }).kind).toBe('disagreed');
    }
  });

  it('show the greeting that a hung Gateway leaves unread', async () => {
    const gateway = await startGateway(scene, { mode: 'hang' });
    const bot = await startBot(scene, { gateway });
    await hungSessions(gateway, bot);
    const rows = must(await (await libproc()).holdings(gateway.ports)).rows;
    const [end] = rows.filter(({ pid, state }) => pid === gateway.pid && state === 'ESTABLISHED');
    const [shown] = await findSockets({ local: gateway.port, state: 'ESTABLISHED' });
    expect(end?.unread).toBe(shown?.recvQ);
    expect(end?.unread).toBeGreaterThan(0);
  });

  it('show the number of connections in the accept backlog, which no process holds', async () => {
    const gateway = await startGateway(scene);
    const bot = await startBot(scene, { gateway });
    await backlogZombies(gateway, bot, 2);
    const rows = must(await (await libproc()).holdings(gateway.ports)).rows;
    expect(backlogsOf(rows)).toEqual(new Map([[gateway.port, 2]]));
    expect(rows.filter(({ state }) => state === 'CLOSE_WAIT')).toEqual([]);
  });

  it('have one id for all processes that hold them, and count once as a listener', async () => {
    const gateway = await startGateway(scene);
    await gateway.fork('listener');
    const bot = await startBot(scene, { gateway });
    await clientZombies(gateway, bot);
    const heir = await bot.leak();
    const rows = must(await (await libproc()).holdings(gateway.ports)).rows;
    const zombies = rows.filter(({ state }) => state === 'CLOSE_WAIT');
    expect(zombies.map(({ pid }) => pid).sort()).toEqual([bot.pid, heir].sort());
    expect(new Set(zombies.map(({ socketId }) => socketId)).size).toBe(1);
    expect(rows.filter(({ state }) => state === 'LISTEN')).toHaveLength(2);
    expect(backlogsOf(rows)).toEqual(new Map([[gateway.port, 0]]));
  });

  it('show which ports a process listens on', async () => {
    const gateway = await startGateway(scene, { ports: await sparePorts(2) });
    const bot = await startBot(scene, { gateway });
    const own = await bot.listen();
    const { listeningPorts } = await libproc();
    const ports = [...gateway.ports, own].sort((one, other) => one - other);
    expect(must(await listeningPorts([gateway.pid, bot.pid]))).toEqual(ports);
    expect(must(await listeningPorts([4_000_000]))).toEqual([]);
  });

  it('of one process can be read alone, and are none when the process has ended', async () => {
    const gateway = await startGateway(scene);
    const bot = await startBot(scene, { gateway });
    const [port] = await clientZombies(gateway, bot);
    const { heldBy } = await libproc();
    expect(must(heldBy(bot.pid))).toMatchObject({
      complete: true,
      sockets: [{ state: 'CLOSE_WAIT', local: { port } }],
    });
    await bot.crash();
    expect(must(heldBy(bot.pid))).toEqual({ complete: true, sockets: [] });
  });

  it.skipIf(!root)('of another user’s process are unknown, not none', async () => {
    const gateway = await startGateway(scene);
    const { heldBy, holdings } = await libproc({ uid: 65_534 });
    expect(must(heldBy(gateway.pid))).toEqual({ complete: false, sockets: [] });
    expect(must(await holdings(gateway.ports)).rows).toEqual([]);
  });

  it('are read completely when the list grows between the two calls', async () => {
    const gateway = await startGateway(scene);
    const bot = await startBot(scene, { gateway });
    const ports = await liveSession(gateway, bot, { count: 200 });
    const { holdings } = await libproc({ fault: faults.growingLists });
    const own = must(await holdings(gateway.ports)).rows.filter(({ pid }) => pid === bot.pid);
    expect(own.map(({ local }) => local.port).sort()).toEqual([...ports].sort());
  });

  it('leave out descriptors that are closed, and processes that end, while they are read', async () => {
    const gateway = await startGateway(scene);
    const bot = await startBot(scene, { gateway });
    await liveSession(gateway, bot, { count: 5 });
    const { holdings } = await libproc({ fault: faults.vanishing });
    for (const { pid, fd } of must(await holdings(gateway.ports)).rows) {
      expect(pid % 3).not.toBe(0);
      expect(Number(fd) % 2).toBe(1);
    }
  });

  it('are not read at all when the struct has another size', async () => {
    const gateway = await startGateway(scene);
    const { heldBy, holdings } = await libproc({ fault: faults.grownSockets });
    const refused = { ok: false, error: { code: 'output-unreadable', tool: 'libproc' } };
    expect(await holdings(gateway.ports)).toMatchObject(refused);
    expect(heldBy(gateway.pid)).toMatchObject(refused);
  });
});
