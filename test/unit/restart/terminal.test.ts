import { describe, expect, it } from 'vitest';
import type { Engine } from '../../../electron/engine/api.ts';
import { guideFrame } from '../../../electron/terminal/commands/restart/screen.ts';
import { stopBots } from '../../../electron/terminal/commands/restart/stop.ts';
import { guideLine, keysFor } from '../../../electron/terminal/commands/restart/view.ts';
import { renderAll } from '../../../electron/terminal/screen/paint.ts';
import { failure, success } from '../../../shared/result.ts';
import type { RestartState } from '../../../shared/snapshot.ts';
import { cleanResult, fakeEngine, fakeIo, plan } from '../terminal/support.ts';
import { bot } from './support.ts';

const AT = '2025-12-06T14:02:00.000Z';

function restart(doneSteps: number, more: Partial<RestartState> = {}): RestartState {
  const steps = Array.from({ length: 5 }, (_, at) => ({ done: at < doneSteps, at: at < doneSteps ? AT : null }));
  const step = Math.min(5, doneSteps + 1) as RestartState['step'];
  return { step, startedAt: AT, waitingFor: 'Waiting for something.', steps, ...more };
}

const text = (state: RestartState | null, columns = 90) =>
  renderAll(guideFrame(state, { columns }), { columns, colour: false }).join('\n');
const keys = (state: RestartState | null) => keysFor(state).map(([key]) => key);

describe('the guide on a terminal', () => {
  it('shows what is done, what it waits for, what was reverted, and what can be copied', () => {
    const help = [{ text: 'Or let IBC restart it.', command: '(echo RESTART; sleep 1) | nc 127.0.0.1 7462' }];
    const frame = text(restart(1, { notice: 'The Gateway came back.', help }));
    expect(frame).toMatch(/✓ 1 {2}Stop the bots {2}seen at \d\d:\d\d:00/);
    expect(frame).toContain('▸ 2  Quit the Gateway');
    expect(frame).toContain('! The Gateway came back.');
    expect(frame).toContain('Waiting for something.');
    expect(frame).toContain('(echo RESTART; sleep 1) | nc 127.0.0.1 7462');
    expect(frame).not.toContain('seen at 14:02:00  Start');
  });

  it('lists the bots with folder, sessions and the reason of those that are protected', () => {
    const bots = [bot(4312), bot(4313, { kind: 'protected', reason: 'other-user' }, 2)];
    const frame = text(restart(0, { bots }));
    expect(frame).toContain('pid 4312 · /home/me/bots · 0 live sessions');
    expect(frame).toContain('It belongs to another user of this machine.');
  });

  it('offers a key only for what can be done', () => {
    expect(keys(restart(0, { bots: [bot(1)] }))).toEqual(['s', 'x', 'q']);
    expect(keys(restart(0, { bots: [bot(1, { kind: 'protected', reason: 'other-user' })], goOn: 'Go on' }))).toEqual([
      'g',
      'x',
      'q',
    ]);
    expect(keys(restart(2))).toEqual(['x', 'q']);
    expect(keys(restart(5))).toEqual(['q']);
    expect(keys(null)).toEqual(['q']);
  });

  it('is one line in a pipe', () => {
    const [piece] = guideLine(restart(1, { notice: 'It came back.' }));
    expect(piece?.text).toBe('Step 2 of 5, Quit the Gateway: It came back. Waiting for something.');
    expect(guideLine(null)[0]?.text).toContain('cancelled');
  });
});

describe('stopping the bots from the terminal', () => {
  /** An engine that notes what it was asked for; the answers are typed in advance. */
  async function run(answers: string, more: Partial<Engine> = {}) {
    const asked: unknown[] = [];
    const io = fakeIo({ columns: 100, rows: 40 });
    const engine = fakeEngine({
      plan: async (request) => {
        asked.push(request.includeLive);
        return success(plan());
      },
      clean: async () => {
        asked.push('clean');
        return success(cleanResult());
      },
      ...more,
    });
    const typed = answers.split('');
    const stopped = stopBots(engine, {
      ...io,
      // One answer for each question, as a person types it.
      out: {
        ...io.out,
        write: (words) => {
          io.out.write(words);
          if (words.includes('[y/N]')) io.input.write(`${typed.shift() ?? 'n'}\n`);
        },
      },
    });
    await stopped;
    return { asked, output: io.out.text() };
  }

  it('asks about each live session separately, and then about the whole', async () => {
    const { asked, output } = await run('yy');
    expect(asked).toEqual([[], [901], 'clean']);
    expect(output).toContain('ends its 1 live session');
    expect(output).toContain('Stop research.py (pid 901) all the same?');
    expect(output).toContain('Stopped 1 bot.');
  });

  it('leaves a live bot alone that was not confirmed, and does nothing without a yes', async () => {
    expect((await run('ny')).asked).toEqual([[], [], 'clean']);
    expect((await run('nn')).asked).toEqual([[], []]);
  });

  it('plans and asks again when the answer came too late', async () => {
    let late = true;
    const { asked, output } = await run('nyy', {
      clean: async () => {
        const answer = late ? failure({ code: 'plan-expired' } as const) : success(cleanResult());
        late = false;
        return answer;
      },
    });
    expect(asked).toEqual([[], [], []]);
    expect(output).toContain('More than 10 s have passed');
    expect(output).toContain('Stopped 1 bot.');
  });

  it('says why there is no plan', async () => {
    const plans = async () => failure({ code: 'cannot-see', hint: 'lsof is missing.' } as const);
    expect((await run('', { plan: plans })).output).toContain('lsof is missing.');
  });
});
