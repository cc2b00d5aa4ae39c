import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { PreparedPlan } from '../../../electron/engine/clean/planner.ts';
import type { Proof } from '../../../electron/engine/clean/proof.ts';
import { isFresh, type Reading } from '../../../electron/engine/clean/signal/freshness.ts';
import { success } from '../../../shared/result.ts';
import { SETTLE_MS } from '../../../shared/settings/settings.ts';
import { gatewayRecord, processRecord } from './builders.ts';
import { Cleaner } from './cleaning.ts';
import { Machine, type Manners } from './machine.ts';

const RUNS = 2_000;
const SEED = 20_260_103;
/** A read and what is concluded from it are this far apart at the most: what changed within that may be missed. */
const BLINK_MS = 12;

const MANNERS: readonly Manners[] = ['obeys', 'ignores', 'unkillable', { endsAfterMs: 900 }, 'closes-sockets'];
const HAPPENINGS = [
  'ends',
  'replaced',
  'session',
  'other-port',
  'worker',
  'closes',
  'exec',
  'listens',
  'dies-unreaped',
  'joins',
  'inherits',
] as const;
type Happening = (typeof HAPPENINGS)[number];

const pids = [4001, 4002, 4003];
const scenario = fc.record({
  bots: fc.array(
    fc.record({
      manners: fc.nat(MANNERS.length - 1),
      zombies: fc.array(fc.constantFrom(0, 500, 2_900, 60_000), { maxLength: 2 }),
    }),
    { minLength: 1, maxLength: pids.length },
  ),
  happenings: fc.array(
    fc.record({ at: fc.nat(6_000), pid: fc.constantFrom(...pids), what: fc.constantFrom<Happening>(...HAPPENINGS) }),
    { maxLength: 6 },
  ),
  lie: fc.constantFrom('none', 'none', 'none', 'silent', 'shifted', 'no-sessions'),
  journal: fc.constantFrom('works', 'works', 'fails'),
  /** How long the journal waits for its lock. */
  waitsMs: fc.constantFrom(0, 0, 300, 4_900),
  /** How long lsof, and reading one identity, take. */
  lsofMs: fc.constantFrom(40, 40, 40, 700, 1_990, 2_500),
  identityMs: fc.constantFrom(0, 0, 0, 5, 260),
  by: fc.constantFrom('lsof', 'native'),
  /** Does the first bot hold the second one's zombies too, or somebody who is no bot? */
  shared: fc.constantFrom('no', 'bots', 'stranger'),
  cleanedBy: fc.constantFrom('user', 'auto', 'guard'),
} as const);

/** Why somebody must not be signalled, and since when. */
interface Ban {
  startToken: string;
  since: number;
}

type Scenario = typeof scenario extends fc.Arbitrary<infer Made> ? Made : never;

/** Puts a scenario on the machine; what it answers fills while the machine runs. */
function play(machine: Machine, { bots, happenings, lie, shared }: Scenario): Ban[] {
  const bans: Ban[] = [];
  const sockets = new Map<number, number[]>();
  const ban = (pid: number) => {
    const startToken = machine.record(pid)?.startToken;
    if (startToken !== undefined) bans.push({ startToken, since: machine.now });
  };
  machine.open('LISTEN', 4002, null, machine.spawn(gatewayRecord(50)));
  for (const [at, { manners, zombies }] of bots.entries()) {
    const pid = machine.bot(pids[at] ?? 0, MANNERS[manners]);
    sockets.set(
      pid,
      zombies.map((ageMs) => machine.zombie(pid, ageMs)),
    );
  }
  const stranger = machine.spawn(processRecord(77, { name: 'tail', executable: '/usr/bin/tail' }));
  const sharer = { no: null, bots: pids[0] ?? null, stranger }[shared];
  for (const inode of sockets.get(pids[1] ?? 0) ?? []) {
    if (sharer !== null) machine.share(inode, sharer);
  }
  let port = 40_000;
  const session = (holder: number, to: number) => {
    port += 1;
    machine.open('ESTABLISHED', port, to, holder);
  };
  const happen: Record<Happening, (pid: number) => void> = {
    ends: (pid) => machine.end(pid),
    'dies-unreaped': (pid) => machine.end(pid, true),
    replaced: (pid) => {
      machine.end(pid);
      machine.zombie(machine.bot(pid), 60_000);
    },
    session: (pid) => {
      session(pid, 4002);
      ban(pid);
    },
    'other-port': (pid) => {
      session(pid, 7496);
      ban(pid);
    },
    worker: (pid) => {
      session(machine.bot(pid + 1_000, 'obeys', { ppid: pid }), 4002);
      ban(pid);
    },
    closes: (pid) => {
      for (const inode of sockets.get(pid) ?? []) machine.close(inode, pid);
    },
    exec: (pid) => {
      ban(pid);
      machine.change(pid, { executable: '/usr/bin/vim', name: 'vim', args: ['vim'] });
    },
    listens: (pid) => {
      machine.open('LISTEN', 4001, null, pid);
      ban(pid);
    },
    inherits: (pid) => {
      const child = machine.bot(pid + 2_000, 'obeys', { ppid: pid });
      for (const inode of sockets.get(pid) ?? []) machine.share(inode, child);
    },
    joins: (pid) => {
      for (const inode of sockets.get(pid) ?? []) machine.close(inode, pid);
      machine.zombie(pid, 60_000);
    },
  };
  for (const { at, pid, what } of happenings) machine.at(at, () => machine.record(pid) && happen[what](pid));
  if (lie === 'silent') {
    machine.at(400, () => {
      machine.lie = () => [];
    });
  }
  if (lie === 'shifted') machine.lie = (all) => all.map((one) => ({ ...one, pid: one.pid === 4001 ? 4002 : one.pid }));
  if (lie === 'no-sessions') machine.lie = (all) => all.filter(({ state }) => state !== 'ESTABLISHED');
  return bans;
}

/** Would a zombie go if all targets of the plan went, this one among them, by what the plan rests on? */
function freesSomething(pid: number, { targets }: PreparedPlan, zombies: Proof['zombies']): boolean {
  const stopping = new Set(targets.map(({ identity }) => identity.pid));
  return zombies.some(({ holdings }) => {
    const holders = holdings.map((holding) => holding.pid);
    return holders.includes(pid) && holders.every((holder) => stopping.has(holder));
  });
}

describe(`the cleaner, through ${RUNS.toLocaleString('en')} random interleavings`, { timeout: 60_000 }, () => {
  it('signals only whom the plan names, only while the reason stands, never a protected process, and always on record', async () => {
    let signals = 0;
    await fc.assert(
      fc.asyncProperty(scenario, async (one) => {
        const machine = new Machine();
        const cleaner = new Cleaner(machine);
        const works = one.journal === 'works';
        cleaner.writes = async () => {
          await machine.pass(one.waitsMs);
          return works;
        };
        machine.by = one.by;
        const bans = play(machine, one);
        const plan = await cleaner.plan();
        for (const { identity } of plan.targets) expect(freesSomething(identity.pid, plan, cleaner.seen)).toBe(true);
        expect(plan.plan.frees > 0).toBe(plan.targets.length > 0);
        machine.costs = { ...machine.costs, holdings: one.lsofMs };
        machine.beforeSignal = () => one.identityMs;
        const readings: Reading[] = [];
        const prove = cleaner.prove.bind(cleaner);
        cleaner.prove = async () => {
          const proof = await prove();
          if (proof.ok) readings.push(proof.value.reading);
          return proof.ok ? success(proof.value) : proof;
        };
        const planned = new Map(plan.targets.map((target) => [target.identity.startToken, target]));
        const held: { startToken: string; old: boolean; fresh: boolean }[] = [];
        machine.onHit = ({ pid, startToken }) => {
          const keys = planned.get(startToken)?.zombieKeys ?? new Set();
          const old = machine
            .holdings()
            .some(
              (holding) =>
                holding.pid === pid &&
                [...keys].some((key) => key.endsWith(`#${holding.inode}`)) &&
                machine.ageOf(holding.inode) >= SETTLE_MS,
            );
          const last = readings.at(-1);
          const fresh = last !== undefined && isFresh(last, machine.now);
          held.push({ startToken, old, fresh });
        };
        const result = await cleaner.clean(plan, one.cleanedBy);
        signals += machine.hits.length;

        for (const { startToken, at, signal } of machine.hits) {
          expect(planned.has(startToken)).toBe(true);
          expect(bans.filter((ban) => ban.startToken === startToken && ban.since < at - BLINK_MS)).toEqual([]);
          if (signal === 'SIGKILL') {
            const asked = machine.hits.find((hit) => hit.startToken === startToken && hit.signal === 'SIGTERM');
            expect(at - (asked?.at ?? at)).toBeGreaterThanOrEqual(plan.plan.graceMs);
          }
        }
        expect(held.filter(({ old, fresh }) => !old || !fresh)).toEqual([]);
        if (!works && one.cleanedBy !== 'user') expect(machine.hits).toEqual([]);
        if (works) {
          expect(cleaner.record().filter((line) => line.startsWith('planned')).length).toBeGreaterThanOrEqual(
            machine.hits.length,
          );
        }
        if (result.ok && result.value.remaining === 0) expect(machine.zombies()).toBe(0);
        if (result.ok)
          for (const { pid } of result.value.stopped) expect(machine.hits.some((hit) => hit.pid === pid)).toBe(true);
      }),
      { numRuns: RUNS, seed: SEED },
    );
    expect(signals).toBeGreaterThan(RUNS / 6);
  });
});
