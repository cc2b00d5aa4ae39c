import { spawn } from 'node:child_process';
import { parseLsof, parseSs } from '../../../electron/engine/platform/index.ts';
import { LSOF_FIELDS } from '../../../electron/engine/platform/sockets/lsof.ts';
import {
  IBC_COSTUME,
  liveSession,
  manySockets,
  sparePort,
  startBot,
  startGateway,
} from '../../support/simulator/index.ts';
import { toolRunner } from '../../support/system.ts';
import type { Measurement, Row } from '../measure.ts';
import { interleave, ratioRow } from '../measure.ts';
import { appEngine, botsWithZombies, openStage, scannedPorts, settle, watcherFor } from '../stage.ts';
import { launchTrue, lsofFor, run } from '../tools.ts';

const SOCKETS = 5_000;
const PROCESSES = 500;

/** A scan of an app with nothing to report: with a healthy Gateway and a bot in session, and with no Gateway. */
export const idleTick: Measurement = async () => {
  const stage = await openStage();
  try {
    const gateway = await startGateway(stage.scene, IBC_COSTUME);
    await liveSession(gateway, await startBot(stage.scene, { gateway }));
    const healthy = await appEngine([gateway.port]);
    const empty = await appEngine([await sparePort()]);
    const runTrue = launchTrue();
    const tasks = {
      healthy: () => healthy.scan(),
      true: () => runTrue('ss', []),
      empty: () => empty.scan(),
    };
    await interleave(tasks, 5);
    const times = await interleave(tasks, 60);
    const reference = 'spawning `true` through the same launcher';
    return [
      ratioRow('idle tick, Gateway up and a bot in session', reference, 2, [times.healthy, times.true], { rounds: 60 }),
      ratioRow('idle tick, nothing on the ports', reference, 2, [times.empty, times.true], { rounds: 60 }),
    ];
  } finally {
    await stage.close();
  }
};

/** The full scan with owners beside one plain `lsof`, first as it is and then in a crowd; and what parsing adds to the tools. */
export const scans: Measurement = async (tell) => {
  const stage = await openStage();
  try {
    const gateway = await startGateway(stage.scene, IBC_COSTUME);
    await botsWithZombies(gateway, [3, 3]);
    await settle();
    const rows = [await fullScan(gateway, 'full scan with owners, 6 zombies', 1.25)];
    tell(`opening ${SOCKETS} sockets and ${PROCESSES} processes`);
    await manySockets(stage.scene, SOCKETS);
    const crowd = startCrowd();
    try {
      rows.push(
        await fullScan(gateway, 'the same with 5,000 more sockets and 500 more processes', 1.15),
        ...(await parsing()),
      );
    } finally {
      crowd.end();
    }
    return rows;
  } finally {
    await stage.close();
  }
};

async function fullScan(gateway: Parameters<typeof scannedPorts>[0], what: string, reach: number): Promise<Row> {
  const watcher = watcherFor([gateway.port]);
  const seen = await watcher.scan('always');
  const owned = seen.parts.owners.reduce((sum, { zombies }) => sum + zombies, 0);
  if (owned !== 6 || seen.parts.scan.kind !== 'ok')
    throw new Error(`the scan found ${owned} of 6 zombies: ${JSON.stringify(seen.parts.scan)}`);
  const ports = scannedPorts(gateway);
  const tasks = { scan: () => watcher.scan('always'), lsof: () => run('lsof', lsofFor(ports)) };
  await interleave(tasks, 3);
  const times = await interleave(tasks);
  return ratioRow(what, 'one `lsof -nP -iTCP:…` for the same ports', reach, [times.scan, times.lsof]);
}

/** Parsers beside the calls whose output they read; every socket of the machine, not only those on the ports. */
async function parsing(): Promise<Row[]> {
  if (process.platform !== 'linux') return [];
  const runTool = toolRunner();
  const rows: Row[] = [];
  const calls = [
    ['ss', ['-HtanieO'], parseSs],
    ['lsof', ['-nPw', '-iTCP', '-F', LSOF_FIELDS], parseLsof],
  ] as const;
  for (const [tool, args, parse] of calls) {
    let text = '';
    const call = async () => {
      const output = await runTool(tool, args);
      if (!output.ok) throw new Error(output.error.hint);
      text = output.value.stdout;
    };
    await call();
    const sockets = parse(text).rows.length;
    if (sockets < SOCKETS) throw new Error(`${tool} listed ${sockets} sockets only`);
    const times = await interleave({ call, parse: async () => parse(text) });
    const what = `parse of a scan with 5,000 sockets: ${tool}`;
    rows.push(ratioRow(what, `the ${tool} call that produced it`, 0.1, [times.parse, times.call], { sockets }));
  }
  return rows;
}

/** Idle processes. */
function startCrowd(): { end(): void } {
  const crowd = Array.from({ length: PROCESSES }, () => spawn('/bin/sleep', ['600'], { stdio: 'ignore' }));
  const end = () => {
    process.off('exit', end);
    for (const child of crowd) child.kill('SIGKILL');
  };
  process.on('exit', end);
  return { end };
}
