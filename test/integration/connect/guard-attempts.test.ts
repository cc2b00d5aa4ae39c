import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeHome, type SextonHome } from '../../support/guard/home.ts';
import { type RunningSexton, runSexton, type SextonRun, startSexton } from '../../support/sexton.ts';
import {
  botCommand,
  type Gateway,
  type GatewayOptions,
  hasPython,
  NO_PYTHON,
  openScene,
  type PlanStep,
  type Scene,
  startGateway,
} from '../../support/simulator/index.ts';
import { until } from '../../support/until.ts';

/** A script with a typo, as a bot that is not ours to see into. */
const TYPO = ['python3', '-c', 'import no_such_module_anywhere'];
const STAY: PlanStep[] = [{ do: 'connect' }, { do: 'stay' }];
/** Waits for the handshake until it gives up, as ib_async does after 4 s. */
const GIVES_UP: Extract<PlanStep, { do: 'connect' }> = { do: 'connect', timeoutMs: 500 };

describe.skipIf(!hasPython)(
  `sexton guard, judging an attempt,${hasPython ? '' : ` (skipped: ${NO_PYTHON})`}`,
  { timeout: 120_000 },
  () => {
    let scene: Scene;
    let gateway: Gateway;
    let home: SextonHome;
    const running: RunningSexton[] = [];

    beforeEach(async () => {
      scene = await openScene();
      home = makeHome({ graceMs: 500 });
    });
    afterEach(async () => {
      for (const one of running.splice(0)) one.signal('SIGKILL');
      await scene.close();
      home.remove();
    });

    const open = async (options: GatewayOptions = {}) => {
      gateway = await startGateway(scene, options);
    };

    function start(flags: readonly string[], plan: PlanStep[], on = gateway): RunningSexton {
      const { command, env, cwd } = botCommand(scene, { gateway: on }, plan);
      const args = ['guard', '--port', String(on.port), ...flags, '--', ...command];
      const guard = startSexton(args, { home: home.folder, env, cwd });
      running.push(guard);
      return guard;
    }

    /** One attempt to its end. */
    const once = (plan: PlanStep[], on = gateway): Promise<SextonRun> => start(['--retries', '0'], plan, on).ended;
    const typo = (...flags: string[]) =>
      runSexton(['guard', '--retries', '0', ...flags, '--', ...TYPO], { home: home.folder });
    const breaker = async (...flags: string[]) =>
      JSON.parse((await runSexton(['breaker', 'status', '--json', ...flags], { home: home.folder })).stdout);
    const failure = () => until(() => home.journal('connect_failed')[0], { what: 'the failure' });

    it('reports a typo as the bot’s own failure, tries again and does not count it in the breaker', async () => {
      await open();
      const runs = [1, 2, 3, 4, 5].map(() => typo('--port', String(gateway.port), '--no-lock'));
      for (const { code, stderr } of await Promise.all(runs)) {
        expect(code).toBe(75);
        expect(stderr).toContain(`python3 ended with exit code 1: it opened no connection on ${gateway.port}`);
        expect(stderr).toContain("The fault is the bot's own, so the circuit breaker does not count it.");
      }
      expect(await breaker()).toMatchObject({ state: 'unused', failures: 0, breakers: [] });
      const again = startSexton(['guard', '--port', String(gateway.port), '--', ...TYPO], { home: home.folder });
      running.push(again);
      await until(() => home.journal('connect_attempt').some(({ attempt }) => attempt === 2));
      const healthy = start([], STAY);
      await until(() => home.journal('connect_succeeded').length === 1, { what: 'the healthy bot' });
      healthy.signal('SIGTERM');
      expect((await healthy.ended).code).toBe(143);
    });

    it('reports the typo of a bot without a port as its own failure while something listens on one of the ports', async () => {
      await open();
      home.remove();
      const dead = gateway.port === 31_999 ? 31_998 : gateway.port + 1;
      home = makeHome({
        ports: [
          { port: dead, label: 'nobody' },
          { port: gateway.port, label: 'paper' },
        ],
      });
      expect((await typo()).stderr).toContain("The fault is the bot's own");
      expect(await breaker()).toMatchObject({ state: 'unused' });
    });

    it('counts an attempt on a port where nothing listens, and says so', async () => {
      await open();
      await gateway.unlisten();
      const { code, stderr } = await once([GIVES_UP, { do: 'exit', code: 0 }]);
      expect(code).toBe(75);
      expect(stderr).toContain(`nobody listens on ${gateway.port}`);
      expect(stderr).not.toContain("The fault is the bot's own");
      expect(await breaker()).toMatchObject({ state: 'closed', failures: 1 });
    });

    it('does not count the version reply alone as connected', async () => {
      await open({ mode: 'version' });
      const guard = start(['--retries', '0', '--timeout', '3'], [{ do: 'connect', timeoutMs: 30_000 }, { do: 'stay' }]);
      await until(() => guard.stderr().includes('guard lets it run'), { what: 'the timeout' });
      expect(home.journal('connect_succeeded')).toEqual([]);
      expect(await breaker()).toMatchObject({ state: 'closed', failures: 1 });
      guard.signal('SIGTERM');
      await guard.ended;
      const { code, stderr } = await once([
        { ...GIVES_UP, timeoutMs: 3_000 },
        { do: 'leave' },
        { do: 'exit', code: 0 },
      ]);
      expect(code).toBe(75);
      expect(stderr).toContain('the Gateway answered its connection with its version and nothing more');
    });

    it('counts a client id in use as a failure, whatever the bot’s exit code', async () => {
      await open({ mode: 'client-id-in-use' });
      const { code, stderr } = await once([{ do: 'connect' }, { do: 'exit', code: 0 }]);
      expect(stderr).toContain(
        'ended with exit code 0: the Gateway answered its connection and then closed it (client id in use?)',
      );
      expect(code).toBe(75);
      expect(home.journal('connect_succeeded')).toEqual([]);
      expect(await breaker()).toMatchObject({ failures: 1 });
    });

    it('counts a session that the Gateway closed after the handshake as failed, and one that the bot closed as finished', async () => {
      await open({ mode: 'close' });
      const job: PlanStep[] = [{ do: 'connect' }, { do: 'sleep', ms: 500 }, { do: 'leave' }, { do: 'exit', code: 0 }];
      const { code, stderr } = await once(job);
      expect(stderr).toContain('then closed it');
      expect(code).toBe(75);
      await gateway.setMode('answer');
      expect((await once(job)).code).toBe(0);
      expect(home.journal('connect_succeeded')).toHaveLength(1);
    });

    it('says that the Gateway did not answer, and how often the bot tried', async () => {
      await open({ mode: 'hang' });
      const four = Array.from({ length: 4 }, (): PlanStep[] => [GIVES_UP, { do: 'leave' }]).flat();
      const { stderr } = await once([...four, { do: 'exit', code: 1 }]);
      expect(stderr).toContain('the Gateway accepted its 4 connections and did not answer');
      expect(await breaker()).toMatchObject({ failures: 1 });
    });

    it('says at the timeout what the hanging bot was waiting for', async () => {
      await open({ mode: 'hang' });
      const guard = start(['--retries', '0', '--timeout', '1'], [{ do: 'connect' }, { do: 'stay' }]);
      expect((await guard.ended).stderr).toMatch(
        /the Gateway accepted runner_async\.py's connection and did not answer within 1 s/,
      );
    });

    it('says that the Gateway closed the connection, even when it was too quick to be seen', async () => {
      await open({ mode: 'drop' });
      const { stderr } = await once([{ do: 'connect' }, { do: 'exit', code: 1 }]);
      expect(stderr).toMatch(/the Gateway (?:closed|accepted) .*connection/);
      expect(stderr).not.toContain('opened no connection');
      expect((await failure()).ownFault).toBe(false);
    });

    it('says that a Gateway with a full backlog did not accept the connection', async () => {
      await open({ accepting: false, backlog: 0 });
      const full = start(['--no-lock', '--timeout', '30'], [{ do: 'connect', count: 2, greet: false }, { do: 'stay' }]);
      await until(() => home.journal('connect_attempt').length === 1);
      await until(async () => (await once([{ do: 'connect', timeoutMs: 400 }])).stderr.includes('did not accept'), {
        what: 'a backlog that is full',
      });
      full.signal('SIGTERM');
      await full.ended;
    });

    it('says how many zombies a failed bot left', async () => {
      await open({ mode: 'hang' });
      const { stderr } = await once([GIVES_UP, { do: 'leave' }, { do: 'exit', code: 1 }]);
      expect(stderr).toContain('runner_async.py left 1 zombie connection: 1 that only the Gateway can close.');
    });

    it('says how many zombies a connected bot left when it ended', async () => {
      await open({ refusesToClose: true });
      const { code, stderr } = await once([{ do: 'connect' }, { do: 'sleep', ms: 3_000 }, { do: 'exit', code: 4 }]);
      expect(code).toBe(4);
      expect(stderr).toContain('runner_async.py left 1 zombie connection');
    });

    it('holds the lock until the handshake is done, so that handshakes with a slow Gateway do not overlap', async () => {
      await open({ stepMs: 1_000 });
      const guards = [1, 2, 3].map(() => start([], STAY));
      await until(() => home.journal('connect_succeeded').length === 3, { what: 'three bots' });
      expect(await gateway.handshakesAtOnce()).toBe(1);
      expect((await gateway.count()).accepted).toBe(3);
      const held = home.journal('lock_released').map(({ durationMs }) => Number(durationMs));
      // Two steps, half a second, and what a busy machine adds to it.
      for (const one of held) expect(one).toBeGreaterThan(2_500);
      for (const guard of guards) guard.signal('SIGTERM');
      await Promise.all(guards.map(({ ended }) => ended));
    });
  },
);
