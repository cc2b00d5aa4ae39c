import { afterEach, describe, expect, it } from 'vitest';
import { startOnTerminal, type TerminalSession } from '../../support/pty/pty.ts';
import { hasPython, NO_PYTHON } from '../../support/simulator/index.ts';

describe.skipIf(!hasPython)(`Ctrl-C in a terminal${hasPython ? '' : ` (skipped: ${NO_PYTHON})`}`, () => {
  let terminal: TerminalSession;
  afterEach(() => terminal.close());

  it('reaches the guarded bot once; the bot ends with its own exit code and is not started again', async () => {
    const bot =
      'n=0; trap "n=\\$((n+1))" INT; echo ready; while [ $n -eq 0 ]; do sleep 0.1; done; sleep 0.5; echo "interrupts: $n"; exit 21';
    terminal = startOnTerminal(['guard', '--no-lock', '--', '/bin/sh', '-c', bot]);
    await terminal.shows(/ready/);
    terminal.type('\u0003');
    await terminal.shows(/interrupts: 1/);
    expect(await terminal.ended).toBe(21);
    expect(terminal.output().match(/ready/g)).toHaveLength(1);
  });

  const counting = (signal: string) =>
    `n=0; trap "n=\\$((n+1))" ${signal}; echo "ready $PPID ."; while [ $n -eq 0 ]; do sleep 0.1; done; sleep 0.5; echo "signals: $n"; exit 21`;

  it.each(['INT', 'QUIT'] as const)(
    'sent by kill -%s to guard only also reaches the guarded bot once',
    async (signal) => {
      terminal = startOnTerminal(['guard', '--no-lock', '--', '/bin/sh', '-c', counting(signal)]);
      await terminal.shows(/ready \d+ \./);
      process.kill(Number(/ready (\d+)/.exec(terminal.output())?.[1]), `SIG${signal}`);
      await terminal.shows(/signals: 1/);
      expect(await terminal.ended).toBe(21);
      expect(terminal.output().match(/ready/g)).toHaveLength(1);
    },
  );

  it('followed by kill -INT reaches the bot twice in total', async () => {
    const bot =
      'n=0; trap "n=\\$((n+1)); echo got \\$n" INT; echo "ready $PPID ."; while [ $n -lt 2 ]; do sleep 0.1; done; sleep 0.5; echo "signals: $n"; exit 21';
    terminal = startOnTerminal(['guard', '--no-lock', '--', '/bin/sh', '-c', bot]);
    await terminal.shows(/ready \d+ \./);
    terminal.type('\u0003');
    await terminal.shows(/got 1/);
    process.kill(Number(/ready (\d+)/.exec(terminal.output())?.[1]), 'SIGINT');
    await terminal.shows(/signals: 2/);
    expect(await terminal.ended).toBe(21);
  });

  it('reaches the bot once if the output of guard is redirected', async () => {
    const bot = counting('INT').replace('"ready', '>/dev/tty "ready').replace('"signals', '>/dev/tty "signals');
    terminal = startOnTerminal(['guard', '--no-lock', '--', '/bin/sh', '-c', bot], { redirected: true });
    await terminal.shows(/ready/);
    terminal.type('\u0003');
    await terminal.shows(/signals: 1/);
  });

  it('ends a guard that waits for its next attempt', async () => {
    terminal = startOnTerminal(['guard', '--no-lock', '--', '/bin/sh', '-c', 'exit 1']);
    await terminal.shows(/Attempt 3 of 5 failed/);
    terminal.type('\u0003');
    expect(await terminal.ended).toBe(130);
  });

  it('is possible because guard leaves the terminal to the bot', async () => {
    terminal = startOnTerminal([
      'guard',
      '--no-lock',
      '--',
      '/bin/sh',
      '-c',
      'test -t 0 && test -t 1 && read x && exit "$x"',
    ]);
    terminal.type('17\n');
    await terminal.shows(/exit code 17/);
  });
});
