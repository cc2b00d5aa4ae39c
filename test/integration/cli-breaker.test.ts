import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeHome, type SextonHome } from '../support/guard/home.ts';
import { runSexton, type SextonRun } from '../support/sexton.ts';
import {
  botCommand,
  type Gateway,
  hasPython,
  NO_PYTHON,
  openScene,
  type PlanStep,
  type Scene,
  startGateway,
} from '../support/simulator/index.ts';
import { until } from '../support/until.ts';

/** The Gateway does not answer, and the bot gives up. */
const FAIL: PlanStep[] = [
  { do: 'connect', timeoutMs: 300 },
  { do: 'exit', code: 9 },
];
/** Connected, and done a little later than a session must live. */
const SUCCEED: PlanStep[] = [{ do: 'connect' }, { do: 'sleep', ms: 2_500 }, { do: 'exit', code: 0 }];
const RECOVERY_MS = 5_000;

describe.skipIf(!hasPython)(`the breaker of guards${hasPython ? '' : ` (skipped: ${NO_PYTHON})`}`, () => {
  let scene: Scene;
  let gateway: Gateway;
  let home: SextonHome;

  beforeEach(async () => {
    scene = await openScene();
    gateway = await startGateway(scene);
    home = makeHome({ graceMs: 500, breaker: { recoveryMs: RECOVERY_MS } });
  });
  afterEach(async () => {
    await scene.close();
    home.remove();
  });

  /** One guard, in a process of its own, with a single attempt. */
  function guard(plan: PlanStep[]): Promise<SextonRun> {
    const { command, env, cwd } = botCommand(scene, { gateway }, plan);
    const args = ['guard', '--port', String(gateway.port), '--retries', '0', '--', ...command];
    return runSexton(args, { home: home.folder, env, cwd });
  }
  const status = async () => (await runSexton(['breaker', 'status'], { home: home.folder })).stdout;
  const changes = () => home.journal('circuit_breaker_state_change').map(({ state }) => state);

  it('opens on the fifth failure across separate processes, lets one through after a while, and closes after two', async () => {
    for (let failure = 1; failure <= 4; failure += 1) {
      const { code, stderr } = await guard(FAIL);
      expect(code).toBe(75);
      expect(stderr).toContain('Gave up after one attempt. The last exit code of the bot was 9.');
    }
    const fifth = await guard(FAIL);
    expect(fifth.code).toBe(75);
    expect(fifth.stderr).toMatch(/The circuit breaker is open after 5 failures in a row\. Next try at \d\d:\d\d:\d\d/);
    const opened = performance.now();

    const sixth = await guard(SUCCEED);
    expect(performance.now() - opened).toBeLessThan(RECOVERY_MS);
    expect(sixth).toMatchObject({ code: 75, stdout: '' });
    expect(sixth.stderr).toMatch(
      /^sexton guard: The circuit breaker is open .*Next try at \d\d:\d\d:\d\d \(in \d s\)\./,
    );
    expect(home.journal('connect_attempt')).toHaveLength(5);

    await until(async () => (await status()).startsWith('Circuit breaker: Half-open'), { timeoutMs: 10_000 });
    expect((await guard(SUCCEED)).code).toBe(0);
    expect(await status()).toMatch(/^Circuit breaker: Half-open .* 1 success/);
    expect((await guard(SUCCEED)).code).toBe(0);
    expect(await status()).toMatch(/^Circuit breaker: Closed/);
    expect(changes()).toEqual(['open', 'half_open', 'closed']);
  });

  it('opens again when the one attempt it lets through fails', async () => {
    for (let failure = 1; failure <= 5; failure += 1) await guard(FAIL);
    await until(async () => (await status()).startsWith('Circuit breaker: Half-open'), { timeoutMs: 10_000 });
    expect((await guard(FAIL)).stderr).toContain('The circuit breaker is open after 6 failures in a row.');
    expect(changes()).toEqual(['open', 'half_open', 'open']);
  });

  it('holds guards back when a person opened it, and lets them through after a reset', async () => {
    await runSexton(['breaker', 'open'], { home: home.folder });
    const held = await guard(SUCCEED);
    expect(held).toMatchObject({ code: 75, stdout: '' });
    expect(held.stderr).toContain('held open by hand');
    expect(held.stderr).toContain('sexton breaker reset');
    await runSexton(['breaker', 'reset'], { home: home.folder });
    expect((await guard(SUCCEED)).code).toBe(0);
  });
});
