import { describe, expect, it } from 'vitest';
import { crossCheck } from '../../../electron/engine/clean/cross-check.ts';
import { countRemaining } from '../../../electron/engine/clean/signal/verify.ts';
import { type Gaps, NO_GAPS } from '../../../electron/engine/observe/gaps.ts';
import type { Look } from '../../../electron/engine/observe/observer.ts';
import type { Holding } from '../../../electron/engine/platform/types.ts';
import { failure, success } from '../../../shared/result.ts';
import { gatewayRecord, tcpRow, zombieOf } from './builders.ts';
import { Machine } from './machine.ts';

describe('the verdict on what remains', () => {
  const zombie = (port: number, counted = true) => zombieOf(tcpRow('CLOSE_WAIT', 50_000 + port, port), { counted });
  const lookWith = (gaps: Gaps, ...zombies: ReturnType<typeof zombie>[]) =>
    success({ zombies: new Map(zombies.map((one) => [one.key, one])), gaps } as unknown as Look);
  const lookOf = (...zombies: ReturnType<typeof zombie>[]) => lookWith(NO_GAPS, ...zombies);
  const blind = failure({ code: 'tool-failed', tool: 'ss', hint: '' } as const);
  const freed = new Set([zombie(4002).key]);

  async function verify(looks: readonly (ReturnType<typeof lookOf> | typeof blind)[]) {
    const clock = { at: 0, looks: 0 };
    const look = async () => looks[Math.min(clock.looks++, looks.length - 1)] ?? blind;
    const remaining = await countRemaining(look, new Set([4002, 4001]), freed, {
      now: () => clock.at,
      sleep: async (ms) => {
        clock.at += ms;
      },
    });
    return { remaining, waited: clock.at, looks: clock.looks };
  }

  it('comes at once when the freed zombies are gone', async () => {
    expect(await verify([lookOf()])).toEqual({ remaining: 0, waited: 0, looks: 1 });
    expect(await verify([lookOf(zombie(4001))])).toMatchObject({ remaining: 1, waited: 0 });
  });

  it('waits for them, but at most 3 s (defect D17)', async () => {
    expect(await verify([lookOf(zombie(4002)), lookOf(zombie(4002)), lookOf()])).toMatchObject({
      remaining: 0,
      waited: 40,
    });
    const never = await verify([lookOf(zombie(4002))]);
    expect(never.remaining).toBe(1);
    expect(never.waited).toBe(3_000);
  });

  it('ignores other ports', async () => {
    expect((await verify([lookOf(zombie(7497))])).remaining).toBe(0);
  });

  it('is unknown, never clean, when the kernel cannot be read at the end (defect D3)', async () => {
    expect((await verify([blind])).remaining).toBeNull();
    expect(await verify([blind, blind, lookOf()])).toMatchObject({ remaining: 0, waited: 40 });
    expect((await verify([lookOf(zombie(4001, false)), blind])).remaining).toBeNull();
  });

  it('is unknown when these ports may have unseen zombies, unless a person accepted that', async () => {
    const hidden = { ...NO_GAPS, forwarded: new Set([4002]) };
    expect((await verify([lookWith({ ...NO_GAPS, hosts: true })])).remaining).toBeNull();
    expect((await verify([lookWith({ ...NO_GAPS, rows: true })])).remaining).toBeNull();
    expect((await verify([lookWith(hidden)])).remaining).toBeNull();
    expect((await verify([lookWith({ ...NO_GAPS, forwarded: new Set([7497]) })])).remaining).toBe(0);
    expect((await verify([lookWith({ ...hidden, botsOnly: new Set([4002]) })])).remaining).toBe(0);
  });

  it('reads closing connections a second time', async () => {
    expect(await verify([lookOf(zombie(4001, false)), lookOf()])).toMatchObject({ remaining: 0, waited: 250 });
    expect((await verify([lookOf(zombie(4001, false)), lookOf(zombie(4001, false))])).remaining).toBe(1);
    expect((await verify([lookOf(zombie(4001, false)), lookOf(zombie(4002, false))])).remaining).toBe(0);
  });
});

describe('what lsof missed', () => {
  const ports = new Set([4002, 7497]);

  /** What is found on a machine of which lsof told `lie`. */
  async function missed(machine: Machine, lie: (truth: Holding[]) => Holding[] = (truth) => truth) {
    const platform = machine.platform();
    const processes = await platform.readProcesses();
    if (!processes.ok) throw new Error('blind');
    const attribution = {
      processes: processes.value,
      holdings: lie(machine.holdings()),
      unreadable: 0,
      by: 'lsof' as const,
      ports,
      tunnelPorts: new Set<number>(),
    };
    return { attribution, find: () => crossCheck(platform, attribution) };
  }

  it('is nothing when its answer was complete, and then no process is read again', async () => {
    const machine = new Machine();
    machine.open('LISTEN', 4002, null, machine.spawn(gatewayRecord(50)));
    machine.open('ESTABLISHED', 50_001, 4002, machine.bot(4312));
    const { find } = await missed(machine);
    machine.broken.add('readProcesses');
    expect(await find()).toEqual({ holdings: [], newcomers: [] });
  });

  it.each([
    ['a session', 'ESTABLISHED', 50_001, 4002],
    ['a session being opened', 'SYN_SENT', 50_001, 7497],
    ['a listener', 'LISTEN', 4002, null],
  ] as const)('is %s that it kept silent about', async (_, state, local, remote) => {
    const machine = new Machine();
    machine.open(state, local, remote, machine.bot(4312));
    const { find } = await missed(machine, () => []);
    expect((await find())?.holdings.map(({ pid, state: found }) => [pid, found])).toEqual([[4312, state]]);
  });

  it('is a session that it showed in another state or attributed to another process', async () => {
    const machine = new Machine();
    machine.open('ESTABLISHED', 50_001, 4002, machine.bot(4312));
    machine.bot(4400);
    const asZombie = await missed(machine, (all) => all.map((one) => ({ ...one, state: 'CLOSE_WAIT' as const })));
    expect((await asZombie.find())?.holdings.map(({ pid }) => pid)).toEqual([4312]);
    const elsewhere = await missed(machine, (all) => all.map((one) => ({ ...one, pid: 4400 })));
    expect((await elsewhere.find())?.holdings.map(({ pid }) => pid)).toEqual([4312]);
  });

  it('is a worker that started while it ran', async () => {
    const machine = new Machine();
    machine.bot(4312);
    const { find } = await missed(machine);
    machine.open('ESTABLISHED', 50_001, 4002, machine.bot(4400, 'obeys', { ppid: 4312 }));
    const found = await find();
    expect(found?.newcomers.map(({ pid }) => pid)).toEqual([4400]);
    expect(found?.holdings.map(({ pid }) => pid)).toEqual([4400]);
  });

  it('is unknown when the kernel or the processes cannot be read', async () => {
    const machine = new Machine();
    machine.open('ESTABLISHED', 50_001, 4002, machine.bot(4312));
    const { find } = await missed(machine, () => []);
    machine.broken.add('readProcesses');
    expect(await find()).toBeNull();
    machine.broken.add('readTable');
    expect(await find()).toBeNull();
  });

  it('is unknown when there are too many sockets to check', async () => {
    const machine = new Machine();
    for (let at = 0; at < 300; at += 1) machine.bot(5_000 + at);
    for (let at = 0; at < 200; at += 1) machine.open('ESTABLISHED', 40_000 + at, 4002, 5_000);
    const { find } = await missed(machine, () => []);
    expect(await find()).toBeNull();
  });

  it('is nothing on macOS, where there is only lsof to ask', async () => {
    const machine = new Machine();
    machine.kind = 'darwin';
    machine.open('ESTABLISHED', 50_001, 4002, machine.bot(4312));
    const { find } = await missed(machine, () => []);
    expect(await find()).toEqual({ holdings: [], newcomers: [] });
  });
});
