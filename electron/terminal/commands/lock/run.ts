import { basename } from 'node:path';
import type { Command } from 'commander';
import { lockErrorSentence } from '../../../../shared/words/lock.ts';
import { exitCodeOf, exitCodeOfSignal, startCommand } from '../../../engine/platform/run/child.ts';
import { relaySignals, type SignalRelay, stoppedBy } from '../../../engine/platform/run/child-signals.ts';
import type { Context, Opened } from '../../context.ts';
import { withEngine } from '../../engines.ts';
import { parseLockTimeout } from '../../kit/arguments.ts';
import { addCommand } from '../../kit/command.ts';
import { paragraph } from '../../screen/paint.ts';
import { startErrorWords } from '../guard/words.ts';

/** The exit code if the lock did not become free in time (sysexits' EX_TEMPFAIL). */
const EXIT_NO_LOCK = 75;

/** `sexton lock run`: runs a command while it holds the handshake lock. */
export function addLockRun(group: Command, context: Context): void {
  addCommand(group, {
    name: 'run',
    summary: 'run a command while holding the lock',
    details: [
      'Waits its turn for the lock, runs the command, and releases the lock when the command ends. What the command leaves in the background keeps running without the lock. Do not use it for a bot that takes the lock itself, which would wait for its own wrapper, or for one that stays connected, which would keep all others out: use sexton guard instead.',
      "Exit code: the command's own. 75: the lock did not become free in time. 126: the command cannot be run. 127: the command was not found.",
    ],
    examples: [
      ['sexton lock run -- python3 download_bars.py', 'take turns with the bots'],
      ['sexton lock run --timeout 5 -- ./check.sh', 'give up after 5 s'],
    ],
  })
    .argument('<command...>', 'the command and its arguments, after --')
    .option('--timeout <seconds>', 'how long to wait for the lock (default: 30)', parseLockTimeout)
    .action((command: string[], { timeout }: { timeout?: number }) =>
      withEngine(context, { ports: [] }, async (opened) => {
        const { err } = context.io;
        const complain = (words: string) => err.lines(paragraph(`sexton lock: ${words}`, 'plain', err.paper()));
        const relay = relaySignals();
        try {
          return await runLocked(opened, command, timeout, relay, complain);
        } finally {
          relay.close();
        }
      }),
    );
}

async function runLocked(
  { lock, settings }: Opened,
  command: readonly string[],
  timeoutMs: number | undefined,
  relay: SignalRelay,
  complain: (words: string) => void,
): Promise<number> {
  const { lockPath, lockTimeoutMs } = settings.current();
  const held = await lock.acquire({ path: lockPath, timeoutMs: timeoutMs ?? lockTimeoutMs, signal: relay.stopped });
  if (!held.ok && !relay.stopped.aborted) {
    complain(lockErrorSentence(held.error));
    return EXIT_NO_LOCK;
  }
  try {
    if (relay.stopped.aborted) return exitCodeOfSignal(stoppedBy(relay.stopped));
    const started = await startCommand(command);
    if (!started.ok) {
      complain(startErrorWords(basename(command[0] ?? ''), started.error));
      return started.error.exitCode;
    }
    relay.attach(started.value);
    return exitCodeOf(await started.value.ended);
  } finally {
    if (held.ok) await held.value.release();
  }
}
