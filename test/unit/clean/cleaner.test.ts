import { beforeEach, describe, expect, it } from 'vitest';
import { scriptBasename } from '../../../electron/engine/observe/scripts.ts';
import { SETTLE_MS } from '../../../shared/settings.ts';
import { PROTECTED_WORDS } from '../../../shared/wording.ts';
import { LEFT_ALONE } from '../../../shared/wording-clean.ts';
import { botRecord, processRecord } from './builders.ts';
import { Cleaner } from './cleaning.ts';
import { Machine } from './machine.ts';

const BOT = 4312;
let machine: Machine;
let cleaner: Cleaner;

beforeEach(() => {
  machine = new Machine();
  cleaner = new Cleaner(machine);
});

const refusals = (result: { refused: readonly { pid: number; reason: string }[] }) =>
  result.refused.map(({ pid, reason }) => [pid, reason]);

describe('a clean', () => {
  it('stops a bot that obeys with SIGTERM alone, and says that the port is clean', async () => {
    machine.zombie(machine.bot(BOT));
    const result = await cleaner.run();
    expect(cleaner.signals()).toEqual(['4312 SIGTERM']);
    expect(cleaner.record()).toEqual(['planned 4312 SIGTERM', '4312 SIGTERM sent']);
    expect(result).toMatchObject({ ok: true, remaining: 0, refused: [], stopped: [{ pid: BOT, signal: 'SIGTERM' }] });
  });

  it('asks all of them together and kills, after one shared grace, only who is still there', async () => {
    for (const pid of [4001, 4002]) machine.zombie(machine.bot(pid));
    for (const pid of [4003, 4004]) machine.zombie(machine.bot(pid, 'ignores'));
    machine.zombie(machine.bot(4005, { endsAfterMs: 1_500 }));
    const result = await cleaner.run();
    expect(cleaner.signals()).toEqual([
      ...[4001, 4002, 4003, 4004, 4005].map((pid) => `${pid} SIGTERM`),
      '4003 SIGKILL',
      '4004 SIGKILL',
    ]);
    const [first, kill] = [machine.hits[0]?.at ?? 0, machine.hits[5]?.at ?? 0];
    expect(kill - first).toBeGreaterThanOrEqual(2_000);
    expect(kill - first).toBeLessThan(2_200);
    expect(result.stopped.map(({ signal }) => signal).sort()).toEqual([
      'SIGKILL',
      'SIGKILL',
      'SIGTERM',
      'SIGTERM',
      'SIGTERM',
    ]);
  });

  it('is over as soon as the last one has gone', async () => {
    machine.zombie(machine.bot(BOT, { endsAfterMs: 300 }));
    expect((await cleaner.run()).durationMs).toBeLessThan(600);
  });

  it('takes a corpse that nobody has reaped for gone', async () => {
    machine.zombie(machine.bot(BOT, 'ignores'));
    const plan = await cleaner.plan();
    machine.at(machine.now + 500, () => machine.end(BOT, true));
    const result = await cleaner.clean(plan);
    expect(result.ok && result.value.stopped).toMatchObject([{ pid: BOT, signal: 'SIGTERM' }]);
    expect(cleaner.signals()).toEqual(['4312 SIGTERM']);
  });

  it('says so when not even SIGKILL helps', async () => {
    machine.zombie(machine.bot(BOT, 'unkillable'));
    const result = await cleaner.run();
    expect(cleaner.signals()).toEqual(['4312 SIGTERM', '4312 SIGKILL']);
    expect(result).toMatchObject({ ok: false, stopped: [], remaining: 1 });
    expect(refusals(result)).toEqual([[BOT, LEFT_ALONE['still-there']]]);
  });

  it('reports a signal that was not permitted as a refusal (defect D12)', async () => {
    machine.zombie(machine.spawn(botRecord(BOT), 'obeys', { permitted: false }));
    const result = await cleaner.run();
    expect(refusals(result)).toEqual([[BOT, LEFT_ALONE['not-permitted']]]);
    expect(cleaner.record()).toEqual(['planned 4312 SIGTERM', '4312 SIGTERM not-permitted']);
    expect(result).toMatchObject({ ok: false, stopped: [], remaining: 1 });
  });

  it('does nothing but count when there is nobody to stop', async () => {
    machine.zombie(machine.spawn(processRecord(77, { name: 'Safari' })));
    const result = await cleaner.run();
    expect(machine.hits).toEqual([]);
    expect(result).toMatchObject({ ok: false, remaining: 1 });
    expect(refusals(result)).toEqual([[77, PROTECTED_WORDS['not-a-bot']]]);
  });
});

describe('between plan and signal', () => {
  const cleanAfter = async (happens: () => void) => {
    const plan = await cleaner.plan();
    expect(plan.targets).toHaveLength(1);
    happens();
    const result = await cleaner.clean(plan);
    if (!result.ok) throw new Error('blind');
    return result.value;
  };

  it('a bot that ends by itself is not signalled, and nothing is said against it', async () => {
    machine.zombie(machine.bot(BOT));
    expect(await cleanAfter(() => machine.end(BOT))).toMatchObject({
      ok: true,
      stopped: [],
      refused: [],
      remaining: 0,
    });
    expect(machine.hits).toEqual([]);
  });

  it('another bot that took over the pid is left alone, its own zombies included', async () => {
    machine.zombie(machine.bot(BOT));
    const result = await cleanAfter(() => {
      machine.end(BOT);
      machine.zombie(machine.bot(BOT));
    });
    expect(machine.hits).toEqual([]);
    expect(refusals(result)).toEqual([[BOT, LEFT_ALONE.replaced]]);
  });

  it.each([
    ['another program (exec)', { executable: '/usr/bin/vim' }],
    ['another user', { uid: 0 }],
  ])('a process that became %s is left alone', async (_, about) => {
    machine.zombie(machine.bot(BOT));
    const result = await cleanAfter(() => machine.change(BOT, about));
    expect(machine.hits).toEqual([]);
    expect(refusals(result)).toEqual([[BOT, LEFT_ALONE.replaced]]);
  });

  it('a bot that closed its zombies is left alone', async () => {
    const inode = machine.zombie(machine.bot(BOT));
    expect(await cleanAfter(() => machine.close(inode))).toMatchObject({ ok: true, stopped: [], remaining: 0 });
    expect(machine.hits).toEqual([]);
    expect(machine.alive(BOT)).toBe(true);
  });

  it('a bot whose old zombies gave way to new ones is left alone: they were not in the plan', async () => {
    const inode = machine.zombie(machine.bot(BOT));
    expect(
      await cleanAfter(() => {
        machine.close(inode);
        machine.zombie(BOT, 60_000);
      }),
    ).toMatchObject({ ok: false, stopped: [], remaining: 1 });
    expect(machine.hits).toEqual([]);
  });

  it.each([
    ['a live session', () => machine.open('ESTABLISHED', 60_001, 4002, BOT), 'live-session'],
    ['one on a port that is not shown', () => machine.open('ESTABLISHED', 60_001, 7496, BOT), 'live-session'],
    ['one being opened', () => machine.open('SYN_SENT', 60_001, 4002, BOT), 'live-session'],
    [
      'a worker with a session',
      () => machine.open('ESTABLISHED', 60_001, 4002, machine.bot(4400, 'obeys', { ppid: BOT })),
      'live-session',
    ],
    ['the listener', () => machine.open('LISTEN', 4002, null, BOT), 'gateway-listener'],
    [
      'a Gateway for a child',
      () => machine.open('LISTEN', 4002, null, machine.bot(4400, 'obeys', { ppid: BOT })),
      'gateway-family',
    ],
  ] as const)('a bot that got %s is left alone', async (_, happens, reason) => {
    machine.zombie(machine.bot(BOT));
    const result = await cleanAfter(() => void happens());
    expect(machine.hits).toEqual([]);
    expect(refusals(result)).toEqual([[BOT, PROTECTED_WORDS[reason]]]);
  });

  it('a session that lsof missed, because it was opened while lsof ran, is seen by asking the kernel', async () => {
    machine.zombie(machine.bot(BOT));
    const plan = await cleaner.plan();
    machine.lie = (holdings) => {
      // lsof has read this process already when it reconnects.
      machine.open('ESTABLISHED', 60_001, 4002, BOT);
      machine.lie = (all) => all;
      return holdings;
    };
    const result = await cleaner.clean(plan);
    expect(machine.hits).toEqual([]);
    expect(result.ok && refusals(result.value)).toEqual([[BOT, PROTECTED_WORDS['live-session']]]);
  });

  it('the last zombie closed in the last moment keeps the signal back', async () => {
    const inode = machine.zombie(machine.bot(BOT));
    const plan = await cleaner.plan();
    cleaner.writes = () => {
      machine.close(inode);
      return true;
    };
    const result = await cleaner.clean(plan);
    expect(machine.hits).toEqual([]);
    expect(cleaner.record()).toEqual(['planned 4312 SIGTERM', '4312 SIGTERM failed']);
    expect(result.ok && result.value).toMatchObject({ ok: true, stopped: [], refused: [] });
  });

  it('the pid that changes hands in the last moment keeps the signal back', async () => {
    machine.zombie(machine.bot(BOT));
    const plan = await cleaner.plan();
    cleaner.writes = () => {
      machine.end(BOT);
      machine.bot(BOT);
      return true;
    };
    await cleaner.clean(plan);
    expect(machine.hits).toEqual([]);
  });
});

describe('between SIGTERM and SIGKILL', () => {
  const stubborn = async (happens: () => void) => {
    const inode = machine.zombie(machine.bot(BOT, 'ignores'));
    const plan = await cleaner.plan();
    machine.at(machine.now + 1_000, happens);
    const result = await cleaner.clean(plan);
    expect(cleaner.signals()).toEqual(['4312 SIGTERM']);
    if (!result.ok) throw new Error('blind');
    return { result: result.value, inode };
  };

  it('a bot that got a live session is spared SIGKILL', async () => {
    const { result } = await stubborn(() => machine.open('ESTABLISHED', 60_001, 4002, BOT));
    expect(refusals(result)).toEqual([[BOT, PROTECTED_WORDS['live-session']]]);
  });

  it('a pid that was taken over is spared, and its first owner was stopped', async () => {
    const { result } = await stubborn(() => {
      machine.end(BOT);
      machine.zombie(machine.bot(BOT));
    });
    expect(result.stopped).toMatchObject([{ pid: BOT, signal: 'SIGTERM' }]);
    expect(machine.alive(BOT)).toBe(true);
  });

  it('a bot that closes its zombies but goes on is spared', async () => {
    machine.zombie(machine.bot(BOT, 'closes-sockets'));
    const result = await cleaner.run();
    expect(cleaner.signals()).toEqual(['4312 SIGTERM']);
    expect(result).toMatchObject({ ok: true, remaining: 0, stopped: [] });
    expect(refusals(result)).toEqual([[BOT, LEFT_ALONE['closed-itself']]]);
  });

  it('one that closes them in the last moment is spared and not said to have survived SIGKILL', async () => {
    const inode = machine.zombie(machine.bot(BOT, 'ignores'));
    cleaner.writes = (entries) => {
      if (entries.some((entry) => entry.event === 'signal_planned' && entry.signal === 'SIGKILL')) machine.close(inode);
      return true;
    };
    const result = await cleaner.run();
    expect(cleaner.signals()).toEqual(['4312 SIGTERM']);
    expect(refusals(result)).toEqual([[BOT, LEFT_ALONE['closed-itself']]]);
  });

  it('nobody is killed when the second proof fails', async () => {
    cleaner.failingProof = 2;
    const { result } = await stubborn(() => undefined);
    expect(refusals(result)).toEqual([[BOT, LEFT_ALONE.unseen]]);
    expect(result.remaining).toBe(1);
  });
});

describe('a zombie younger than 3 s', () => {
  it.each([0, 100, 1_000, 2_700])('of %i ms is acted on when it is old enough and no later', async (ageMs) => {
    machine.zombie(machine.bot(BOT), ageMs);
    const born = machine.now - ageMs;
    const plan = await cleaner.plan();
    expect(plan.plan.settlesInMs).toBeGreaterThan(0);
    await cleaner.clean(plan);
    const waited = (machine.hits[0]?.at ?? 0) - born;
    expect(waited).toBeGreaterThanOrEqual(SETTLE_MS);
    expect(waited).toBeLessThan(SETTLE_MS + 100);
  });

  it('is waited for by the clock of the looks where the kernel proves no age', async () => {
    machine.kind = 'darwin';
    machine.zombie(machine.bot(BOT), 60_000);
    const first = machine.now;
    await cleaner.run();
    const waited = (machine.hits[0]?.at ?? 0) - first;
    expect(waited).toBeGreaterThanOrEqual(SETTLE_MS);
    expect(waited).toBeLessThan(SETTLE_MS + 150);
  });

  it('costs an old one’s holder no wait once the young one’s holder has gone', async () => {
    machine.zombie(machine.bot(4001));
    machine.zombie(machine.bot(4002), 0);
    const plan = await cleaner.plan();
    machine.end(4002);
    const before = machine.now;
    await cleaner.clean(plan);
    expect((machine.hits[0]?.at ?? 0) - before).toBeLessThan(150);
  });

  it('that the bot closes meanwhile saves the bot', async () => {
    const inode = machine.zombie(machine.bot(BOT), 0);
    const plan = await cleaner.plan();
    machine.at(machine.now + 1_000, () => machine.close(inode));
    await cleaner.clean(plan);
    expect(machine.hits).toEqual([]);
  });

  it('is no reason to plan at the first sight', async () => {
    machine.zombie(machine.bot(BOT), 0);
    const proof = await cleaner.prove();
    expect(proof.ok && proof.value.zombies.map(({ counted }) => counted)).toEqual([false]);
  });
});

describe('a clean that cannot see', () => {
  it('signals nobody when the first proof fails', async () => {
    machine.zombie(machine.bot(BOT));
    const plan = await cleaner.plan();
    cleaner.failingProof = 1;
    expect(await cleaner.clean(plan)).toMatchObject({ ok: false, error: { code: 'tool-timeout' } });
    expect(machine.hits).toEqual([]);
  });

  it('signals nobody when lsof has become silent, and says that nothing is proven', async () => {
    machine.zombie(machine.bot(BOT));
    const plan = await cleaner.plan();
    machine.lie = () => [];
    const result = await cleaner.clean(plan);
    expect(machine.hits).toEqual([]);
    expect(result.ok && refusals(result.value)).toEqual([[BOT, PROTECTED_WORDS.unproven]]);
    expect(result.ok && result.value.remaining).toBe(1);
  });

  it('signals nobody whom lsof lays another’s zombies to', async () => {
    machine.zombie(machine.spawn(processRecord(77, { name: 'Safari' })));
    machine.bot(BOT);
    machine.lie = (holdings) => holdings.map((holding) => ({ ...holding, pid: BOT }));
    const plan = await cleaner.plan();
    expect(plan.plan.refused.map(({ process, reason }) => [process.pid, reason])).toEqual([[BOT, 'unproven']]);
    expect(plan.targets).toEqual([]);
  });

  it('signals nobody whose live session lsof lays to somebody else', async () => {
    machine.zombie(machine.bot(BOT));
    machine.open('ESTABLISHED', 60_001, 4002, BOT);
    machine.bot(4400);
    machine.lie = (holdings) => holdings.map((one) => (one.state === 'ESTABLISHED' ? { ...one, pid: 4400 } : one));
    const plan = await cleaner.plan();
    expect(plan.plan.refused.map(({ process, reason }) => [process.pid, reason])).toEqual([[BOT, 'live-session']]);
  });

  it('signals nobody when the kernel’s table fails while everything is proved', async () => {
    machine.zombie(machine.bot(BOT));
    const plan = await cleaner.plan();
    machine.before.readHoldings = () => machine.broken.add('readTable');
    const result = await cleaner.clean(plan);
    expect(machine.hits).toEqual([]);
    expect(result.ok && refusals(result.value)).toEqual([[BOT, PROTECTED_WORDS.unproven]]);
    expect(result.ok && result.value).toMatchObject({ ok: false, remaining: null });
  });

  it('calls what it cannot verify unknown, never clean', async () => {
    machine.zombie(machine.bot(BOT));
    const plan = await cleaner.plan();
    cleaner.writes = (entries) => {
      if (entries.some(({ event }) => event === 'signal_sent')) machine.broken.add('readTable');
      return true;
    };
    const result = await cleaner.clean(plan);
    expect(result.ok && result.value).toMatchObject({ ok: false, remaining: null, stopped: [{ pid: BOT }] });
  });
});

describe('the journal', () => {
  it('has a line before each signal and one after', async () => {
    machine.zombie(machine.bot(BOT, 'ignores'));
    let onDisk: string[] = [];
    cleaner.writes = () => {
      onDisk = [...onDisk, `${machine.hits.length} sent`];
      return true;
    };
    await cleaner.run();
    expect(cleaner.record()).toEqual([
      'planned 4312 SIGTERM',
      '4312 SIGTERM sent',
      'planned 4312 SIGKILL',
      '4312 SIGKILL sent',
    ]);
    expect(onDisk).toEqual(['0 sent', '1 sent', '1 sent', '2 sent']);
  });

  it('that cannot be written lets a person’s clean go on and tells of the loss', async () => {
    machine.zombie(machine.bot(BOT));
    cleaner.writes = () => false;
    const result = await cleaner.run();
    expect(cleaner.signals()).toEqual(['4312 SIGTERM']);
    expect(result.message).toMatch(/not on record/);
  });

  it.each(['auto', 'guard'] as const)('that cannot be written stops a clean by %s before any signal', async (by) => {
    machine.zombie(machine.bot(BOT));
    cleaner.writes = () => false;
    const result = await cleaner.run({}, by);
    expect(machine.hits).toEqual([]);
    expect(refusals(result)).toEqual([[BOT, LEFT_ALONE['no-journal']]]);
  });

  it('that fails after SIGTERM keeps an automatic clean from SIGKILL', async () => {
    machine.zombie(machine.bot(BOT, 'ignores'));
    cleaner.writes = (entries) =>
      !entries.some((entry) => entry.event === 'signal_planned' && entry.signal === 'SIGKILL');
    const result = await cleaner.run({}, 'auto');
    expect(cleaner.signals()).toEqual(['4312 SIGTERM']);
    expect(refusals(result)).toEqual([[BOT, LEFT_ALONE['no-journal']]]);
  });
});

describe('what a stopped bot leaves behind', () => {
  it('a child that inherited the descriptor is a new owner and is not signalled by this plan', async () => {
    machine.bot(BOT);
    machine.zombie(BOT, 60_000, 4002, machine.bot(4400, 'obeys', { ppid: BOT }));
    const plan = await cleaner.plan({ isLiveIncluded: () => false });
    const onlyParent = { ...plan, targets: plan.targets.filter(({ identity }) => identity.pid === BOT) };
    const result = await cleaner.clean(onlyParent);
    expect(cleaner.signals()).toEqual(['4312 SIGTERM']);
    expect(result.ok && result.value).toMatchObject({ ok: false, remaining: 1, stopped: [{ pid: BOT }] });
    expect((await cleaner.plan()).targets.map(({ identity }) => identity.pid)).toEqual([4400]);
  });

  it('the verdict waits 3 s at the most for a kernel that drops the socket late', async () => {
    machine.zombie(machine.bot(BOT), 60_000, 4002, 9_999);
    machine.lie = (holdings) => holdings.filter(({ pid }) => pid !== 9_999);
    const plan = await cleaner.plan();
    const before = machine.now;
    const result = await cleaner.clean(plan);
    expect(result.ok && result.value.remaining).toBe(1);
    expect(machine.now - before).toBeGreaterThan(3_000);
    expect(machine.now - before).toBeLessThan(3_400);
  });

  it('a connection that is only closing after the clean gets a second look before it counts', async () => {
    machine.zombie(machine.bot(BOT));
    const plan = await cleaner.plan();
    const other = machine.bot(4400);
    cleaner.writes = (entries) => {
      if (entries[0]?.event === 'signal_sent') {
        const inode = machine.zombie(other, 0);
        machine.at(machine.now + 100, () => machine.close(inode));
      }
      return true;
    };
    const result = await cleaner.clean(plan);
    expect(result.ok && result.value.remaining).toBe(0);
  });
});

describe('a live session that a person included', () => {
  it('is lifted for that process alone', async () => {
    for (const pid of [4001, 4002]) {
      machine.zombie(machine.bot(pid));
      machine.open('ESTABLISHED', 60_000 + pid, 4002, pid);
    }
    const result = await cleaner.run({ isLiveIncluded: ({ pid }) => pid === 4001 });
    expect(cleaner.signals()).toEqual(['4001 SIGTERM']);
    expect(refusals(result)).toEqual([[4002, PROTECTED_WORDS['live-session']]]);
  });

  it('stays lifted for SIGKILL', async () => {
    machine.zombie(machine.bot(BOT, 'ignores'));
    machine.open('ESTABLISHED', 60_001, 4002, BOT);
    await cleaner.run({ isLiveIncluded: ({ pid }) => pid === BOT });
    expect(cleaner.signals()).toEqual(['4312 SIGTERM', '4312 SIGKILL']);
  });
});

describe('the restart guide’s first step', () => {
  const isListed = (process: ReturnType<typeof botRecord>) => scriptBasename(process)?.startsWith('runner_4') === true;
  const restart = { purpose: { kind: 'restart', isListed } } as const;

  it('stops listed bots with or without zombies, young ones at once, and nobody else', async () => {
    machine.bot(4001);
    machine.zombie(machine.bot(4002), 0);
    machine.zombie(machine.bot(5000));
    const before = machine.now;
    const plan = await cleaner.plan(restart);
    expect(plan.plan.settlesInMs).toBe(0);
    await cleaner.clean(plan);
    expect(cleaner.signals()).toEqual(['4001 SIGTERM', '4002 SIGTERM']);
    expect((machine.hits[0]?.at ?? 0) - before).toBeLessThan(500);
  });

  it('kills a listed bot that closed its zombies on SIGTERM but does not end', async () => {
    machine.zombie(machine.bot(4001, 'closes-sockets'));
    const result = await cleaner.run(restart);
    expect(cleaner.signals()).toEqual(['4001 SIGTERM', '4001 SIGKILL']);
    expect(result.stopped).toMatchObject([{ pid: 4001, signal: 'SIGKILL' }]);
  });

  it('refuses those with a live session, and others that only hold zombies are no part of it', async () => {
    machine.open('ESTABLISHED', 60_001, 4002, machine.bot(4001));
    machine.zombie(machine.bot(5000));
    const { plan, targets } = await cleaner.plan(restart);
    expect(targets).toEqual([]);
    expect(plan.refused.map(({ process, reason, liftable }) => [process.pid, reason, liftable])).toEqual([
      [4001, 'live-session', true],
    ]);
  });

  it('refuses a live bot although lsof is silent', async () => {
    machine.open('ESTABLISHED', 60_001, 4002, machine.bot(4001));
    machine.lie = () => [];
    const { plan } = await cleaner.plan(restart);
    expect(plan.refused.map(({ reason }) => reason)).toEqual(['live-session']);
  });
});
