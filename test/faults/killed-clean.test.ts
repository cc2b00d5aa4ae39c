import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startSexton } from '../support/sexton.ts';
import { hasPython, NO_PYTHON } from '../support/simulator/index.ts';
import { type Case, journalled, journalOf, killNow, run, type Stage, setStage, signalsOf } from './stage.ts';

/** When Sexton is killed, and what its bot and its journal have seen by then. */
const PHASES: { phase: string; dies: string; bot: 'untouched' | 'asked'; lines: string[] }[] = [
  { phase: 'it has proved everything and written nothing', dies: 'before signal_planned', bot: 'untouched', lines: [] },
  { phase: 'half of its first line is written', dies: 'within signal_planned', bot: 'untouched', lines: [] },
  {
    phase: 'the signal is on record and not sent',
    dies: 'after signal_planned',
    bot: 'untouched',
    lines: ['planned SIGTERM'],
  },
  {
    phase: 'the signal is sent and its outcome not on record',
    dies: 'before signal_sent',
    bot: 'asked',
    lines: ['planned SIGTERM'],
  },
  {
    phase: 'the outcome is on record',
    dies: 'after signal_sent',
    bot: 'asked',
    lines: ['planned SIGTERM', 'sent SIGTERM'],
  },
  {
    phase: 'it has verified and not reported it',
    dies: 'before clean_finished',
    bot: 'asked',
    lines: ['planned SIGTERM', 'sent SIGTERM'],
  },
  {
    phase: 'half of its last line is written',
    dies: 'within clean_finished',
    bot: 'asked',
    lines: ['planned SIGTERM', 'sent SIGTERM'],
  },
];

// Side by side, because they mostly wait.
describe
  .skipIf(!hasPython)
  .concurrent(`a clean that is killed with SIGKILL${hasPython ? '' : ` (skipped: ${NO_PYTHON})`}`, () => {
    let stage: Stage;
    const cases = new Map<string, Case>();
    beforeAll(async () => {
      stage = await setStage(PHASES.length + 2);
      // All at once, so that every zombie is old enough when its turn comes.
      for (const { dies } of PHASES) cases.set(dies, await stage.zombie());
      for (const name of ['grace', 'insists']) cases.set(name, await stage.zombie({ sigterm: 'ignore' }));
    });
    afterAll(() => stage.scene.close());

    const caseOf = (name: string): Case & { home: string } => {
      const found = cases.get(name);
      if (!found) throw new Error(name);
      return { ...found, home: mkdtempSync(stage.scene.path('home-')) };
    };
    const dying = (name: string) => ({
      NODE_OPTIONS: `--import ${join(import.meta.dirname, 'dies.ts')}`,
      SEXTON_TEST_DIES: name,
    });
    const shortLines = (home: string) => signalsOf(home).map((line) => line.replace(/\d+ /, ''));

    /** The next clean finds no lock held, mends the journal, ends the work, and the record names every signal before it went out. */
    async function nextCleanEndsIt({ port, bot, home }: Case & { home: string }): Promise<void> {
      const hadWork = bot.puppet.alive;
      const next = await run(['clean', '--yes', '--grace', '1', '--port', String(port)], { home });
      expect(next).toMatchObject({ code: 0, stderr: '' });
      expect(await stage.left(port)).toBe(0);
      expect(bot.puppet.alive).toBe(false);
      const { entries, damaged, torn } = journalOf(home);
      expect(damaged).toEqual([]);
      if (hadWork) {
        expect(torn).toBe('');
        expect(entries.at(-1)).toMatchObject({ event: 'clean_finished', ok: true, remaining: 0 });
      }
      const history = await run(['history', '--json'], { home });
      expect(history).toMatchObject({ code: 0, stderr: '' });
      const pids = entries.flatMap(({ process }) => (process ? [(process as { pid: number }).pid] : []));
      expect(pids.every((pid) => pid === bot.pid)).toBe(true);
      expect(stage.unharmed()).toBe(true);
    }

    it.each(PHASES)(
      'when $phase leaves nothing that the next clean cannot finish',
      async ({ dies, bot: fate, lines }) => {
        const one = caseOf(dies);
        const killed = await run(['clean', '--yes', '--port', String(one.port)], { home: one.home, env: dying(dies) });
        expect(killed.signal).toBe('SIGKILL');
        expect(shortLines(one.home)).toEqual(lines);
        if (fate === 'untouched') expect(one.bot.puppet.alive).toBe(true);
        else expect(await one.bot.puppet.exited).toEqual({ code: null, signal: 'SIGTERM' });
        expect(await stage.left(one.port)).toBe(fate === 'untouched' ? 1 : 0);
        await nextCleanEndsIt(one);
      },
    );

    it('during the grace has sent one SIGTERM, and no SIGKILL follows', async () => {
      const one = caseOf('grace');
      const sexton = startSexton(['clean', '--yes', '--grace', '20', '--port', String(one.port)], {
        built: true,
        home: one.home,
        input: '',
      });
      await journalled(one.home, 'signal_sent');
      await killNow(sexton);
      expect(shortLines(one.home)).toEqual(['planned SIGTERM', 'sent SIGTERM']);
      expect(one.bot.puppet.alive).toBe(true);
      await nextCleanEndsIt(one);
      expect((await one.bot.puppet.exited).signal).toBe('SIGKILL');
    });

    it('when SIGKILL is on record and not sent leaves the bot running until the next clean', async () => {
      const one = caseOf('insists');
      const killed = await run(['clean', '--yes', '--grace', '0.2', '--port', String(one.port)], {
        home: one.home,
        env: dying('after signal_planned 2'),
      });
      expect(killed.signal).toBe('SIGKILL');
      expect(shortLines(one.home)).toEqual(['planned SIGTERM', 'sent SIGTERM', 'planned SIGKILL']);
      expect(one.bot.puppet.alive).toBe(true);
      await nextCleanEndsIt(one);
    });
  });
