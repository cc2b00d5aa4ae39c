import type { Result } from '../../../../../shared/result.ts';
import type { AttemptFailure } from '../../../../../shared/words/attempt.ts';
import type { CommandEnd, StartError, StartedCommand } from '../../../platform/run/child.ts';
import type { SignalRelay } from '../../../platform/run/child-signals.ts';
import type { CommandTree } from '../tree/tree.ts';
import { type AttemptRules, beginAttempt, type ExitVerdict, judgeAttempt, judgeExit, noteSighting } from './attempt.ts';
import type { SessionWatch } from './sessions.ts';

/** How often the tables are read: often while the lock is likely to be held, then less often. */
const POLL_MS = 100;
const LATER_POLL_MS = 300;
const LATER_AFTER_MS = 10_000;

/**
 * The port it is connected on: proven, or assumed because it stayed up where replies are not reported. `none`: nothing
 * can be seen.
 */
export type Claim = { kind: 'proven' | 'unproven'; port: number } | { kind: 'none' };

/** The result of one attempt. In `running` and `hung` the command still runs. */
export type AttemptEnd =
  | { kind: 'not-started'; error: StartError }
  | { kind: 'running'; claim: Claim; command: StartedCommand }
  | { kind: 'hung'; why: AttemptFailure; command: StartedCommand }
  | { kind: 'ended'; end: CommandEnd; verdict: ExitVerdict };

/** Events during an attempt. */
export interface AttemptHooks {
  /** The handshake is done. */
  onConnected(): void;
  /** The command takes the handshake lock itself. */
  onSelfLocking(): void;
}

export interface AttemptTools {
  start(): Promise<Result<StartedCommand, StartError>>;
  sessions: Pick<SessionWatch, 'begin' | 'look'>;
  tree: Pick<CommandTree, 'setRoot'>;
  relay: SignalRelay;
  rules: AttemptRules;
  /** Monotonic milliseconds. */
  now(): number;
}

/** Starts the command and watches it until it has succeeded, failed or ended. Signals reach it from the start. */
export async function runAttempt(tools: AttemptTools, hooks: AttemptHooks): Promise<AttemptEnd> {
  const { sessions, tree, relay, rules, now } = tools;
  const before = await sessions.begin();
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
    // One more observation after the end catches connections too short for the earlier ones.
    const over = ending();
    const { sighting, opensLock } = await sessions.look();
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

/** Waits for a promise, up to a limit. */
async function atMost(ms: number, something: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const time = new Promise((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([something, time]);
  clearTimeout(timer);
}
