import type { Engine } from '../../../electron/engine/api.ts';
import type { CleanResult } from '../../../shared/snapshot.ts';
import { type Gateway, IBC_COSTUME, startGateway } from '../../support/simulator/index.ts';
import type { Measurement } from '../measure.ts';
import { median, ROUNDS, ratioRow } from '../measure.ts';
import { appEngine, botsWithZombies, openStage, settle } from '../stage.ts';
import { run } from '../tools.ts';

/**
 * From the click to the verified result, on a running app with its panel open, beside what people do by hand. Each round has two
 * new bots with three settled zombies each: one for the app, one for the classic procedure.
 */
export const clickToClean: Measurement = async (tell) => {
  const stage = await openStage();
  try {
    const [ours, theirs] = [
      await startGateway(stage.scene, IBC_COSTUME),
      await startGateway(stage.scene, { script: 'other.py' }),
    ];
    const engine = await appEngine([ours.port]);
    await engine.start();
    engine.setAttention({ panelOpen: true });
    const samples: Record<'clean' | 'classic', number[]> = { clean: [], classic: [] };
    const own: number[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      await botsWithZombies(ours, [3]);
      await botsWithZombies(theirs, [3]);
      await settle();
      const cleaned = await timeClean(engine);
      samples.clean.push(cleaned.tookMs);
      own.push(cleaned.result.durationMs);
      samples.classic.push(await timeClassic(theirs));
      if (round % 5 === 4) tell(`${round + 1} of ${ROUNDS} cleans`);
    }
    await engine.stop();
    return [
      ratioRow(
        'click to verified clean, settled zombies, bot obeys SIGTERM',
        'netstat, lsof, kill -9, sleep 0.5, netstat',
        0.25,
        [median(samples.clean), median(samples.classic)],
        { rounds: ROUNDS, durationMsOfResult: median(own) },
      ),
    ];
  } finally {
    await stage.close();
  }
};

/** Plan, confirm, and wait for the published result, as the panel does. */
async function timeClean(engine: Engine): Promise<{ tookMs: number; result: CleanResult }> {
  const began = performance.now();
  const plan = await engine.plan({ purpose: 'zombies', includeLive: [] });
  if (!plan.ok || plan.value.targets.length !== 1) throw new Error(`no plan for one bot: ${JSON.stringify(plan)}`);
  const published = new Promise<number>((resolve) => {
    const leave = engine.subscribe(({ cleanup }, before) => {
      if (cleanup.kind !== 'done' || before.cleanup.kind !== 'running') return;
      leave();
      resolve(performance.now() - began);
    });
  });
  const outcome = await engine.clean(plan.value.id, 'user');
  if (!outcome.ok || !outcome.value.ok) throw new Error(`not cleaned: ${JSON.stringify(outcome)}`);
  return { tookMs: await published, result: outcome.value };
}

/** The procedure of runbooks: count, find the owner, SIGKILL it, wait, count again. */
async function timeClassic({ port, pid }: Gateway): Promise<number> {
  const began = performance.now();
  const count = async () => {
    const { stdout } = await run('netstat', ['-an']);
    return stdout.split('\n').filter((line) => line.includes('CLOSE_WAIT') && line.includes(`:${port}`)).length;
  };
  const before = await count();
  const { stdout } = await run('lsof', ['-nP', `-iTCP:${port}`, '-sTCP:CLOSE_WAIT', '-t']);
  const owners = stdout.split('\n').filter((line) => line !== '' && Number(line) !== pid);
  await run('kill', ['-9', ...owners]);
  await new Promise((resolve) => setTimeout(resolve, 500));
  const after = await count();
  if (before !== 3 || owners.length !== 1 || after !== 0) throw new Error(`classic: ${before}, ${owners}, ${after}`);
  return performance.now() - began;
}
