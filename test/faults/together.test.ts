import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { makeHome } from '../support/guard/home.ts';
import { realEngine } from '../support/real-engine.ts';
import { hasPython, NO_PYTHON } from '../support/simulator/index.ts';
import { until } from '../support/until.ts';
import { gatewayRecord } from '../unit/clean/builders.ts';
import { Machine } from '../unit/clean/machine.ts';
import { journalOf, run, type Stage, setStage, signalsOf } from './stage.ts';

describe.skipIf(!hasPython)(`two commands at once${hasPython ? '' : ` (skipped: ${NO_PYTHON})`}`, () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await setStage(2);
  });
  afterAll(() => stage.scene.close());

  it.each([
    ['share one record', true],
    ['have separate records', false],
  ])('that clean and %s stop the bot once, both report it, and every signal is on record', async (_, shared) => {
    const { port, bot } = await stage.zombie();
    const first = mkdtempSync(stage.scene.path('home-'));
    const second = shared ? first : mkdtempSync(stage.scene.path('home-'));
    const clean = (home: string) => run(['clean', '--yes', '--json', '--port', String(port)], { home });
    const [one, other] = await Promise.all([clean(first), clean(second)]);
    expect([one.code, other.code]).toEqual([0, 0]);
    for (const { stdout } of [one, other]) expect(JSON.parse(stdout)).toMatchObject({ ok: true, remaining: 0 });
    expect(await bot.puppet.exited).toEqual({ code: null, signal: 'SIGTERM' });
    const lines = shared ? signalsOf(first) : [...signalsOf(first), ...signalsOf(second)];
    expect(lines.filter((line) => line === `planned ${bot.pid} SIGTERM`).length).toBeGreaterThanOrEqual(1);
    expect(lines.every((line) => line.includes(` ${bot.pid} SIGTERM`))).toBe(true);
    expect(journalOf(first).torn + journalOf(second).torn).toBe('');
    expect(stage.unharmed()).toBe(true);
  });
});

describe('two engines on one machine', () => {
  it('clean the same bot at once: a process that takes over its pid in between is not signalled by the slower one', async () => {
    for (let delay = 0; delay < 60; delay += 3) {
      const machine = new Machine();
      machine.open('LISTEN', 4002, null, machine.spawn(gatewayRecord(50)));
      machine.zombie(machine.bot(4001));
      const first = machine.record(4001)?.startToken;
      const engines = [0, 1].map(() =>
        realEngine({ ports: [4002], on: { platform: machine.platform(), clock: machine.clock } }),
      );
      const plans = await Promise.all(engines.map(({ plan }) => plan()));
      // As soon as it ends, a new bot has its pid, with a zombie of its own.
      machine.onHit = () =>
        machine.at(machine.now + 2 + delay, () => {
          if (machine.record(4001)?.startToken === first) machine.end(4001);
          machine.zombie(machine.bot(4001), 60_000);
        });
      await Promise.all(engines.map(({ clean }, at) => clean(plans[at] ?? expect.fail('no plan'))));
      expect(machine.hits.length).toBeGreaterThan(0);
      expect(machine.hits.filter(({ startToken }) => startToken !== first)).toEqual([]);
    }
  });
});

interface App {
  child: ChildProcess;
  said: unknown[];
  tell(order: object): void;
}

function startApp(home: string): App {
  const env = { ...process.env, SEXTON_HOME: home, NODE_NO_WARNINGS: '1' };
  const child = spawn(process.execPath, [join(import.meta.dirname, 'app.ts')], {
    env,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const said: unknown[] = [];
  child.stdin.on('error', () => undefined);
  createInterface(child.stdout).on('line', (line) => said.push(JSON.parse(line)));
  return { child, said, tell: (order) => void child.stdin.write(`${JSON.stringify(order)}\n`) };
}

describe.skipIf(!process.features.typescript)('two apps on one folder', () => {
  it('lose none of each other’s settings, record and history, even when one is killed', async () => {
    const home = makeHome({ intervalMs: 500 });
    onTestFinished(() => home.remove());
    const [one, other] = [startApp(home.folder), startApp(home.folder)];
    await until(() => [one, other].every(({ said }) => said.includes('started')), { what: 'both apps' });
    for (let turn = 1; turn <= 10; turn += 1) {
      one.tell({ set: { graceMs: 1_000 + turn } });
      other.tell({ set: { warningAbove: turn % 5 } });
    }
    const answered = ({ said }: App) => said.filter((word) => word === 'set').length === 10;
    await until(() => answered(one) && answered(other), { what: 'ten answers of each' });
    const settings = JSON.parse(readFileSync(join(home.folder, 'settings.json'), 'utf8'));
    expect(settings).toMatchObject({ graceMs: 1_010, warningAbove: 0 });

    one.child.kill('SIGKILL');
    other.tell({ set: { criticalAbove: 77 } });
    other.tell({ pause: 60_000 });
    await until(() => other.said.includes('paused'), { what: 'the pause' });
    other.tell({ stop: true });
    await until(() => other.said.includes('stopped'), { what: 'the end' });
    const { entries, damaged, torn } = journalOf(home.folder);
    expect(damaged.join() + torn).toBe('');
    expect(entries.filter(({ event }) => event === 'settings_changed').length).toBeGreaterThanOrEqual(10);
    expect(JSON.parse(readFileSync(join(home.folder, 'settings.json'), 'utf8')).criticalAbove).toBe(77);
    for (const file of readdirSync(home.folder).filter((name) => name.endsWith('.json'))) {
      expect(() => JSON.parse(readFileSync(join(home.folder, file), 'utf8'))).not.toThrow();
    }
    expect(readdirSync(home.folder).filter((name) => name.includes('broken'))).toEqual([]);
    expect((await run(['history', '--json'], { home: home.folder })).code).toBe(0);
  });
});
