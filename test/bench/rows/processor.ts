import { spawn } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import {
  gatewayZombies,
  IBC_COSTUME,
  liveSession,
  type Scene,
  startBot,
  startGateway,
} from '../../support/simulator/index.ts';
import type { Measurement, Row } from '../measure.ts';
import { round } from '../measure.ts';
import { openStage } from '../stage.ts';

const PROGRAM = join(import.meta.dirname, '../programs/engine-life.ts');
/** How much faster time passes for the app whose day is measured. */
const SPEED = 12;
const MAX_SHARE = 0.005;

interface Life {
  own: number;
  children: number;
  published: number;
  scan: string;
  zombies: number;
}

/**
 * Processor time of running engines, each in its own process, including the tools that they start. An idle app in real time; then
 * an idle one and one whose Gateway holds three zombies, side by side, with all their clocks and timers faster.
 */
export const processor: Measurement = async (tell) => {
  const stage = await openStage();
  try {
    const [idle, standing] = [await healthyGateway(stage.scene), await healthyGateway(stage.scene)];
    await gatewayZombies(standing, 3);
    tell('an idle app for 60 s');
    const calm = await live(stage.home, idle.port, 1, 5, 60);
    if (calm.scan !== 'ok') throw new Error(`the idle app could not see: ${JSON.stringify(calm)}`);
    const share = (calm.own + calm.children) / 60_000;
    tell(`an idle app and one with three zombies, ${SPEED} times as fast, for 90 s`);
    const [quiet, watching] = await Promise.all([
      live(stage.home, idle.port, SPEED, 15, 75),
      live(stage.home, standing.port, SPEED, 15, 75),
    ]);
    if (watching.zombies !== 3 || quiet.zombies !== 0)
      throw new Error(`wrong counts: ${JSON.stringify({ quiet, watching })}`);
    return [idleRow(calm, share), standingRow(quiet, watching)];
  } finally {
    await stage.close();
  }
};

async function healthyGateway(scene: Scene) {
  const gateway = await startGateway(scene, IBC_COSTUME);
  await liveSession(gateway, await startBot(scene, { gateway }));
  return gateway;
}

function idleRow(life: Life, share: number): Row {
  return {
    what: 'processor time of an idle app over 60 s, tools included',
    reference: 'one core',
    reach: 'at most 0.5 %',
    figure: percent(share),
    reached: share <= MAX_SHARE,
    details: { ownMs: round(life.own), childrenMs: round(life.children) },
  };
}

function standingRow(quiet: Life, watching: Life): Row {
  const [of, by] = [quiet.own + quiet.children, watching.own + watching.children];
  const share = by / (75_000 * SPEED);
  return {
    what: 'a day with 3 gateway-side zombies standing',
    reference: 'an idle app beside it',
    reach: 'at most 1.5x and 0.5 % of a core',
    figure: `${(by / of).toFixed(2)}x, ${percent(share)}`,
    reached: by / of <= 1.5 && share <= MAX_SHARE,
    details: {
      simulatedMinutes: (75 * SPEED) / 60,
      idleShare: percent(of / (75_000 * SPEED)),
      ownMs: round(watching.own),
      childrenMs: round(watching.children),
      idleOwnMs: round(quiet.own),
      idleChildrenMs: round(quiet.children),
    },
  };
}

function percent(share: number): string {
  return `${(share * 100).toFixed(3)} %`;
}

/** Runs an engine in its own process and folder. */
function live(home: string, port: number, speed: number, warmUp: number, seconds: number): Promise<Life> {
  const own = mkdtempSync(join(home, 'life-'));
  const child = spawn(process.execPath, [PROGRAM, `${port}`, `${speed}`, `${warmUp}`, `${seconds}`], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, SEXTON_HOME: own, IBKR_LOCK_FILE_PATH: join(own, 'connect.lock') },
  });
  const end = () => child.kill('SIGKILL');
  process.once('exit', end);
  let text = '';
  child.stdout.on('data', (chunk) => {
    text += chunk;
  });
  return new Promise((resolve, reject) => {
    child.once('close', (code) => {
      process.off('exit', end);
      if (code === 0) resolve(JSON.parse(text) as Life);
      else reject(new Error(`the engine ended with ${code}`));
    });
  });
}
