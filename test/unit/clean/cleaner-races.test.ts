import { beforeEach, describe, expect, it } from 'vitest';
import { LEFT_ALONE } from '../../../shared/words/clean.ts';
import { PROTECTED_WORDS } from '../../../shared/words/verdict.ts';
import { processRecord } from './builders.ts';
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

describe('between plan and signal', () => {
  const cleanAfter = async (happens: () => void) => {
    const plan = await cleaner.plan();
    expect(plan.targets).toHaveLength(1);
    happens();
    const result = await cleaner.clean(plan);
    if (!result.ok) throw new Error('blind');
    return result.value;
  };

  it('a bot that ends on its own is not signalled and not listed as refused', async () => {
    machine.zombie(machine.bot(BOT));
    expect(await cleanAfter(() => machine.end(BOT))).toMatchObject({
      ok: true,
      stopped: [],
      refused: [],
      remaining: 0,
    });
    expect(machine.hits).toEqual([]);
  });

  it('another bot that reuses the pid is left alone, even if it has zombies', async () => {
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

  it('a bot whose planned zombies were replaced by new ones is left alone', async () => {
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
  ] as const)('a bot that got %s is left alone', async (what, happens, reason) => {
    const ofChild = {
      'a worker with a session': /^Its child .* \(4400\) has/,
      'a Gateway for a child': /^It is a parent of .* \(4400\)/,
    };
    const words = ofChild[what as keyof typeof ofChild] ?? PROTECTED_WORDS[reason];
    machine.zombie(machine.bot(BOT));
    const result = await cleanAfter(() => void happens());
    expect(machine.hits).toEqual([]);
    expect(refusals(result)).toEqual([[BOT, typeof words === 'string' ? words : expect.stringMatching(words)]]);
  });

  it('a session opened while lsof ran is found by the check with the kernel', async () => {
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

  it('a bot that closes its last zombie just before the signal is not signalled', async () => {
    const inode = machine.zombie(machine.bot(BOT));
    const plan = await cleaner.plan();
    cleaner.writes = () => {
      machine.close(inode);
      return true;
    };
    const result = await cleaner.clean(plan);
    expect(machine.hits).toEqual([]);
    expect(cleaner.record()).toEqual(['planned 4312 SIGTERM', '4312 SIGTERM withheld']);
    expect(result.ok && result.value).toMatchObject({ ok: true, stopped: [], refused: [] });
  });

  it('a bot that opens a session while the journal waits for its lock is not signalled', async () => {
    machine.zombie(machine.bot(BOT));
    const plan = await cleaner.plan();
    cleaner.writes = async (entries) => {
      if (entries.some(({ event }) => event !== 'signal_planned')) return true;
      await machine.pass(2_000);
      machine.open('ESTABLISHED', 60_001, 4002, BOT);
      await machine.pass(2_000);
      return true;
    };
    const result = await cleaner.clean(plan);
    expect(machine.hits).toEqual([]);
    expect(cleaner.record()).toEqual(['planned 4312 SIGTERM', '4312 SIGTERM withheld']);
    expect(result.ok && refusals(result.value)).toEqual([[BOT, PROTECTED_WORDS['live-session']]]);
  });

  it('a pid reused just before the signal is not signalled', async () => {
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

describe('a proof', () => {
  const cleanWith = async (about: Partial<Machine>) => {
    machine.zombie(machine.bot(BOT));
    const plan = await cleaner.plan();
    Object.assign(machine, about);
    const result = await cleaner.clean(plan);
    if (!result.ok) throw new Error('blind');
    return result.value;
  };
  const tooSlow = [[BOT, LEFT_ALONE['too-slow']]];

  it('through lsof that took more than 2 s is never acted on, however often it is repeated', async () => {
    const result = await cleanWith({ costs: { ...machine.costs, holdings: 2_001 } });
    expect(machine.hits).toEqual([]);
    expect(refusals(result)).toEqual(tooSlow);
    expect(cleaner.record()).toEqual(['planned 4312 SIGTERM', '4312 SIGTERM withheld']);
    expect(cleaner.proofs).toBe(3);
  });

  it('through lsof that took just under 2 s is acted on', async () => {
    await cleanWith({ costs: { ...machine.costs, holdings: 1_900 } });
    expect(cleaner.signals()).toEqual(['4312 SIGTERM']);
  });

  it('read natively that took more than 250 ms is never acted on', async () => {
    const result = await cleanWith({ by: 'native', costs: { ...machine.costs, holdings: 260 } });
    expect(machine.hits).toEqual([]);
    expect(refusals(result)).toEqual(tooSlow);
  });

  it('that goes stale while an identity is read is not acted on; the next one is', async () => {
    machine.beforeSignal = () => {
      machine.beforeSignal = () => 0;
      return 300;
    };
    await cleanWith({});
    expect(cleaner.signals()).toEqual(['4312 SIGTERM']);
    expect(cleaner.proofs).toBe(2);
  });

  it('covers as many targets as it can while fresh, and a new proof covers the rest', async () => {
    for (let pid = 5_001; pid <= 5_010; pid += 1) machine.zombie(machine.bot(pid));
    machine.beforeSignal = () => 60;
    await cleanWith({});
    expect(machine.hits).toHaveLength(11);
    expect(cleaner.proofs).toBeGreaterThan(2);
    expect(cleaner.proofs).toBeLessThan(6);
  });
});

describe('a planned target that would no longer free anything', () => {
  it('is not signalled when a child has inherited its connection', async () => {
    const inode = machine.zombie(machine.bot(BOT));
    const plan = await cleaner.plan();
    machine.share(inode, machine.bot(4400, 'obeys', { ppid: BOT }));
    const result = await cleaner.clean(plan);
    expect(machine.hits).toEqual([]);
    expect(result.ok && result.value.refused).toEqual([
      {
        pid: BOT,
        name: 'runner_4312.py',
        code: 'frees-nothing',
        reason: 'Stopping it would free nothing: runner_4400.py (4400) holds the same connection and is not stopped.',
      },
    ]);
  });

  it('is not signalled when its fellow holder has opened a live session', async () => {
    machine.zombie(machine.bot(BOT), 60_000, 4002, machine.bot(4400));
    const plan = await cleaner.plan();
    expect(plan.targets).toHaveLength(2);
    machine.open('ESTABLISHED', 60_001, 4002, 4400);
    const result = await cleaner.clean(plan);
    expect(machine.hits).toEqual([]);
    expect(result.ok && result.value.refused.map(({ pid, code }) => [pid, code]).sort()).toEqual([
      [BOT, 'frees-nothing'],
      [4400, 'live-session'],
    ]);
  });

  it('gets no SIGKILL when that happens after SIGTERM', async () => {
    const inode = machine.zombie(machine.bot(BOT, 'ignores'));
    const plan = await cleaner.plan();
    machine.at(machine.now + 1_000, () => machine.share(inode, machine.bot(4400, 'obeys', { ppid: BOT })));
    const result = await cleaner.clean(plan);
    expect(cleaner.signals()).toEqual(['4312 SIGTERM']);
    expect(result.ok && result.value.refused.map(({ code }) => code)).toEqual(['frees-nothing']);
  });

  it('is still signalled when its fellow holder was signalled just before, on an older proof', async () => {
    machine.zombie(machine.bot(BOT), 60_000, 4002, machine.bot(4400));
    const plan = await cleaner.plan();
    machine.beforeSignal = () => 200;
    const result = await cleaner.clean(plan);
    expect(cleaner.proofs).toBe(2);
    expect(result.ok && result.value).toMatchObject({ ok: true, remaining: 0, refused: [] });
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

  it('a bot that opens a live session gets no SIGKILL', async () => {
    const { result } = await stubborn(() => machine.open('ESTABLISHED', 60_001, 4002, BOT));
    expect(refusals(result)).toEqual([[BOT, PROTECTED_WORDS['live-session']]]);
  });

  it('a reused pid gets no SIGKILL, and its first owner counts as stopped', async () => {
    const { result } = await stubborn(() => {
      machine.end(BOT);
      machine.zombie(machine.bot(BOT));
    });
    expect(result.stopped).toMatchObject([{ pid: BOT, signal: 'SIGTERM' }]);
    expect(machine.alive(BOT)).toBe(true);
  });

  it('a bot that closes its zombies but keeps running gets no SIGKILL', async () => {
    machine.zombie(machine.bot(BOT, 'closes-sockets'));
    const result = await cleaner.run();
    expect(cleaner.signals()).toEqual(['4312 SIGTERM']);
    expect(result).toMatchObject({ ok: true, remaining: 0, stopped: [] });
    expect(refusals(result)).toEqual([[BOT, LEFT_ALONE['closed-itself']]]);
  });

  it('a bot that closes them just before SIGKILL is spared, and not reported as surviving SIGKILL', async () => {
    const inode = machine.zombie(machine.bot(BOT, 'ignores'));
    cleaner.writes = (entries) => {
      if (entries.some((entry) => entry.event === 'signal_planned' && entry.signal === 'SIGKILL')) machine.close(inode);
      return true;
    };
    const result = await cleaner.run();
    expect(cleaner.signals()).toEqual(['4312 SIGTERM']);
    expect(refusals(result)).toEqual([[BOT, LEFT_ALONE['closed-itself']]]);
  });

  it('nothing is killed when the second proof fails', async () => {
    cleaner.failingProof = 2;
    const { result } = await stubborn(() => undefined);
    expect(refusals(result)).toEqual([[BOT, LEFT_ALONE.unseen]]);
    expect(result.remaining).toBe(1);
  });
});

describe('a clean that cannot see', () => {
  it('signals nothing when the first proof fails', async () => {
    machine.zombie(machine.bot(BOT));
    const plan = await cleaner.plan();
    cleaner.failingProof = 1;
    expect(await cleaner.clean(plan)).toMatchObject({ ok: false, error: { code: 'tool-timeout' } });
    expect(machine.hits).toEqual([]);
  });

  it('signals nothing when lsof goes silent, and reports the targets as unproven', async () => {
    machine.zombie(machine.bot(BOT));
    const plan = await cleaner.plan();
    machine.lie = () => [];
    const result = await cleaner.clean(plan);
    expect(machine.hits).toEqual([]);
    expect(result.ok && refusals(result.value)).toEqual([[BOT, PROTECTED_WORDS.unproven]]);
    expect(result.ok && result.value.remaining).toBe(1);
  });

  it('does not signal a process to which lsof attributes another’s zombies', async () => {
    machine.zombie(machine.spawn(processRecord(77, { name: 'Safari' })));
    machine.bot(BOT);
    machine.lie = (holdings) => holdings.map((holding) => ({ ...holding, pid: BOT }));
    const plan = await cleaner.plan();
    expect(plan.plan.refused.map(({ process, reason }) => [process.pid, reason])).toEqual([[BOT, 'unproven']]);
    expect(plan.targets).toEqual([]);
  });

  it('does not signal a process whose live session lsof attributes to another', async () => {
    machine.zombie(machine.bot(BOT));
    machine.open('ESTABLISHED', 60_001, 4002, BOT);
    machine.bot(4400);
    machine.lie = (holdings) => holdings.map((one) => (one.state === 'ESTABLISHED' ? { ...one, pid: 4400 } : one));
    const plan = await cleaner.plan();
    expect(plan.plan.refused.map(({ process, reason }) => [process.pid, reason])).toEqual([[BOT, 'live-session']]);
  });

  it('signals nothing when the kernel’s table fails during the proof', async () => {
    machine.zombie(machine.bot(BOT));
    const plan = await cleaner.plan();
    machine.before.readHoldings = () => machine.broken.add('readTable');
    const result = await cleaner.clean(plan);
    expect(machine.hits).toEqual([]);
    expect(result.ok && refusals(result.value)).toEqual([[BOT, PROTECTED_WORDS.unproven]]);
    expect(result.ok && result.value).toMatchObject({ ok: false, remaining: null });
  });

  it('reports an unverified port as unknown, never as clean', async () => {
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
