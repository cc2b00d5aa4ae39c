import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type RealEngine, realEngine } from '../../support/real-engine.ts';
import { botRecord, gatewayRecord } from '../clean/builders.ts';
import { Machine } from '../clean/machine.ts';

const BOT = 4312;
const MINUTE = 60_000;
let machine: Machine;
let running: RealEngine;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  machine = new Machine();
  machine.open('LISTEN', 4002, null, machine.spawn(gatewayRecord(50)));
});
afterEach(async () => {
  await running.engine.stop();
  vi.useRealTimers();
});

/** Starts the app on the pretend machine. */
async function start(ports: readonly number[] = [4002]): Promise<void> {
  running = realEngine({
    ports,
    on: { platform: machine.platform(), clock: machine.clock },
    settings: { autoClean: 'on' },
    counting: 'settled',
    app: true,
  });
  await running.engine.start();
}

/** Lets so much time pass on the machine and for the engine's timers. */
async function pass(ms: number): Promise<void> {
  for (const end = machine.now + ms; machine.now < end; ) {
    await machine.pass(500);
    await vi.advanceTimersByTimeAsync(500);
  }
}

const bot = (pid = BOT, ppid = 1) => machine.spawn(botRecord(pid, '/home/me/bots/runner_async.py', { ppid }));
const hits = () => machine.hits.map(({ pid, signal }) => `${pid} ${signal}`);

/** Opens a session for 20 of every 23 s, each time on a port of its own. */
async function comeAndGo(holder: number, ms: number, bytes: number | null = 100, port = 4002): Promise<void> {
  for (const end = machine.now + ms; machine.now < end; ) {
    const session = machine.open('ESTABLISHED', 30_000 + (Math.floor(machine.now / 100) % 20_000), port, holder);
    if (bytes !== null) machine.receive(session, bytes);
    await pass(20_000);
    machine.close(session);
    await pass(3_000);
  }
}

describe('automatic cleaning', () => {
  it('stops a listed bot after five quiet minutes, and reports it', async () => {
    machine.zombie(bot());
    await start();
    await pass(4.5 * MINUTE);
    expect(hits()).toEqual([]);
    await pass(MINUTE);
    expect(hits()).toEqual([`${BOT} SIGTERM`]);
    expect(running.engine.snapshot().cleanup).toMatchObject({
      kind: 'done',
      by: 'auto',
      result: { ok: true, stopped: [{ pid: BOT }] },
    });
  });

  it('leaves alone a bot that is connected for 20 of every 23 seconds', async () => {
    machine.zombie(bot());
    await start();
    await comeAndGo(BOT, 12 * MINUTE);
    expect(hits()).toEqual([]);
    await pass(4 * MINUTE);
    expect(hits()).toEqual([]);
    await pass(1.5 * MINUTE);
    expect(hits()).toEqual([`${BOT} SIGTERM`]);
  });

  it('leaves a bot alone where it is unknown whether its sessions were answered', async () => {
    machine.zombie(bot());
    await start();
    await comeAndGo(BOT, 8 * MINUTE, null);
    expect(hits()).toEqual([]);
  });

  it('leaves a bot alone whose sessions are on a protected port that is not shown', async () => {
    machine.zombie(bot());
    await start([4002]);
    await comeAndGo(BOT, 8 * MINUTE, 100, 7496);
    expect(hits()).toEqual([]);
  });

  it('stops a bot whose sessions were never answered, in a gap between two of them', async () => {
    machine.zombie(bot());
    await start();
    await comeAndGo(BOT, 8 * MINUTE, 0);
    expect(hits()).toEqual([`${BOT} SIGTERM`]);
    expect(machine.rows().filter(({ state }) => state === 'ESTABLISHED')).toEqual([]);
  });

  it.each([
    ['child', 4_400, BOT],
    ['parent', 4_300, 1],
  ])('counts the sessions of a %s even after it has ended', async (kind, pid, ppid) => {
    const other = bot(pid, ppid);
    machine.zombie(bot(BOT, kind === 'parent' ? other : 1));
    await start();
    await pass(4 * MINUTE);
    const session = machine.open('ESTABLISHED', 30_001, 4002, other);
    machine.receive(session, 100);
    await pass(10_000);
    machine.end(other);
    await pass(4 * MINUTE);
    expect(hits()).toEqual([]);
    await pass(1.5 * MINUTE);
    expect(hits()).toEqual([`${BOT} SIGTERM`]);
  });

  it('does not count the sessions of another bot that the same shell started', async () => {
    const shell = machine.spawn({ ...botRecord(4_000), name: 'bash', executable: '/bin/bash', args: ['bash'] });
    const session = machine.open('ESTABLISHED', 30_001, 4002, bot(4_400, shell));
    machine.receive(session, 100);
    machine.zombie(bot(BOT, shell));
    await start();
    await pass(6 * MINUTE);
    expect(hits()).toEqual([`${BOT} SIGTERM`]);
  });

  it('waits five more minutes after a session whose holder is unknown', async () => {
    machine.zombie(bot());
    await start();
    await pass(4 * MINUTE);
    machine.lie = (holdings) => holdings.filter(({ state }) => state !== 'ESTABLISHED');
    const session = machine.open('ESTABLISHED', 30_001, 4002, bot(4_400));
    machine.receive(session, 100);
    await pass(5_000);
    machine.end(4_400);
    await pass(4 * MINUTE);
    expect(hits()).toEqual([]);
    await pass(1.5 * MINUTE);
    expect(hits()).toEqual([`${BOT} SIGTERM`]);
  });

  it.each<[string, (engine: RealEngine['engine']) => Promise<void>]>([
    [
      'the kernel could not be read for a while',
      async () => {
        machine.broken.add('readTable');
        await pass(5_000);
        machine.broken.clear();
      },
    ],
    [
      'the holders could not be read when connections changed',
      async () => {
        machine.broken.add('readHoldings');
        machine.open('ESTABLISHED', 30_001, 4002, bot(4_400));
        await pass(5_000);
        machine.end(4_400);
        machine.broken.clear();
      },
    ],
    [
      'the machine was asleep, during which only the wall clock went on',
      async () => {
        const { wall } = machine.clock;
        machine.clock.wall = () => wall() + 3_600_000;
      },
    ],
    [
      'nothing was watched',
      async (engine) => {
        engine.setAttention({ asleep: true });
        await pass(30_000);
        engine.setAttention({ asleep: false });
      },
    ],
  ])('restarts its five minutes after %s', async (_, happens) => {
    machine.zombie(bot());
    await start();
    await pass(4 * MINUTE);
    await happens(running.engine);
    await pass(4.5 * MINUTE);
    expect(hits()).toEqual([]);
    await pass(MINUTE);
    expect(hits()).toEqual([`${BOT} SIGTERM`]);
  });

  it('carries out at most one plan a minute', async () => {
    machine.zombie(bot());
    await start();
    await pass(MINUTE / 2);
    machine.zombie(bot(4_400), 0);
    await pass(6 * MINUTE);
    const [first, second] = machine.hits;
    expect(hits()).toEqual([`${BOT} SIGTERM`, '4400 SIGTERM']);
    expect((second?.at ?? 0) - (first?.at ?? 0)).toBeGreaterThanOrEqual(MINUTE);
  });

  it('leaves alone a worker that inherited its zombie from an unlisted bot', async () => {
    const parent = machine.bot(4_100);
    machine.zombie(bot(BOT, parent), 60_000, 4002, parent);
    await start();
    await pass(6 * MINUTE);
    expect(hits()).toEqual([]);
  });
});
