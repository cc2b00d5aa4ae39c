import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../../electron/engine/clock.ts';
import { createPlatform } from '../../../electron/engine/platform/index.ts';
import type { Platform } from '../../../electron/engine/platform/types.ts';
import type { DoctorReport } from '../../../shared/doctor.ts';
import { success } from '../../../shared/result.ts';
import type { CleanResult, PortState, Snapshot } from '../../../shared/snapshot.ts';
import { realEngine } from '../../support/real-engine.ts';
import { runSexton } from '../../support/sexton.ts';
import {
  type Bot,
  clientZombies,
  FOREIGN_HOST,
  findSockets,
  type Gateway,
  gatewayZombies,
  hasPython,
  IBC_COSTUME,
  NO_PYTHON,
  noNetworkNamespaces,
  noSocat,
  openForeignScene,
  openScene,
  type Scene,
  sparePort,
  startBot,
  startDockerProxy,
  startGateway,
  startSocat,
} from '../../support/simulator/index.ts';
import { until } from '../../support/until.ts';

const missing = hasPython ? noNetworkNamespaces : NO_PYTHON;
const skipped = missing ? ` (skipped: ${missing})` : '';
const LOCAL_HOST = '127.0.0.1';

const scenes: Scene[] = [];
afterEach(async () => {
  for (const opened of scenes.splice(0).reverse()) await opened.close();
});

/** This machine, and another one (or a container's network) that it is connected with. */
async function twoNetworks(): Promise<{ home: Scene; abroad: Scene }> {
  const home = await openScene({ network: 'private' });
  scenes.push(home);
  const { scene: abroad } = await openForeignScene(home);
  scenes.push(abroad);
  return { home, abroad };
}

/** A folder with these settings, for a run of the command. */
function settings(values: object): string {
  const home = realpathSync(mkdtempSync(join(tmpdir(), 'sexton-home-')));
  mkdirSync(home, { recursive: true });
  writeFileSync(join(home, 'settings.json'), JSON.stringify(values));
  return home;
}

interface Run {
  home?: string;
  uid?: number;
}

async function json<Answer>(
  stage: Scene,
  args: string[],
  options: Run = {},
): Promise<Answer & { exit: number | null }> {
  const run = await runSexton([...args, '--json'], { network: stage.network, ...options });
  if (run.stdout === '') throw new Error(run.stderr);
  return { ...(JSON.parse(run.stdout) as Answer), exit: run.code };
}
const status = (stage: Scene, options: Run = {}, args: string[] = []) =>
  json<Snapshot>(stage, ['status', ...args], options);
const clean = (stage: Scene, options: Run = {}) => json<CleanResult>(stage, ['clean', '--yes'], options);
async function check(stage: Scene, id: string, options: Run = {}) {
  const { checks } = await json<DoctorReport>(stage, ['doctor'], options);
  return checks.find((one) => one.id === id);
}
const lineOf = (snapshot: Snapshot, port = 4002): PortState | undefined =>
  snapshot.ports.find((one) => one.port === port);

/** Gives a private network an address of its own, as a container's has one. */
function giveAddress(scene: Scene, address: string): void {
  const [ip = '', ...args] = scene.network.wrap(['ip', 'address', 'add', `${address}/32`, 'dev', 'lo']);
  expect(spawnSync(ip, args).status).toBe(0);
}

/** Sessions through a forwarder that the bot closed and the Gateway did not. */
async function forwardedZombies(gateway: Gateway, bot: Bot, count: number): Promise<void> {
  await gateway.refuseToClose();
  const sessions = await bot.connect({ host: LOCAL_HOST, port: 4002, count });
  await bot.disconnect(sessions.map(({ port }) => port));
  await until(
    async () =>
      (await findSockets({ local: gateway.port, state: 'CLOSE_WAIT' }, gateway.scene.network)).length >= count,
    { what: `${count} zombies at the Gateway behind the forwarder` },
  );
}

describe.skipIf(missing)(`a Gateway on another machine${skipped}`, { timeout: 180_000 }, () => {
  it('that is not in the settings is not judged, but the bots’ connections to it are shown', async () => {
    const { home, abroad } = await twoNetworks();
    const foreign = await startGateway(abroad, { ports: [4002], host: FOREIGN_HOST });
    const bot = await startBot(home);
    const sessions = await bot.connect({ host: FOREIGN_HOST, port: 4002, count: 13 });
    await foreign.closeClients(sessions.slice(0, 12).map(({ port }) => port));
    await until(async () => (await findSockets({ remote: 4002, state: 'CLOSE_WAIT' }, home.network)).length === 12);

    const seen = await status(home);
    expect(seen).toMatchObject({ exit: 1, level: 'notice', owners: [], unattributed: 0, scan: { kind: 'ok' } });
    expect(seen.elsewhere).toMatchObject([
      { address: FOREIGN_HOST, port: 4002, zombies: 12, established: 1, processes: [{ pid: bot.pid }] },
    ]);
    expect(lineOf(seen)?.zombies).toEqual({ client: 0, gateway: 0, total: 0 });
    expect(seen.advice).toMatchObject({ kind: 'check-bot', text: expect.stringContaining(FOREIGN_HOST) });
    expect(seen.advice.text).toContain('gatewayHosts');

    const text = await runSexton(['status'], { network: home.network });
    expect(text.stdout).not.toContain('Clear');
    expect(text.stdout).toContain(`12 zombie connections and 1 session to ${FOREIGN_HOST}:4002`);
    expect(await check(home, 'elsewhere')).toMatchObject({ status: 'warning' });
    expect(await status(home, {}, ['--port', '7497'])).toMatchObject({ exit: 0, elsewhere: [] });
    expect(await status(home, { home: settings({ gatewayHosts: [FOREIGN_HOST] }) })).toMatchObject({
      exit: 2,
      elsewhere: [],
    });
  });

  it('is not counted among the bots’ connections when it is IBKR’s server, to which the Gateway connects', async () => {
    const { home, abroad } = await twoNetworks();
    const ibkr = await startGateway(abroad, { ports: [4001], host: FOREIGN_HOST });
    const gateway = await startGateway(home, { ports: [4002], ...IBC_COSTUME });
    await gateway.dial(FOREIGN_HOST, 4001);
    expect(await status(home)).toMatchObject({ exit: 0, level: 'clear', elsewhere: [] });
    await gateway.dial(FOREIGN_HOST, 4001);
    await until(async () => (await ibkr.count()).open === 2);
    await ibkr.closeClients();
    await until(async () => (await findSockets({ remote: 4001, state: 'CLOSE_WAIT' }, home.network)).length === 2);
    expect(await status(home)).toMatchObject({ exit: 0, level: 'clear', elsewhere: [] });
  });

  it('whose name does not resolve leaves the bots’ counts unknown, and neither status nor clean exits 0', async () => {
    const { home } = await twoNetworks();
    const gateway = await startGateway(home, { ports: [4002] });
    await startBot(home, { gateway });
    const lost = { home: settings({ gatewayHosts: ['no-such-host.invalid'] }) };
    const seen = await status(home, lost);
    expect(seen).toMatchObject({ exit: 3, level: 'notice', scan: { kind: 'degraded' } });
    expect(seen.scan.problems).toMatchObject([{ tool: 'gatewayHosts' }]);
    expect(lineOf(seen)).toMatchObject({
      listening: true,
      zombies: { client: null, gateway: 0, total: null },
      closing: null,
      established: null,
    });
    expect(await clean(home, lost)).toMatchObject({ exit: 3, ok: false, remaining: null });
    expect(await check(home, 'elsewhere', lost)).toMatchObject({ status: 'warning' });
  });

  it('whose name does not resolve does not hide visible zombies from the level or from a clean', async () => {
    const { home } = await twoNetworks();
    const gateway = await startGateway(home, { ports: [4002] });
    const bot = await startBot(home, { gateway });
    await clientZombies(gateway, bot, 12);
    const lost = { home: settings({ gatewayHosts: ['no-such-host.invalid'] }) };
    expect(await status(home, lost)).toMatchObject({ exit: 3, level: 'critical', owners: [{ zombies: 12 }] });
    expect(await clean(home, lost)).toMatchObject({ exit: 3, remaining: null, stopped: [{ pid: bot.pid }] });
    await bot.puppet.exited;
  });
});

describe.skipIf(missing)(`a Gateway behind a forwarder${skipped}`, { timeout: 180_000 }, () => {
  it('in another network namespace is read there, through docker-proxy and socat to the Gateway itself', async () => {
    if (noSocat) return;
    const { home, abroad } = await twoNetworks();
    const gateway = await startGateway(abroad, { ports: [4002], ...IBC_COSTUME });
    await startSocat(abroad, { port: 4004, to: { host: LOCAL_HOST, port: 4002 } });
    const proxy = await startDockerProxy(home, { port: 4002, to: { host: FOREIGN_HOST, port: 4004 } });
    const bot = await startBot(home, { port: 4002 });
    await forwardedZombies(gateway, bot, 12);

    const seen = await status(home);
    expect(lineOf(seen)).toMatchObject({
      listening: true,
      forwarder: { pid: proxy.pid, name: 'docker-proxy' },
      gateway: { pid: gateway.pid, name: 'IB Gateway' },
      zombies: { client: 0, gateway: 12, total: 12 },
    });
    expect(seen).toMatchObject({ exit: 2, level: 'critical', unattributed: 0 });
    expect(seen.owners).toMatchObject([
      {
        process: { pid: gateway.pid },
        side: 'gateway',
        zombies: 12,
        ports: [4002],
        verdict: { kind: 'protected', reason: 'gateway-listener' },
      },
    ]);
    expect(await clean(home)).toMatchObject({ exit: 1, ok: false, remaining: 12, stopped: [] });
    expect(gateway.puppet.alive).toBe(true);

    const other = await status(home, { uid: 65_534 });
    expect(lineOf(other)?.zombies.gateway).toBe(12);
  });

  it('is read through the real socat of this machine, and is clear when it has no zombies', async () => {
    if (noSocat) return;
    const { home, abroad } = await twoNetworks();
    const gateway = await startGateway(abroad, { ports: [4002], host: FOREIGN_HOST });
    const socat = await startSocat(home, { port: 4002, to: { host: FOREIGN_HOST, port: 4002 } });
    const bot = await startBot(home, { port: 4002 });
    expect(await status(home)).toMatchObject({ exit: 0, level: 'clear' });
    await forwardedZombies(gateway, bot, 1);
    const seen = await status(home);
    expect(lineOf(seen)).toMatchObject({
      forwarder: { pid: socat.pid },
      gateway: { pid: gateway.pid },
      zombies: { client: 0, gateway: 1, total: 1 },
    });
    expect(seen).toMatchObject({ exit: 1, level: 'notice' });
    // It is no Java, and runs on the list of bots: it is never a target all the same.
    expect(await clean(home)).toMatchObject({ exit: 1, stopped: [], remaining: 1 });
    expect(gateway.puppet.alive).toBe(true);
  });

  it('is found again by a running watcher after a restart', async () => {
    const stage = await openScene();
    const box = await openScene({ network: 'private' });
    scenes.push(stage, box);
    giveAddress(box, '198.51.100.7');
    const gateway = await startGateway(box, { ports: [4002], host: '198.51.100.7' });
    const port = await sparePort();
    await startDockerProxy(stage, { port, to: { host: '198.51.100.7', port: 4002 } });
    const { engine } = realEngine({ ports: [port] });
    expect(lineOf(await engine.scan(), port)).toMatchObject({ gateway: { pid: gateway.pid }, zombies: { total: 0 } });
    await gateway.vanish();
    expect(lineOf(await engine.scan(), port)).toMatchObject({ gateway: null, zombies: { client: 0, total: null } });
    const back = await gateway.comeBack();
    await gatewayZombies(back, 2, await startBot(box, { gateway: back, host: '198.51.100.7' }));
    await until(async () => lineOf(await engine.scan(), port)?.zombies.gateway === 2, { everyMs: 100 });
    expect(engine.snapshot()).toMatchObject({ level: 'notice', owners: [{ process: { pid: back.pid }, zombies: 2 }] });
  });

  it('that cannot be found is unknown, not clear, until a person limits the port to the bots’ side', async () => {
    const { home } = await twoNetworks();
    // It claims an address that no network on this machine has.
    const proxy = await startDockerProxy(home, { port: 4002, to: { host: '203.0.113.9', port: 4004 } });
    const seen = await status(home);
    expect(lineOf(seen)).toMatchObject({
      forwarder: { pid: proxy.pid },
      gateway: null,
      jammed: null,
      zombies: { client: 0, gateway: null, total: null },
    });
    expect(seen).toMatchObject({ exit: 3, level: 'notice' });
    expect(await clean(home)).toMatchObject({ exit: 3, ok: false, remaining: null });
    const told = await check(home, 'containers');
    expect(told).toMatchObject({ status: 'warning', fix: expect.stringContaining('"side": "bots"') });
    expect(told?.detail).toMatch(/--network container:\S+ --pid container:/);

    const accepted = { home: settings({ ports: [{ port: 4002, label: 'Gateway paper', side: 'bots' }] }) };
    const content = await status(home, accepted);
    expect(lineOf(content)?.zombies).toEqual({ client: 0, gateway: null, total: 0 });
    expect(content).toMatchObject({ exit: 0, level: 'clear' });
    expect(await clean(home, accepted)).toMatchObject({ exit: 0, ok: true, remaining: 0 });
    expect(await check(home, 'containers', accepted)).toMatchObject({ status: 'ok' });
  });

  it('that could be in either of two networks is unknown', async () => {
    const { home, abroad } = await twoNetworks();
    const twin = await openScene({ network: 'private' });
    scenes.push(twin);
    await startGateway(abroad, { ports: [4002], host: FOREIGN_HOST });
    giveAddress(twin, FOREIGN_HOST);
    await startGateway(twin, { ports: [4002], host: FOREIGN_HOST });
    await startDockerProxy(home, { port: 4002, to: { host: FOREIGN_HOST, port: 4002 } });
    expect(lineOf(await status(home))?.zombies).toEqual({ client: 0, gateway: null, total: null });
  });

  it('is seen again after its container was replaced', async () => {
    const { home, abroad } = await twoNetworks();
    const gateway = await startGateway(abroad, { ports: [4002], host: FOREIGN_HOST });
    await startDockerProxy(home, { port: 4002, to: { host: FOREIGN_HOST, port: 4002 } });
    expect(lineOf(await status(home))).toMatchObject({ gateway: { pid: gateway.pid }, zombies: { total: 0 } });
    await gateway.vanish();
    const back = await gateway.comeBack();
    await gatewayZombies(back, 2, await startBot(abroad, { gateway: back, host: FOREIGN_HOST }));
    expect(lineOf(await status(home))).toMatchObject({ gateway: { pid: back.pid }, zombies: { gateway: 2, total: 2 } });
  });
});

describe.skipIf(!hasPython)('a row of the socket table that cannot be read', () => {
  it('leaves the counts unknown, raises a notice, and keeps a clean that freed the bots’ zombies from calling the port clean', async () => {
    const stage = await openScene();
    scenes.push(stage);
    const gateway = await startGateway(stage);
    const bot = await startBot(stage, { gateway });
    await clientZombies(gateway, bot, 2);
    const made = createPlatform();
    if (!made.ok) throw new Error(made.error.hint);
    const platform: Platform = {
      ...made.value,
      readTable: async (ports) => {
        const read = await made.value.readTable(ports);
        return read.ok ? success({ ...read.value, unreadable: 1 }) : read;
      },
    };
    const { engine, plan, clean: confirm } = realEngine({ ports: gateway.ports, on: { platform, clock: systemClock } });
    const snapshot = await engine.scan();
    expect(snapshot).toMatchObject({ level: 'notice', owners: [{ process: { pid: bot.pid }, zombies: 2 }] });
    expect(lineOf(snapshot, gateway.port)?.zombies).toEqual({ client: null, gateway: null, total: null });
    expect(await confirm(await plan())).toMatchObject({ ok: false, remaining: null, stopped: [{ pid: bot.pid }] });
  });
});

describe('files named in the settings that cannot be used', () => {
  it('are reported by status and doctor, and the bots’ breaker is unknown, not unused', async () => {
    const folder = realpathSync(mkdtempSync(join(tmpdir(), 'sexton-files-')));
    const broken = {
      ports: [{ port: 20_001, label: 'test' }],
      runnerLogPath: join(folder, 'no-such.log'),
      metricsPath: join(folder, 'no-such-folder', 'sexton.prom'),
    };
    const home = settings(broken);
    const run = await runSexton(['status', '--json'], { home });
    const seen = JSON.parse(run.stdout) as Snapshot;
    expect(seen).toMatchObject({ runnerBreaker: null, scan: { kind: 'ok' } });
    expect(seen.scan.problems).toMatchObject([
      { code: 'tool-failed', tool: 'runnerLogPath', hint: expect.stringContaining(broken.runnerLogPath) },
      { code: 'tool-failed', tool: 'metricsPath', hint: expect.stringContaining(broken.metricsPath) },
    ]);
    const text = await runSexton(['status'], { home });
    expect(text.stdout).toContain('no-such.log');
    expect(text.stdout).toContain('no-such-folder');
    const doctor = JSON.parse((await runSexton(['doctor', '--json'], { home })).stdout) as DoctorReport;
    for (const id of ['runner-log', 'metrics'])
      expect(doctor.checks.find((one) => one.id === id)).toMatchObject({ status: 'warning' });
  });
});
