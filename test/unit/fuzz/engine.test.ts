import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Plan } from '../../../shared/plan.ts';
import { PLAN_LIFETIME_MS } from '../../../shared/plan.ts';
import type { CleanedBy } from '../../../shared/snapshot.ts';
import { realEngine } from '../../support/real-engine.ts';
import { gatewayRecord } from '../clean/builders.ts';
import { Machine, type Manners } from '../clean/machine.ts';
import { runs, TIMEOUT_MS } from './runs.ts';

const MANNERS: readonly Manners[] = ['obeys', 'ignores', 'unkillable', { endsAfterMs: 900 }, 'closes-sockets'];
const PIDS = [4001, 4002, 4003, 4004];

/** What a person, a policy or the world does next. */
const deed = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('plan' as const), live: fc.boolean() }) },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('clean' as const),
      /** Which of the plans made so far; some are old, used up or never made. */
      plan: fc.nat(6),
      by: fc.constantFrom<CleanedBy>('user', 'auto', 'guard'),
      waits: fc.boolean(),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('scan' as const) }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('pass' as const), ms: fc.constantFrom(10, 300, 3_000, 11_000) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('sleep' as const) }) },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constantFrom('zombie' as const, 'session' as const, 'replace' as const, 'end' as const, 'spawn' as const),
      pid: fc.constantFrom(...PIDS),
      manners: fc.nat(MANNERS.length - 1),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('break' as const),
      what: fc.constantFrom('readTable', 'readHoldings', 'readProcesses', 'nothing'),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('journal' as const), works: fc.boolean() }) },
);

describe('the engine, through any order of requests and events', { timeout: TIMEOUT_MS }, () => {
  it('signals only on an accepted plan that is not too old, always on record for who is not a person, and never calls unknown clean', async () => {
    let signals = 0;
    let accepted = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(deed, { minLength: 4, maxLength: 30 }), async (deeds) => {
        const machine = new Machine();
        let works = true;
        const { engine, journal } = realEngine({
          ports: [4002],
          journal: () => works,
          on: { platform: machine.platform(), clock: machine.clock },
        });
        const gateway = machine.spawn(gatewayRecord(50));
        machine.open('LISTEN', 4002, null, gateway);
        machine.zombie(machine.bot(4001, 'obeys'));

        const plans: { plan: Plan; madeAt: number; tokens: Map<number, string | undefined> }[] = [];
        /** The cleans that were asked for and not refused yet: who may be hit, and on whose word. */
        const asked = new Map<object, { tokens: Map<number, string | undefined>; by: CleanedBy }>();
        const done = new Set<string>();
        const wrong: string[] = [];
        machine.onHit = ({ pid, startToken, signal }) => {
          signals += 1;
          const behind = [...asked.values()].filter(({ tokens }) => tokens.get(pid) === startToken);
          if (behind.length === 0) wrong.push(`${pid} is in no accepted plan`);
          if (pid === gateway) wrong.push('the Gateway was signalled');
          if (engine.snapshot().cleanup.kind !== 'running') wrong.push('a signal without a clean');
          const line = journal.some(
            (entry) => entry.event === 'signal_planned' && entry.process.pid === pid && entry.signal === signal,
          );
          if (!line && behind.every(({ by }) => by !== 'user'))
            wrong.push(`${pid} was signalled by a policy, off record`);
        };
        const pending = new Set<Promise<unknown>>();
        const clean = async (which: number, by: CleanedBy) => {
          const made = plans[which % (plans.length + 1)];
          const before = machine.now;
          const mine = {};
          if (made) asked.set(mine, { tokens: made.tokens, by });
          const result = await engine.clean(made?.plan.id ?? 'no such plan', by);
          asked.delete(mine);
          if (!result.ok) return;
          accepted += 1;
          if (!made) wrong.push('a plan that nobody made was carried out');
          else if (before - made.madeAt > PLAN_LIFETIME_MS) wrong.push('an old plan was carried out');
          else if (done.has(made.plan.id)) wrong.push('a plan was carried out twice');
          else done.add(made.plan.id);
          if (result.value.remaining === 0 && machine.broken.has('readTable')) wrong.push('"0 remain" while blind');
        };

        for (const next of deeds) {
          const { pid = 0, manners = 0 } = next as { pid?: number; manners?: number };
          if (next.do === 'plan') {
            const includeLive = next.live ? PIDS : [];
            const made = await engine.plan({ purpose: 'zombies', includeLive });
            if (!made.ok) continue;
            const tokens = new Map(
              made.value.targets.map(({ process }) => [process.pid, machine.record(process.pid)?.startToken]),
            );
            plans.push({ plan: made.value, madeAt: machine.now, tokens });
            if (tokens.has(gateway)) wrong.push('the Gateway was planned for');
          } else if (next.do === 'clean') {
            const cleaning = clean(next.plan, next.by);
            pending.add(cleaning);
            void cleaning.then(() => pending.delete(cleaning));
            if (next.waits) await cleaning;
          } else if (next.do === 'scan') {
            // While something is under way the machine's clock moves by itself, and the count with it.
            const quiet = pending.size === 0;
            const { ports, level } = await engine.scan();
            const total = ports[0]?.zombies.total;
            if (machine.broken.has('readTable')) {
              if (total !== null || level !== 'blind') wrong.push(`blind, and says ${total}`);
            } else if (quiet && total !== machine.zombies())
              wrong.push(`${machine.zombies()} zombies, and says ${total}`);
          } else if (next.do === 'pass') await machine.pass(next.ms);
          else if (next.do === 'sleep') {
            engine.setAttention({ asleep: true });
            if (!['stale', 'failed'].includes(engine.snapshot().scan.kind)) wrong.push('asleep, and called fresh');
            engine.setAttention({ asleep: false });
          } else if (next.do === 'break') {
            machine.broken.clear();
            machine.broken.add(next.what);
          } else if (next.do === 'journal') works = next.works;
          else if (next.do === 'spawn' && !machine.record(pid)) machine.bot(pid, MANNERS[manners]);
          else if (machine.record(pid)) {
            if (next.do === 'zombie') machine.zombie(pid, manners * 1_000);
            if (next.do === 'session') machine.open('ESTABLISHED', 41_000 + machine.now, 4002, pid);
            if (next.do === 'end') machine.end(pid);
            if (next.do === 'replace') {
              machine.end(pid);
              machine.zombie(machine.bot(pid, MANNERS[manners]));
            }
          }
        }
        await Promise.all(pending);
        expect(wrong).toEqual([]);
      }),
      runs(1_500, { slow: 100 }),
    );
    expect(signals).toBeGreaterThan(200);
    expect(accepted).toBeGreaterThan(200);
  });
});
