import { mkdtempSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CleanResult } from '../../shared/snapshot.ts';
import { startSexton } from '../support/sexton.ts';
import { clientZombies, hasPython, NO_PYTHON, startBot } from '../support/simulator/index.ts';
import { journalled, type Stage, setStage, signalsOf } from './stage.ts';

describe.skipIf(!hasPython)(`while a clean waits for a bot${hasPython ? '' : ` (skipped: ${NO_PYTHON})`}`, () => {
  let stage: Stage;
  beforeEach(async () => {
    stage = await setStage(2);
  });
  afterEach(() => stage.scene.close());

  /** Starts a clean of a bot that ignores SIGTERM, lets something happen during its grace, and gives back what it said. */
  async function during(
    happens: (port: number) => Promise<unknown>,
    options: Parameters<typeof startBot>[1] = { sigterm: 'ignore' },
  ) {
    const { port, bot } = await stage.zombie(options);
    const home = mkdtempSync(stage.scene.path('home-'));
    const args = ['clean', '--yes', '--json', '--grace', '3', '--port', String(port)];
    const sexton = startSexton(args, { built: true, home, input: '' });
    await journalled(home, 'signal_sent');
    await happens(port);
    const { code, stdout } = await sexton.ended;
    return { bot, port, code, result: JSON.parse(stdout) as CleanResult, signals: signalsOf(home) };
  }

  it('another bot leaves zombies: they are counted, the exit code is 1, and that bot is neither planned nor signalled', async () => {
    const newcomer = await startBot(stage.scene, { gateway: stage.gateway, script: 'runner_newcomer.py' });
    const { bot, port, code, result, signals } = await during((where) =>
      clientZombies({ ...stage.gateway, port: where }, newcomer, 2),
    );
    expect(result).toMatchObject({ ok: false, remaining: 2, stopped: [{ pid: bot.pid, signal: 'SIGKILL' }] });
    expect(code).toBe(1);
    expect(await stage.left(port)).toBe(2);
    expect(newcomer.puppet.alive).toBe(true);
    expect(signals.every((line) => line.includes(` ${bot.pid} `))).toBe(true);
  });

  it('the Gateway ends: every live bot has a zombie now, and only the target is signalled', async () => {
    const { bot, code, result } = await during(() => stage.gateway.vanish());
    expect(result.stopped).toMatchObject([{ pid: bot.pid, signal: 'SIGKILL' }]);
    // The bystander's live session has become one.
    expect(result.remaining).toBe(1);
    expect(code).toBe(1);
    expect(stage.bystander.puppet.alive).toBe(true);
  });

  it('the bot connects again: it has a live session and is spared SIGKILL', async () => {
    const { port, bot } = await stage.zombie({ sigterm: 'ignore' });
    const home = mkdtempSync(stage.scene.path('home-'));
    const args = ['clean', '--yes', '--json', '--grace', '3', '--port', String(port)];
    const sexton = startSexton(args, { built: true, home, input: '' });
    await journalled(home, 'signal_sent');
    await bot.connect({ port });
    const { code, stdout } = await sexton.ended;
    expect(JSON.parse(stdout)).toMatchObject({ ok: false, stopped: [], remaining: 1 });
    expect(code).toBe(1);
    expect(signalsOf(home)).toEqual([
      `planned ${bot.pid} SIGTERM`,
      `sent ${bot.pid} SIGTERM`,
      `planned ${bot.pid} SIGKILL`,
      `withheld ${bot.pid} SIGKILL`,
    ]);
    expect(bot.puppet.alive).toBe(true);
  });

  it.skipIf(process.platform !== 'linux')(
    'the bot is frozen (SIGSTOP): SIGTERM stays pending, and SIGKILL ends it',
    async () => {
      const { port, bot } = await stage.zombie();
      bot.puppet.signal('SIGSTOP');
      const home = mkdtempSync(stage.scene.path('home-'));
      const args = ['clean', '--yes', '--json', '--grace', '1', '--port', String(port)];
      const { code, stdout } = await startSexton(args, { built: true, home, input: '' }).ended;
      expect(JSON.parse(stdout)).toMatchObject({
        ok: true,
        remaining: 0,
        stopped: [{ pid: bot.pid, signal: 'SIGKILL' }],
      });
      expect(code).toBe(0);
      expect(stage.unharmed()).toBe(true);
    },
  );

  it('Ctrl-C is pressed: the clean is finished and its result printed', async () => {
    const { port, bot } = await stage.zombie({ sigterm: 'ignore' });
    const home = mkdtempSync(stage.scene.path('home-'));
    const args = ['clean', '--yes', '--json', '--grace', '1', '--port', String(port)];
    const sexton = startSexton(args, { built: true, home, input: '' });
    await journalled(home, 'signal_sent');
    sexton.signal('SIGINT');
    const { code, stdout } = await sexton.ended;
    expect(JSON.parse(stdout)).toMatchObject({ remaining: 0, stopped: [{ pid: bot.pid, signal: 'SIGKILL' }] });
    expect(code).toBe(0);
  });
});
