import type { Snapshot } from '../../../shared/snapshot.ts';
import { IBC_COSTUME, startGateway } from '../../support/simulator/index.ts';
import type { Measurement, Row } from '../measure.ts';
import { interleave, median, round } from '../measure.ts';
import { openMeasuredPanel } from '../panel-page.ts';
import { appEngine, botsWithZombies, openStage, settle } from '../stage.ts';
import { launchTrue } from '../tools.ts';

const BOTS = 10;
const STEPS = [10, 100, 1_000];
/** A scan younger than this may serve for a plan; here each plan must have its own. */
const OLDER_THAN_SCAN_MS = 550;

/**
 * What a plan with its full scan and the panel's picture of it cost as zombies grow. The kernel's and lsof's own growth is part of it.
 * The steps cannot be interleaved, so each is measured in spawns of `true` beside it.
 */
export const growth: Measurement = async (tell) => {
  const stage = await openStage();
  const panel = await openMeasuredPanel();
  try {
    const gateway = await startGateway(stage.scene, IBC_COSTUME);
    const engine = await appEngine([gateway.port]);
    const runTrue = launchTrue();
    const costs: { zombies: number; planMs: number; renderMs: number; units: number }[] = [];
    let held = 0;
    for (const zombies of STEPS) {
      tell(`${zombies} zombies`);
      await botsWithZombies(
        gateway,
        Array.from({ length: BOTS }, () => (zombies - held) / BOTS),
      );
      held = zombies;
      await settle();
      const times = await interleave(
        {
          wait: () => new Promise((resolve) => setTimeout(resolve, OLDER_THAN_SCAN_MS)),
          plan: async () => {
            const plan = await engine.plan({ purpose: 'zombies', includeLive: [] });
            if (!plan.ok || plan.value.frees !== zombies)
              throw new Error(`not ${zombies}: ${JSON.stringify(plan).slice(0, 300)}`);
          },
          true: () => runTrue('ss', []),
        },
        20,
      );
      const snapshot: Snapshot = engine.snapshot();
      const renders: number[] = [];
      for (let push = 0; push < 20; push += 1) renders.push((await panel.push(aged(snapshot, push))).scriptMs);
      const renderMs = median(renders);
      costs.push({ zombies, planMs: times.plan, renderMs, units: (times.plan + renderMs) / times.true });
    }
    return STEPS.slice(1).map((zombies): Row => {
      const [first, one] = [costs[0], costs.find((cost) => cost.zombies === zombies)];
      if (!first || !one) throw new Error('a step is missing');
      const ratio = one.units / first.units;
      return {
        what: `plan and panel with ${zombies.toLocaleString('en')} zombies`,
        reference: 'the same with 10',
        reach: `at most ${zombies / 10}x (linear)`,
        figure: `${ratio.toFixed(2)}x`,
        reached: ratio <= zombies / 10,
        details: {
          planMs: round(one.planMs),
          renderMs: round(one.renderMs),
          planMsOf10: round(first.planMs),
          renderMsOf10: round(first.renderMs),
        },
      };
    });
  } finally {
    await panel.close();
    await stage.close();
  }
};

/** The same snapshot some seconds later: every age has changed, so that every row must be drawn again. */
function aged(snapshot: Snapshot, step: number): Snapshot {
  const later = (step + 1) * 60_000;
  return {
    ...snapshot,
    owners: snapshot.owners.map((owner) => ({
      ...owner,
      oldestMs: owner.oldestMs + later,
      sockets: owner.sockets.map((socket) => ({ ...socket, ageMs: (socket.ageMs ?? 0) + later })),
    })),
  };
}
