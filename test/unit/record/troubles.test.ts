import { expect, it } from 'vitest';
import { type FileTrouble, gatherTroubles } from '../../../electron/engine/record/files/troubles.ts';
import { serial } from '../../../electron/engine/serial.ts';

const path = '/state/pause.json';
const corrupt: FileTrouble = { code: 'corrupt', path, detail: `${path}.broken-1` };

it('shows a damaged file once among the problems, for a day', () => {
  let now = 0;
  const troubles = gatherTroubles(() => now);
  troubles.report(corrupt);
  troubles.report(corrupt);
  const problem = {
    code: 'output-unreadable',
    tool: 'pause.json',
    hint: '/state/pause.json was damaged. It is kept as pause.json.broken-1, and Sexton starts a new one.',
  };
  expect(troubles.problems()).toEqual([problem]);
  now = 86_399_999;
  expect(troubles.problems()).toEqual([problem]);
  now = 86_400_000;
  expect(troubles.problems()).toEqual([]);
});

it('shows a lasting trouble with a file until it has passed, however long it takes', () => {
  let now = 0;
  const troubles = gatherTroubles(() => now);
  troubles.report({ code: 'not-saved', path, detail: 'ENOSPC' });
  troubles.report({ code: 'locked', path, detail: 'held by another process' });
  now = 1_000_000_000;
  expect(troubles.problems()).toMatchObject([{ code: 'tool-failed' }, { code: 'tool-timeout' }]);
  troubles.passed(path, 'not-saved');
  troubles.passed('/state/history.json', 'locked');
  expect(troubles.problems()).toMatchObject([{ tool: 'pause.json', code: 'tool-timeout' }]);
});

it('runs work one piece at a time in the order of the calls, also after a failure', async () => {
  const inTurn = serial();
  const seen: string[] = [];
  const work = (name: string) => async () => {
    seen.push(`${name} begins`);
    await Promise.resolve();
    seen.push(`${name} ends`);
    if (name === 'second') throw new Error(name);
    return name;
  };
  const [first, second, third] = await Promise.allSettled(
    ['first', 'second', 'third'].map((name) => inTurn(work(name))),
  );
  expect(seen).toEqual(['first begins', 'first ends', 'second begins', 'second ends', 'third begins', 'third ends']);
  expect([first, third]).toEqual([
    { status: 'fulfilled', value: 'first' },
    { status: 'fulfilled', value: 'third' },
  ]);
  expect(second?.status).toBe('rejected');
});
