import { join } from 'node:path';
import { gatewayZombies, IBC_COSTUME, liveSession, startBot, startGateway } from '../../support/simulator/index.ts';
import type { Measurement } from '../measure.ts';
import { openStage, settle } from '../stage.ts';
import { run } from '../tools.ts';

const PROGRAM = join(import.meta.dirname, '../programs/many-scans.ts');
const WARM_UP = 1_000;
const SCANS = 10_000;
const MAX_BYTES = 2_000_000;

/** What 10,000 scans leave on the heap. */
export const memory: Measurement = async (tell) => {
  if (process.platform !== 'linux') return [];
  const stage = await openStage();
  try {
    const gateway = await startGateway(stage.scene, IBC_COSTUME);
    await gatewayZombies(gateway, 3);
    const [client] = await liveSession(gateway, await startBot(stage.scene, { gateway }));
    await settle();
    tell(`${WARM_UP + SCANS} scans of replayed tools`);
    const { stdout, code } = await run(process.execPath, [
      '--expose-gc',
      PROGRAM,
      `${gateway.port}`,
      `${client}`,
      `${WARM_UP}`,
      `${SCANS}`,
    ]);
    if (code !== 0) throw new Error(`the scans ended with ${code}`);
    const { before, after, zombies } = JSON.parse(stdout) as Record<'before' | 'after' | 'zombies', number>;
    if (zombies !== 3) throw new Error(`the last scan saw ${zombies} of 3 zombies`);
    const grown = after - before;
    return [
      {
        what: 'heap after gc over 10,000 scans (tools replayed)',
        reference: 'heap after the warm-up',
        reach: 'growth under 2 MB',
        figure: `${(grown / 1e6).toFixed(2)} MB`,
        reached: grown < MAX_BYTES,
        details: { warmUpScans: WARM_UP, beforeBytes: before, afterBytes: after },
      },
    ];
  } finally {
    await stage.close();
  }
};
