import { beforeEach, describe, expect, it } from 'vitest';
import { scriptBasename } from '../../../electron/engine/observe/process/scripts.ts';
import { SETTLE_MS } from '../../../shared/settings/settings.ts';
import { LEFT_ALONE } from '../../../shared/words/clean.ts';
import { PROTECTED_WORDS } from '../../../shared/words/verdict.ts';
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
  it('stops a bot that ends on SIGTERM, and reports that the port is clean', async () => {
    machine.zombie(machine.bot(BOT));
    const result = await cleaner.run();
    expect(cleaner.signals()).toEqual(['4312 SIGTERM']);
    expect(cleaner.record()).toEqual(['planned 4312 SIGTERM', '4312 SIGTERM sent']);
    expect(result).toMatchObject({ ok: true, remaining: 0, refused: [], stopped: [{ pid: BOT, signal: 'SIGTERM' }] });
  });

  it('sends SIGTERM to all bots at once, and SIGKILL only to those still running after one shared grace period', async () => {
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

  it('ends as soon as the last bot has ended', async () => {
    machine.zombie(machine.bot(BOT, { endsAfterMs: 300 }));
    expect((await cleaner.run()).durationMs).toBeLessThan(600);
  });

  it('treats an unreaped corpse as gone', async () => {
    machine.zombie(machine.bot(BOT, 'ignores'));
    const plan = await cleaner.plan();
    machine.at(machine.now + 500, () => machine.end(BOT, true));
    const result = await cleaner.clean(plan);
    expect(result.ok && result.value.stopped).toMatchObject([{ pid: BOT, signal: 'SIGTERM' }]);
    expect(cleaner.signals()).toEqual(['4312 SIGTERM']);
  });

  it('reports a bot that not even SIGKILL ends', async () => {
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

  it('only counts when there is nothing to stop', async () => {
    machine.zombie(machine.spawn(processRecord(77, { name: 'Safari' })));
    const result = await cleaner.run();
    expect(machine.hits).toEqual([]);
    expect(result).toMatchObject({ ok: false, remaining: 1 });
    expect(refusals(result)).toEqual([[77, PROTECTED_WORDS['not-a-bot']]]);
  });
});

describe('a zombie younger than 3 s', () => {
  it.each([0, 100, 1_000, 2_700])('of %i ms is acted on as soon as it is old enough', async (ageMs) => {
    machine.zombie(machine.bot(BOT), ageMs);
    const born = machine.now - ageMs;
    const plan = await cleaner.plan();
    expect(plan.plan.settlesInMs).toBeGreaterThan(0);
    await cleaner.clean(plan);
    const waited = (machine.hits[0]?.at ?? 0) - born;
    expect(waited).toBeGreaterThanOrEqual(SETTLE_MS);
    expect(waited).toBeLessThan(SETTLE_MS + 150);
  });

  it('is aged by the times of the scans where the kernel proves no age', async () => {
    machine.kind = 'darwin';
    machine.zombie(machine.bot(BOT), 60_000);
    const first = machine.now;
    await cleaner.run();
    const waited = (machine.hits[0]?.at ?? 0) - first;
    expect(waited).toBeGreaterThanOrEqual(SETTLE_MS);
    expect(waited).toBeLessThan(SETTLE_MS + 150);
  });

  it('does not delay the holder of an old one once the young one’s holder has ended', async () => {
    machine.zombie(machine.bot(4001));
    machine.zombie(machine.bot(4002), 0);
    const plan = await cleaner.plan();
    machine.end(4002);
    const before = machine.now;
    await cleaner.clean(plan);
    expect((machine.hits[0]?.at ?? 0) - before).toBeLessThan(150);
  });

  it('causes no wait when its holder is refused anyway', async () => {
    machine.zombie(machine.bot(BOT), 0);
    const plan = await cleaner.plan();
    machine.open('ESTABLISHED', 60_001, 4002, BOT);
    const result = await cleaner.clean(plan);
    expect(result.ok && result.value.durationMs).toBeLessThan(200);
  });

  it('spares its bot when the bot closes it in time', async () => {
    const inode = machine.zombie(machine.bot(BOT), 0);
    const plan = await cleaner.plan();
    machine.at(machine.now + 1_000, () => machine.close(inode));
    await cleaner.clean(plan);
    expect(machine.hits).toEqual([]);
  });

  it('is not planned for when it is first seen', async () => {
    machine.zombie(machine.bot(BOT), 0);
    const proof = await cleaner.prove();
    expect(proof.ok && proof.value.zombies.map(({ counted }) => counted)).toEqual([false]);
  });
});

describe('the journal', () => {
  it('has an entry before each signal and one after it', async () => {
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

  it('that cannot be written does not stop a person’s clean, which reports the missing record', async () => {
    machine.zombie(machine.bot(BOT));
    cleaner.writes = () => false;
    const result = await cleaner.run();
    expect(cleaner.signals()).toEqual(['4312 SIGTERM']);
    expect(result.message).toMatch(/not recorded/);
  });

  it.each(['auto', 'guard'] as const)('that cannot be written stops a clean by %s before any signal', async (by) => {
    machine.zombie(machine.bot(BOT));
    cleaner.writes = () => false;
    const result = await cleaner.run({}, by);
    expect(machine.hits).toEqual([]);
    expect(refusals(result)).toEqual([[BOT, LEFT_ALONE['no-journal']]]);
  });

  it('that fails after SIGTERM stops an automatic clean before SIGKILL', async () => {
    machine.zombie(machine.bot(BOT, 'ignores'));
    cleaner.writes = (entries) =>
      !entries.some((entry) => entry.event === 'signal_planned' && entry.signal === 'SIGKILL');
    const result = await cleaner.run({}, 'auto');
    expect(cleaner.signals()).toEqual(['4312 SIGTERM']);
    expect(refusals(result)).toEqual([[BOT, LEFT_ALONE['no-journal']]]);
  });
});

describe('what a stopped bot leaves behind', () => {
  it('a child with the inherited descriptor becomes a new owner, which this plan does not signal', async () => {
    const inode = machine.zombie(machine.bot(BOT, { endsAfterMs: 200 }));
    const plan = await cleaner.plan();
    machine.onHit = () => machine.share(inode, machine.bot(4400, 'obeys', { ppid: BOT }));
    const result = await cleaner.clean(plan);
    expect(cleaner.signals()).toEqual(['4312 SIGTERM']);
    expect(result.ok && result.value).toMatchObject({ ok: false, remaining: 1, stopped: [{ pid: BOT }] });
    expect((await cleaner.plan()).targets.map(({ identity }) => identity.pid)).toEqual([4400]);
  });

  it('a socket that the kernel drops late is waited for, up to 3 s', async () => {
    machine.zombie(machine.bot(BOT), 60_000, 4002, 9_999);
    machine.lie = (holdings) => holdings.filter(({ pid }) => pid !== 9_999);
    const plan = await cleaner.plan();
    const before = machine.now;
    const result = await cleaner.clean(plan);
    expect(result.ok && result.value.remaining).toBe(1);
    expect(machine.now - before).toBeGreaterThan(3_000);
    expect(machine.now - before).toBeLessThan(3_400);
  });

  it('a connection still closing after the clean is read again before it counts', async () => {
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
  it('is included for that process only', async () => {
    for (const pid of [4001, 4002]) {
      machine.zombie(machine.bot(pid));
      machine.open('ESTABLISHED', 60_000 + pid, 4002, pid);
    }
    const result = await cleaner.run({ isLiveIncluded: ({ pid }) => pid === 4001 });
    expect(cleaner.signals()).toEqual(['4001 SIGTERM']);
    expect(refusals(result)).toEqual([[4002, PROTECTED_WORDS['live-session']]]);
  });

  it('stays included for SIGKILL', async () => {
    machine.zombie(machine.bot(BOT, 'ignores'));
    machine.open('ESTABLISHED', 60_001, 4002, BOT);
    await cleaner.run({ isLiveIncluded: ({ pid }) => pid === BOT });
    expect(cleaner.signals()).toEqual(['4312 SIGTERM', '4312 SIGKILL']);
  });
});

describe('the first step of the guided restart', () => {
  const isListed = (process: ReturnType<typeof botRecord>) => scriptBasename(process)?.startsWith('runner_4') === true;
  const restart = { purpose: { kind: 'restart', isListed } } as const;

  it('stops only listed bots, with or without zombies, and does not wait for young zombies', async () => {
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

  it('kills a listed bot that closed its zombies on SIGTERM but keeps running', async () => {
    machine.zombie(machine.bot(4001, 'closes-sockets'));
    const result = await cleaner.run(restart);
    expect(cleaner.signals()).toEqual(['4001 SIGTERM', '4001 SIGKILL']);
    expect(result.stopped).toMatchObject([{ pid: 4001, signal: 'SIGKILL' }]);
  });

  it('succeeds when its bots have ended, whatever zombies remain', async () => {
    machine.bot(4001);
    machine.zombie(machine.bot(5000));
    expect(await cleaner.run(restart)).toMatchObject({ ok: true, remaining: 1 });
    machine.open('ESTABLISHED', 60_001, 4002, machine.bot(4002));
    expect(await cleaner.run(restart)).toMatchObject({ ok: false });
  });

  it('refuses listed bots with a live session, and leaves out unlisted owners of zombies', async () => {
    machine.open('ESTABLISHED', 60_001, 4002, machine.bot(4001));
    machine.zombie(machine.bot(5000));
    const { plan, targets } = await cleaner.plan(restart);
    expect(targets).toEqual([]);
    expect(plan.refused.map(({ process, reason, liftable }) => [process.pid, reason, liftable])).toEqual([
      [4001, 'live-session', true],
    ]);
  });

  it('refuses a live bot even when lsof prints nothing', async () => {
    machine.open('ESTABLISHED', 60_001, 4002, machine.bot(4001));
    machine.lie = () => [];
    const { plan } = await cleaner.plan(restart);
    expect(plan.refused.map(({ reason }) => reason)).toEqual(['live-session']);
  });
});
