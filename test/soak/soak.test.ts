import { afterAll, describe, expect, it } from 'vitest';
import { realEngine } from '../support/real-engine.ts';
import { hasPython, NO_PYTHON } from '../support/simulator/index.ts';
import { until } from '../support/until.ts';
import { readTruth, type Truth, toldTruth } from './kernel.ts';
import { Life } from './life.ts';

/** How long the bots live at least, in seconds (`SEXTON_SOAK_SECONDS`). */
const SECONDS = Number(process.env.SEXTON_SOAK_SECONDS ?? 15);
/** A step is about a minute of a bad day: at least an hour of it, however slow the machine. */
const STEPS = 60;
const SEED = Number(process.env.SEXTON_SOAK_SEED ?? 20_260_107);
/** After so many steps the zombies are cleaned. */
const CLEAN_EVERY = 40;

describe.skipIf(!hasPython)(`a hard day of bots and Gateways${hasPython ? '' : ` (skipped: ${NO_PYTHON})`}`, () => {
  let life: Life | null = null;
  afterAll(() => life?.scene.close());

  it(
    `is watched exactly for an hour in ${SECONDS} s or more (seed ${SEED}): at every step the count is the kernel's, each zombie has its owner, and only the bots connect`,
    async () => {
      const alive = await Life.begin(SEED);
      life = alive;
      const { ports, scene } = alive;
      const { engine, plan, clean, signals } = realEngine({ ports });
      const deadline = performance.now() + SECONDS * 1_000;
      const truth = () => readTruth(ports, scene.survivors());
      let steps = 0;
      let zombiesSeen = 0;

      /**
       * Looks between two equal readings of the kernel: what they tell must be what stood still. The engine that has lived through
       * it all tells the counts; owners it may read only now and then, so those are told by one that looks for the first time.
       */
      const exact = async (what: string) => {
        const settled = async (): Promise<{ facts: Truth; lived: Truth; fresh: Truth } | null> => {
          const before = await truth();
          const snapshots = await Promise.all([engine.scan(), realEngine({ ports }).engine.scan()]);
          const after = await truth();
          if (before.join() !== after.join()) return null;
          for (const snapshot of snapshots) {
            expect(snapshot.scan, what).toMatchObject({ kind: 'ok', problems: [] });
            expect([snapshot.unattributed, ...snapshot.ports.map(({ closing }) => closing)], what).toEqual([0, 0, 0]);
          }
          zombiesSeen = Math.max(zombiesSeen, ...snapshots[0].ports.map(({ zombies }) => zombies.total ?? 0));
          return { facts: before, lived: toldTruth(snapshots[0]), fresh: toldTruth(snapshots[1]) };
        };
        const { facts, lived, fresh } = await until(settled, {
          what: `two equal readings after step ${steps}: ${what}`,
        });
        const counts = (all: Truth) => all.filter((fact) => fact.startsWith('port'));
        expect(counts(lived), `step ${steps}: ${what}`).toEqual(counts(facts));
        expect(fresh, `step ${steps}: ${what}`).toEqual(facts);
      };

      const cleanUp = async () => {
        const forsaken = await alive.forsaken();
        await exact('a Gateway forsakes a bot');
        const made = await plan();
        const doomed = new Set(made.targets.map(({ process }) => process.pid));
        const spared = alive.bots.filter(({ pid }) => !doomed.has(pid));
        const result = await clean(made);
        expect(doomed.has(forsaken.pid)).toBe(true);
        expect(forsaken.puppet.alive).toBe(false);
        for (const { puppet } of [...spared, ...alive.gateways]) expect(puppet.alive).toBe(true);
        expect(signals().every((line) => line.endsWith(' sent'))).toBe(true);
        const facts = await truth();
        const left = facts.join('\n').matchAll(/client (\d+), gateway (\d+)/g);
        expect(result.remaining).toBe(
          [...left].reduce((sum, [, client, gateway]) => sum + Number(client) + Number(gateway), 0),
        );
        await exact('a clean');
        await alive.refill();
      };

      await exact('the beginning');
      while (steps < STEPS || performance.now() < deadline) {
        steps += 1;
        await exact(await alive.step());
        if (steps % CLEAN_EVERY === 0) await cleanUp();
      }
      await cleanUp();
      for (const gateway of alive.gateways) {
        expect((await gateway.count()).accepted).toBe(alive.opened.get(gateway.port));
      }
      expect(zombiesSeen).toBeGreaterThan(0);
    },
    (SECONDS + 120) * 1_000,
  );
});
