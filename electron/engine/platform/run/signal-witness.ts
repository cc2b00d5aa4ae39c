import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** The witness program's path on every system. */
const CAT = '/bin/cat';
/** A witness that neither answers nor ends for this long is ignored. */
const PATIENCE_MS = 2_000;

/**
 * Distinguishes a signal that the terminal sent to the whole foreground group, including the command, from one sent to
 * this process alone. Node does not say who sent a signal, so a second process in the same group echoes what it is
 * sent: the kernel signals a whole group at once, so a witness that still answers was not signalled, and one that got
 * the signal dies of it before it can answer. This needs no guessed delay.
 */
export interface SignalWitness {
  /** Did the signal that just arrived go to the whole group? `null` when that cannot be told. */
  sharedLastSignal(): Promise<boolean | null>;
  close(): void;
}

interface Standing {
  ask(): Promise<boolean | null>;
  end(): void;
}

/** Starts a witness in this process's group; it ends with this process. */
export function startSignalWitness(): SignalWitness {
  let closed = false;
  let standing = stand();
  return {
    sharedLastSignal: async () => {
      const answer = await standing.ask();
      if (answer !== false && !closed) standing = stand();
      return answer;
    },
    close: () => {
      closed = true;
      standing.end();
    },
  };
}

function stand(): Standing {
  // In this folder SIGQUIT cannot leave a core file.
  const child = spawn(CAT, [], { cwd: '/', env: {}, stdio: ['pipe', 'pipe', 'ignore'] });
  child.stdin.on('error', () => undefined);
  const up = once(child, 'spawn').catch(() => undefined);
  const gone = new Promise<boolean | null>((resolve) => {
    child.once('error', () => resolve(null));
    child.once('exit', (_, signal) => resolve(signal === null ? null : true));
  });
  child.unref();
  return {
    ask: async () => {
      await up;
      const echo = new Promise<boolean>((resolve) => child.stdout.once('data', () => resolve(false)));
      child.stdin.write('?');
      let timer: NodeJS.Timeout | undefined;
      const silence = new Promise<null>((resolve) => {
        timer = setTimeout(() => resolve(null), PATIENCE_MS);
      });
      const answer = await Promise.race([gone, echo, silence]);
      clearTimeout(timer);
      if (answer === null) child.kill('SIGKILL');
      return answer;
    },
    end: () => void child.stdin.end(),
  };
}
