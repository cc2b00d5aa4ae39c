import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../../electron/engine/clock.ts';
import { Cleaning } from '../../../electron/engine/core/cleaning.ts';
import { initialSnapshot } from '../../../electron/engine/core/initial.ts';
import { Watcher } from '../../../electron/engine/core/watcher.ts';
import { createFileMutex } from '../../../electron/engine/record/files/mutex.ts';
import { type Journal, openJournal } from '../../../electron/engine/record/journal/journal.ts';
import { createGuide, type RestartGuide } from '../../../electron/engine/restart/guide.ts';
import { DEFAULT_SETTINGS, type Settings } from '../../../shared/settings/settings.ts';
import type { RestartState, Snapshot } from '../../../shared/snapshot.ts';
import { placeIn } from '../../support/record/state-place.ts';
import {
  type Gateway,
  gatewayZombies,
  hasPython,
  liveSession,
  NO_PYTHON,
  noOtherUser,
  OTHER_UID,
  openScene,
  type Scene,
  startBot,
  startGateway,
} from '../../support/simulator/index.ts';
import { thisPlatform } from '../../support/system.ts';
import { until } from '../../support/until.ts';

const platform = thisPlatform();

/** An app with nothing but eyes and a guide, whose clock can be put forward and which can be started anew. */
class App {
  readonly watcher: Watcher;
  readonly cleaning: Cleaning;
  readonly settings: Settings;
  readonly journal: Journal;
  shown: RestartState | null = null;
  readonly #directory: string;
  #guide: RestartGuide;
  #snapshot: Snapshot;
  #skewMs = 0;
  #sleptMs = 0;

  constructor(directory: string, gateway: Gateway, more: Partial<Settings> = {}) {
    const ports = gateway.ports.map((port) => ({ port, label: 'test' }));
    this.settings = { ...DEFAULT_SETTINGS, ports, ...more };
    this.#directory = directory;
    const { flock } = platform;
    const common = { platform, clock: systemClock, settings: () => this.settings };
    this.watcher = new Watcher({ ...common, ports: null, counting: 'once' });
    const mutex = createFileMutex(flock, join(directory, 'journal.lock'));
    this.journal = openJournal({ directory, mutex });
    this.cleaning = new Cleaning({
      ...common,
      watcher: this.watcher,
      journal: this.journal,
      isRestartBot: (process) => this.#guide.isBot(process),
    });
    this.#snapshot = initialSnapshot(this.settings, ports, Date.now());
    this.#guide = this.#makeGuide();
  }

  /** The app ends and is started again. */
  restart(): void {
    this.#guide = this.#makeGuide();
    this.shown = null;
  }

  wait(ms: number): void {
    this.#skewMs += ms;
  }

  /** The machine sleeps: monotonic clocks stand still, and everything on it does. */
  sleep(ms: number): void {
    this.#sleptMs += ms;
  }

  async look(): Promise<RestartState | null> {
    const scan = await this.watcher.scan();
    this.#snapshot = { ...this.#snapshot, ...scan.parts };
    this.shown = await this.#guide.observe(this.#snapshot, scan.look?.sessions ?? null, scan.proof);
    return this.shown;
  }

  async start(): Promise<RestartState | null> {
    await this.look();
    this.shown = await this.#guide.start(this.#snapshot);
    return this.shown;
  }

  async advance(): Promise<RestartState | null> {
    this.shown = await this.#guide.advance(this.#snapshot);
    return this.shown;
  }

  cancel(): Promise<void> {
    return this.#guide.cancel();
  }

  /** Stops the bots of the first step as the engine does. */
  async stopBots(includeLive: readonly number[]) {
    const scan = await this.watcher.scan('always');
    await this.#guide.observe(this.#snapshot, null, scan.proof);
    if (scan.proof === null) throw new Error('no proof');
    const plan = await this.cleaning.plan(scan.proof, 0, { purpose: 'restart', includeLive, graceMs: 2_000 });
    const result = await this.cleaning.confirm(plan.id, 'user', () => undefined);
    return { plan, result };
  }

  /** Looks until the guide is at this step. */
  async untilStep(step: number): Promise<RestartState> {
    return until(async () => ((await this.look())?.step === step ? this.shown : null), { what: `step ${step}` });
  }

  #makeGuide(): RestartGuide {
    return createGuide({
      platform,
      clock: { now: () => performance.now() + this.#skewMs, wall: () => Date.now() + this.#skewMs + this.#sleptMs },
      settings: () => this.settings,
      journal: this.journal,
      file: placeIn(this.#directory, 'restart'),
      seenBots: placeIn(this.#directory, 'sightings'),
      home: this.#directory,
    });
  }
}

let scene: Scene;
let directory: string;
beforeEach(async () => {
  scene = await openScene();
  directory = mkdtempSync(join(tmpdir(), 'sexton-guide-'));
});
afterEach(async () => {
  await scene.close();
  rmSync(directory, { recursive: true, force: true });
});

/** What the journal has of the guide. */
const recorded = () =>
  readFileSync(join(directory, 'journal.jsonl'), 'utf8')
    .split('\n')
    .filter((line) => line.includes('"restart_'))
    .map((line) => JSON.parse(line))
    .map(({ event, step }) => `${event} ${step}`);

const done = (state: RestartState | null) => state?.steps.map((step) => (step.done ? '1' : '0')).join('');

describe.skipIf(!hasPython)(`the guided restart${hasPython ? '' : ` (skipped: ${NO_PYTHON})`}`, () => {
  it.each(['in one run', 'with the app restarted in each step', 'with the machine asleep in each step'] as const)(
    'leads through a whole restart, %s',
    async (how) => {
      const gateway = await startGateway(scene);
      const stubborn = await startBot(scene, { gateway, script: 'bots/runner_async.py' });
      await gatewayZombies(gateway, 2);
      await liveSession(gateway, stubborn);
      const app = new App(directory, gateway, { startCommand: 'make run' });
      const between = () => {
        if (how === 'with the app restarted in each step') app.restart();
        if (how === 'with the machine asleep in each step') app.sleep(2 * 3_600_000);
      };

      const first = await app.start();
      expect(first?.step).toBe(1);
      expect(first?.bots).toMatchObject([
        { process: { pid: stubborn.pid, name: 'runner_async.py' }, folder: scene.path('bots'), sessions: 1 },
      ]);
      expect(first?.bots?.[0]?.verdict).toEqual({ kind: 'protected', reason: 'live-session' });
      expect(first?.waitingFor).toContain('adds as many gateway-side connections');
      // Whatever a person presses: what is seen is not skipped.
      expect((await app.advance())?.step).toBe(1);

      between();
      const refused = await app.stopBots([]);
      expect(refused.plan.targets).toEqual([]);
      expect(refused.plan.refused).toContainEqual(expect.objectContaining({ reason: 'live-session', liftable: true }));
      const { plan, result } = await app.stopBots([stubborn.pid]);
      expect(plan.addsGatewaySide).toBe(1);
      expect(result).toMatchObject({ ok: true, value: { stopped: [{ pid: stubborn.pid, signal: 'SIGTERM' }] } });

      const second = await app.untilStep(2);
      expect(done(second)).toBe('10000');
      await until(async () => (await app.look())?.waitingFor.includes('The 3 zombie connections'), {
        what: 'three held',
      });

      between();
      await gateway.vanish();
      expect(done(await app.untilStep(3))).toBe('11000');
      app.wait(18_000);
      between();
      expect((await app.look())?.waitingFor).toMatch(/^1[89] s of 30 s · no sockets left$/);
      app.wait(12_000);
      expect(done(await app.untilStep(4))).toBe('11100');

      between();
      app.wait(90_000);
      expect((await app.look())?.waitingFor).toMatch(/9\d s so far; with 2FA, 60 to 240 s is normal/);
      const back = await gateway.comeBack();
      expect(done(await app.untilStep(5))).toBe('11110');

      between();
      const bot = await startBot(scene, { gateway: back, script: 'bots/runner_async.py' });
      await liveSession(back, bot);
      await until(async () => done(await app.look()) === '11111', { what: 'the end of the guide' });
      expect(app.shown?.waitingFor).toContain('Done');
      // The guide has looked all the time and never connected.
      expect((await back.count()).accepted).toBe(1);
      await app.cancel();
      expect(await app.look()).toBeNull();
      await app.journal.flush();
      expect(recorded()).toEqual([
        'restart_started 1',
        ...[1, 2, 3, 4, 5].map((step) => `restart_step_done ${step}`),
        'restart_finished 5',
      ]);
    },
  );

  it('notices a bot that starts again while the sockets clear, and a Gateway that is back too early', async () => {
    const gateway = await startGateway(scene);
    const bot = await startBot(scene, { gateway, script: 'bots/runner_async.py' });
    await liveSession(gateway, bot);
    const app = new App(directory, gateway);
    await app.start();
    await bot.exit();
    await app.untilStep(2);
    await gateway.vanish();
    await app.untilStep(3);

    const again = await startBot(scene, { gateway, script: 'bots/runner_async.py' });
    const undone = await app.untilStep(1);
    expect(undone.notice).toContain('runner_async.py runs again');
    expect(undone.bots?.[0]?.verdict.kind).toBe('cleanable');
    await again.exit();
    await app.untilStep(3);

    await gateway.comeBack();
    const early = await app.untilStep(2);
    expect(early.notice).toContain('before the 30 s wait was over');
    expect(early.goOn).toBeDefined();
    expect(done(await app.advance())).toBe('11110');
  });

  it('is shared by app and terminal, and ends for both', async () => {
    const gateway = await startGateway(scene);
    const app = new App(directory, gateway);
    const terminal = new App(directory, gateway);
    await app.start();
    expect((await terminal.look())?.startedAt).toBe(app.shown?.startedAt);
    expect((await terminal.start())?.startedAt).toBe(app.shown?.startedAt);
    await gateway.vanish();
    await terminal.untilStep(3);
    await app.untilStep(3);
    await terminal.cancel();
    expect(await app.look()).toBeNull();
    await app.journal.flush();
    await terminal.journal.flush();
    expect(recorded().at(-1)).toBe('restart_cancelled 3');
  });

  it('waits for a Gateway that keeps running, and does not mistake sleep for its absence', async () => {
    const gateway = await startGateway(scene);
    const app = new App(directory, gateway);
    await app.start();
    app.wait(8 * 3_600_000);
    const awake = await app.look();
    expect(done(awake)).toBe('10000');
    expect(awake?.waitingFor).toContain(`listening on ${gateway.port}`);
    expect(awake?.goOn).toBeUndefined();
  });

  it('leaves alone a program that only has the name of a bot', async () => {
    const gateway = await startGateway(scene);
    const flask = await startBot(scene, { gateway, script: 'website/app.py' });
    const app = new App(directory, gateway);
    const begun = await app.start();
    expect(begun?.step).toBe(2);
    // As soon as it has been on a watched port, it is a bot.
    await liveSession(gateway, flask);
    expect((await app.untilStep(1)).bots?.[0]?.process.pid).toBe(flask.pid);
  });

  it('asks about sessions of programs that are not on the bot list', async () => {
    const gateway = await startGateway(scene);
    const research = await startBot(scene, { gateway, script: 'research.py' });
    await liveSession(gateway, research);
    const app = new App(directory, gateway);
    const begun = await app.start();
    expect(begun?.step).toBe(1);
    expect(begun?.waitingFor).toContain(`research.py (${research.pid})`);
    expect((await app.advance())?.step).toBe(2);
  });

  it.skipIf(noOtherUser !== null)("never offers to stop another user's bot, and goes on without it", async () => {
    const gateway = await startGateway(scene);
    const foreign = await startBot(scene, { gateway, script: 'bots/runner_async.py', uid: OTHER_UID });
    await liveSession(gateway, foreign);
    const app = new App(directory, gateway);
    const begun = await app.start();
    expect(begun?.bots?.[0]?.verdict).toEqual({ kind: 'protected', reason: 'other-user' });
    expect(begun?.help).toBeUndefined();
    expect((await app.stopBots([foreign.pid])).plan.targets).toEqual([]);
    expect(begun?.goOn).toBe('Continue without them');
    expect((await app.advance())?.step).toBe(2);
  });
});
