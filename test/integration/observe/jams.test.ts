import { spawnSync } from 'node:child_process';
import { afterEach, describe, expect, it } from 'vitest';
import type { Snapshot } from '../../../shared/snapshot.ts';
import { realEngine } from '../../support/real-engine.ts';
import { runSexton, startSexton } from '../../support/sexton.ts';
import {
  type Bot,
  findSockets,
  type Gateway,
  gatewayZombies,
  hasPython,
  liveSession,
  NO_PYTHON,
  openScene,
  pythonExecutable,
  type Scene,
  startBot,
  startGateway,
} from '../../support/simulator/index.ts';
import { until } from '../../support/until.ts';

const title = (name: string) => (hasPython ? name : `${name} (skipped: ${NO_PYTHON})`);

const scenes: Scene[] = [];
async function scene(): Promise<Scene> {
  const opened = await openScene();
  scenes.push(opened);
  return opened;
}
afterEach(async () => {
  for (const opened of scenes.splice(0).reverse()) await opened.close();
});

/** Checks a port as careless scripts do: `connect_ex`, and the end of the process. */
function probe(port: number): void {
  const check = `import socket, sys; sys.exit(socket.socket().connect_ex(("127.0.0.1", ${port})))`;
  const answer = spawnSync(pythonExecutable(), ['-c', check], { encoding: 'utf8', timeout: 30_000 });
  if (answer.status !== 0) throw new Error(`The probe failed: ${answer.stderr}`);
}

async function probed(gateway: Gateway, count: number): Promise<void> {
  for (let probes = 0; probes < count; probes += 1) probe(gateway.port);
  const left = () => findSockets({ local: gateway.port, state: 'CLOSE_WAIT' }, gateway.scene.network);
  await until(async () => (await left()).length === count, { what: `${count} zombies of port probes` });
}

/** Connects, waits for an answer for as long as ib_async does when not told otherwise, and leaves. */
async function givesUp(bot: Bot): Promise<void> {
  const [session] = await bot.connect({ timeoutMs: 4_000 });
  if (session?.answered) throw new Error('The Gateway answered.');
  await bot.disconnect();
}

const jamOf = ({ ports }: Snapshot, { port }: Gateway) => ports.find((state) => state.port === port)?.jammed;

describe.skipIf(!hasPython)(title('a Gateway that hangs while bots give up after 4 s'), () => {
  it('is reported as jammed by watch and status, unlike one that reads and one that was only probed', async () => {
    const stage = await scene();
    const hung = await startGateway(stage, { mode: 'hang' });
    const silent = await startGateway(stage, { mode: 'silent', refusesToClose: true });
    const checked = await startGateway(stage, { refusesToClose: true });
    await gatewayZombies(silent, 3);
    await probed(checked, 3);
    const ports = [hung, silent, checked].flatMap(({ port }) => ['--port', String(port)]);
    const watch = startSexton(['watch', '--json', '--interval', '1', ...ports], { timeoutMs: 100_000, built: true });
    const looks = () =>
      watch
        .stdout()
        .split('\n')
        .slice(0, -1)
        .map((line) => JSON.parse(line) as Snapshot);
    await watch.printed(/\n/, 30_000);
    const bot = await startBot(stage, { gateway: hung });
    await givesUp(bot);
    await givesUp(bot);
    await until(() => looks().some((look) => jamOf(look, hung) === true), { what: 'a jam' });
    // What comes after is no better: the next bot has not waited for 10 s, and the jam stays known.
    const before = looks().length;
    await givesUp(bot);
    await until(() => looks().length > before, { what: 'another look' });
    watch.signal('SIGINT');
    await watch.ended;
    const said = looks().map((look) => jamOf(look, hung));
    expect(said.slice(said.indexOf(true))).not.toContain(false);
    expect(said.slice(said.indexOf(true))).not.toContain(null);
    expect(looks().find((look) => jamOf(look, hung) === true)).toMatchObject({
      level: 'critical',
      advice: { kind: 'restart', urgent: true },
    });
    for (const look of looks()) expect([jamOf(look, silent), jamOf(look, checked)]).toEqual([false, false]);

    const once = await runSexton(['status', '--json', ...ports], { built: true });
    const now = JSON.parse(once.stdout) as Snapshot;
    expect(once.code).toBe(2);
    expect([hung, silent, checked].map((gateway) => jamOf(now, gateway))).toEqual([true, false, false]);
  });

  it('is not reported as jammed while it answers a session, nor later for what it left unread before', async () => {
    const stage = await scene();
    const gateway = await startGateway(stage, { mode: 'hang' });
    const impatient = await startBot(stage, { gateway });
    const { engine } = realEngine({ ports: gateway.ports });
    await impatient.connect({ wait: false });
    await impatient.disconnect();
    await until(async () => jamOf(await engine.scan(), gateway) === true, { everyMs: 200 });
    await gateway.setMode('answer');
    const bot = await startBot(stage, { gateway });
    await liveSession(gateway, bot);
    expect(jamOf(await engine.scan(), gateway)).toBe(false);
    await bot.disconnect();
    expect(jamOf(await engine.scan(), gateway)).toBe(false);
  });
});

describe.skipIf(!hasPython)(title('zombies that port probes left'), () => {
  it('are told apart from those of bots in the list of owners, the headline and the advice', async () => {
    const stage = await scene();
    const gateway = await startGateway(stage, { refusesToClose: true });
    await probed(gateway, 2);
    const port = String(gateway.port);
    const text = (await runSexton(['status', '--port', port])).stdout.replace(/\s+/g, ' ');
    expect(text).toContain('holds all 2, 2 left by port probes.');
    expect(text).toContain('2 left by port probes. Check the port with "sexton status"');
    expect(text).toMatch(/ 2 left by port probes\. /);
    await gatewayZombies(gateway, 3);
    const mixed = JSON.parse((await runSexton(['status', '--json', '--port', port])).stdout) as Snapshot;
    expect(mixed.owners).toMatchObject([{ side: 'gateway', zombies: 5, probes: 2 }]);
  });
});
