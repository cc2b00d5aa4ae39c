/** Lives as the app's engine does, and prints what processor time that took. Arguments: ports, speed, real seconds to warm up, real seconds to measure. */
import process from 'node:process';
import { hurry } from './fast-time.ts';

const [ports = '', speed = '1', warmUp = '0', seconds = '60'] = process.argv.slice(2);
const wait = globalThis.setTimeout;
const pause = (realSeconds: number) => new Promise((resolve) => wait(resolve, realSeconds * 1000));
hurry(Number(speed));
const { appEngine } = await import('../stage.ts');
const { processorTime } = await import('./processor-time.ts');

const engine = await appEngine(ports.split(',').map(Number));
let published = 0;
engine.subscribe(() => {
  published += 1;
});
await engine.start();
await pause(Number(warmUp));
const before = { ...processorTime(), published };
await pause(Number(seconds));
const after = processorTime();
const [own, children] = [after.own - before.own, after.children - before.children];
const { level, ports: shown, scan } = engine.snapshot();
const zombies = shown.reduce((sum, port) => sum + (port.zombies.total ?? 0), 0);
process.stdout.write(
  `${JSON.stringify({ own, children, published: published - before.published, level, scan: scan.kind, zombies })}\n`,
);
await engine.stop();
process.exit(0);
