import type { Result } from '../../../../../shared/result.ts';
import type { AttemptFailure } from '../../../../../shared/words/attempt.ts';
import type { CommandEnd, StartError, StartedCommand } from '../../../platform/run/child.ts';
import type { SignalRelay } from '../../../platform/run/child-signals.ts';
import type { GuardedTree } from '../tree/tree.ts';
import { type AttemptRules, beginAttempt, type ExitVerdict, judgeAttempt, judgeExit, noteSighting } from './attempt.ts';
import type { Sightings } from './sessions.ts';

/** How often the tables are read: often while the lock is likely to be held, then less so. */
const POLL_MS = 100;
const LATER_POLL_MS = 300;
const LATER_AFTER_MS = 10_000;

/** That it is connected, and on which port: proven, or by staying up where replies are not told. `none`: nothing can be seen. */
export type Claim = { kind: 'proven' | 'unproven'; port: number } | { kind: 'none' };

/** What one attempt came to. In `running` and `hung` the command still runs. */
export type AttemptEnd =
  | { kind: 'not-started'; error: StartError }
  | { kind: 'running'; claim: Claim; command: StartedCommand }
  | { kind: 'hung'; why: AttemptFailure; command: StartedCommand }
  | { kind: 'ended'; end: CommandEnd; verdict: ExitVerdict };

/** What an attempt tells while it is under way. */
export interface AttemptHooks {
  /** The handshake is done. */
  onConnected(): void;
  /** The command takes the handshake lock itself. */
  onSelfLocking(): void;
}

export interface AttemptTools {
  start(): Promise<Result<StartedCommand, StartError>>;
  sightings: Pick<Sightings, 'begin' | 'look'>;
  tree: Pick<GuardedTree, 'setRoot'>;
  relay: SignalRelay;
  rules: AttemptRules;
  /** Monotonic milliseconds. */
  now(): number;
}

/** Starts the command and watches it until it has succeeded, failed or ended. Signals reach it from its first moment on. */
export async function runAttempt(tools: AttemptTools, hooks: AttemptHooks): Promise<AttemptEnd> {
  const { sightings, tree, relay, rules, now } = tools;
  const before = await sightings.begin();
  const started = await tools.start();
  if (!started.ok) return { kind: 'not-started', error: started.error };
  const command = started.value;
  tree.setRoot(command.pid);
  relay.attach(command);
  let end: CommandEnd | null = null;
  const ended = command.ended.then((how) => {
    end = how;
    tree.setRoot(null);
  });
  const ending = (): CommandEnd | null => end;
  let state = beginAttempt(now(), before);
  for (;;) {
    // A look that begins after the end sees the traces of what was too short for the looks before.
    const over = ending();
    const { sighting, opensLock } = await sightings.look();
    state = noteSighting(state, sighting, now());
    if (opensLock) hooks.onSelfLocking();
    if (over !== null) {
      return { kind: 'ended', end: over, verdict: judgeExit(state, over.kind === 'exited' && over.code === 0) };
    }
    if (ending() !== null) continue;
    const verdict = judgeAttempt(state, rules, now());
    switch (verdict.kind) {
      case 'succeeded':
        return {
          kind: 'running',
          claim: { kind: verdict.proven ? 'proven' : 'unproven', port: verdict.port },
          command,
        };
      case 'unseen':
        return { kind: 'running', claim: { kind: 'none' }, command };
      case 'failed':
        return { kind: 'hung', why: verdict.why, command };
      case 'connected':
        hooks.onConnected();
    }
    await atMost(now() - state.startedAt < LATER_AFTER_MS ? POLL_MS : LATER_POLL_MS, ended);
  }
}

/** Waits for something, but no longer than that. */
async function atMost(ms: number, something: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const time = new Promise((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([something, time]);
  clearTimeout(timer);
}
