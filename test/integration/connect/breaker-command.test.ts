import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeHome, type SextonHome } from '../../support/guard/home.ts';
import { runSexton, type SextonRun } from '../../support/sexton.ts';
import {
  botCommand,
  type Gateway,
  hasPython,
  NO_PYTHON,
  openScene,
  type PlanStep,
  type Scene,
  startGateway,
} from '../../support/simulator/index.ts';
import { until } from '../../support/until.ts';

/** Connects and crashes before its session has lived long enough. */
const FAIL: PlanStep[] = [{ do: 'connect' }, { do: 'exit', code: 9 }];
/** Connected, and done a little later than a session must live. */
const SUCCEED: PlanStep[] = [{ do: 'connect' }, { do: 'sleep', ms: 2_500 }, { do: 'exit', code: 0 }];

describe.skipIf(!hasPython)(
  `the circuit breaker of guards${hasPython ? '' : ` (skipped: ${NO_PYTHON})`}`,
  { timeout: 120_000 },
  () => {
    let scene: Scene;
    let gateway: Gateway;
    let home: SextonHome;

    beforeEach(async () => {
      scene = await openScene();
      gateway = await startGateway(scene);
      home = makeHome({ graceMs: 500 });
    });
    afterEach(async () => {
      await scene.close();
      home.remove();
    });

    /** One guard, in a process of its own, with a single attempt. */
    function guard(plan: PlanStep[], on = gateway): Promise<SextonRun> {
      const { command, env, cwd } = botCommand(scene, { gateway: on }, plan);
      const args = ['guard', '--port', String(on.port), '--retries', '0', '--', ...command];
      return runSexton(args, { home: home.folder, env, cwd });
    }
    const breaker = (...args: string[]) => runSexton(['breaker', ...args], { home: home.folder });
    const status = async () => (await breaker('status')).stdout;
    const json = async (...args: string[]) => JSON.parse((await breaker(...args, '--json')).stdout);
    const fail = (times: number) =>
      Promise.all(Array.from({ length: times }, () => breaker('report', 'failed', '--port', String(gateway.port))));
    /** What is left of the recovery is never more than the whole of it: a short one ends it for every process. */
    async function recover(): Promise<void> {
      writeFileSync(
        join(home.folder, 'settings.json'),
        JSON.stringify({ graceMs: 500, breaker: { recoveryMs: 1_000 } }),
      );
      const half = async () => (await status()).startsWith('Circuit breaker: Half-open');
      await until(half, { what: 'a breaker that is half-open' });
    }
    const changes = () => home.journal('circuit_breaker_state_change').map(({ state }) => state);

    it('opens on the fifth failure across separate processes, lets one attempt through after the recovery time, and closes after two successes', async () => {
      await fail(2);
      for (let failure = 3; failure <= 4; failure += 1) {
        const { code, stderr } = await guard(FAIL);
        expect(code).toBe(75);
        expect(stderr).toContain("Gave up after one attempt. The bot's last exit code was 9.");
      }
      const fifth = await guard(FAIL);
      expect(fifth.code).toBe(75);
      expect(fifth.stderr).toMatch(
        /The circuit breaker is open after 5 failures in a row\. Next try at \d\d:\d\d:\d\d/,
      );

      const sixth = await guard(SUCCEED);
      expect(sixth).toMatchObject({ code: 75, stdout: '' });
      expect(sixth.stderr).toMatch(
        /^sexton guard: The circuit breaker is open .*Next try at \d\d:\d\d:\d\d \(in \d+ s\)\. Reason: port \d+: runner_async\.py ended with exit code 9: /,
      );
      expect(home.journal('connect_attempt')).toHaveLength(3);

      await recover();
      expect((await guard(SUCCEED)).code).toBe(0);
      expect(await status()).toMatch(/^Circuit breaker: Half-open .* 1 success/);
      expect((await guard(SUCCEED)).code).toBe(0);
      expect(await status()).toMatch(/^Circuit breaker: Closed/);
      expect(changes()).toEqual(['open', 'half_open', 'closed']);
    });

    it('opens again if the one attempt it lets through fails', async () => {
      await fail(5);
      await recover();
      expect((await guard(FAIL)).stderr).toContain('The circuit breaker is open after 6 failures in a row.');
      expect(changes()).toEqual(['open', 'half_open', 'open']);
    });

    it('of one port does not block bots of another, and is the one that the snapshot shows', async () => {
      const live = await startGateway(scene);
      await fail(4);
      expect((await guard(FAIL)).stderr).toContain('open after 5 failures in a row');
      const [held, free] = await Promise.all([guard(SUCCEED), guard(SUCCEED, live)]);
      expect(held).toMatchObject({ code: 75, stdout: '' });
      expect(free.code).toBe(0);
      const [paper, other] = [gateway.port, live.port];
      const reason = expect.stringMatching(new RegExp(`^port ${paper}: runner_async\\.py ended`));
      expect(await json('status')).toMatchObject({
        state: 'open',
        reason,
        breakers: [
          { port: paper, state: 'open' },
          { port: other, state: 'closed', failures: 0 },
        ],
      });
      const shown = await runSexton(['status', '--json', '--port', String(other)], { home: home.folder });
      expect(JSON.parse(shown.stdout)).toMatchObject({ level: 'critical', breaker: { state: 'open', reason } });
      expect((await status()).match(/^Circuit breaker: /gm)).toHaveLength(2);
      const reset = await json('reset', '--port', String(paper));
      expect(reset).toMatchObject({ port: paper, state: 'closed', failures: 0 });
    });

    it('of guards without --port blocks only them', async () => {
      await Promise.all(Array.from({ length: 5 }, () => breaker('report', 'failed')));
      const { command, env, cwd } = botCommand(scene, { gateway }, SUCCEED);
      const blocked = await runSexton(['guard', '--', ...command], { home: home.folder, env, cwd });
      expect(blocked).toMatchObject({ code: 75, stdout: '' });
      expect((await guard(SUCCEED)).code).toBe(0);
    });

    it('counts reports of unguarded bots, even while it is half-open', async () => {
      const port = String(gateway.port);
      const failed = await breaker('report', 'failed', '--port', port);
      expect(failed).toMatchObject({ code: 0, stderr: '' });
      expect(failed.stdout).toMatch(new RegExp(`^Circuit breaker: Closed · 1 of 5 failures · port ${port}\\n$`));
      expect(await json('report', 'ok', '--port', port)).toMatchObject({
        port: gateway.port,
        state: 'closed',
        failures: 0,
      });
      await fail(5);
      await recover();
      expect(await json('report', 'ok', '--port', port)).toMatchObject({ state: 'half_open', successes: 1 });
      expect(await json('report', 'ok', '--port', port)).toMatchObject({ state: 'closed' });
      expect(await breaker('report', 'perhaps')).toMatchObject({
        code: 64,
        stderr: 'sexton: outcome perhaps: must be ok or failed\n',
      });
      expect((await breaker('status', '--port', '4001', '--port', '4002')).code).toBe(64);
    });

    it('held on every port also blocks ports not used yet, and a reset of one port frees only that port', async () => {
      const other = await startGateway(scene);
      await breaker('open');
      expect(await guard(SUCCEED, other)).toMatchObject({ code: 75, stdout: '' });
      await breaker('reset', '--port', String(gateway.port));
      const [free, held] = await Promise.all([guard(SUCCEED), guard(SUCCEED, other)]);
      expect(free.code).toBe(0);
      expect(held).toMatchObject({ code: 75, stdout: '' });
      expect(await json('reset')).toMatchObject({ state: 'closed' });
      expect((await guard(SUCCEED, other)).code).toBe(0);
    });

    it('explains what is wrong with its file', async () => {
      writeFileSync(join(home.folder, 'breaker.json'), 'no breaker');
      const { stderr } = await breaker('status');
      expect(stderr.replaceAll('\n', ' ')).toMatch(
        /^sexton: The circuit breakers' file .*breaker\.json was damaged and is now/,
      );
      expect(stderr).not.toContain(': corrupt');
    });

    it('is migrated from a file of version 1', async () => {
      const old = {
        version: 1,
        revision: 'x',
        mode: { state: 'held' },
        failures: 2,
        successes: 0,
        changedAt: '2026-01-05T10:00:00.000Z',
        reason: 'by hand, in the terminal',
        toldAt: null,
      };
      writeFileSync(join(home.folder, 'breaker.json'), JSON.stringify(old));
      expect(await json('status')).toMatchObject({ state: 'held', failures: 2, breakers: [{ port: null }] });
      expect(JSON.parse(readFileSync(join(home.folder, 'breaker.json'), 'utf8'))).toMatchObject({ version: 2 });
      expect(await guard(SUCCEED)).toMatchObject({ code: 75, stdout: '' });
    });

    it('blocks guards after a person opened it, and lets them through after a reset', async () => {
      await breaker('open');
      const held = await guard(SUCCEED);
      expect(held).toMatchObject({ code: 75, stdout: '' });
      expect(held.stderr).toContain('held open by hand');
      expect(held.stderr).toContain('sexton breaker reset');
      await breaker('reset');
      expect((await guard(SUCCEED)).code).toBe(0);
    });
  },
);
