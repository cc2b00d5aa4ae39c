import { type ChildProcess, spawn } from 'node:child_process';

/**
 * A program that locks the descriptor 3 it inherits: the lock belongs to the open file, so it stays ours when the
 * program ends.
 */
export interface FlockTool {
  file: string;
  args: readonly string[];
}

/** How a tool ended: its exit status, a signal, or a failed start. */
export type ToolEnd = number | 'signal' | 'not-started';

const LOCK_FD = 3;
const ENVIRONMENT = { LC_ALL: 'C', TZ: 'UTC' };

/** An argument that distinguishes programs waiting for us from programs waiting for themselves. */
const WAITER_MARK = 'sexton-waits-for-the-lock';

// Exit status 1 means that another process has the lock, as with flock(1); 2 | 4 is LOCK_EX | LOCK_NB on both Linux and
// macOS.
const PERL_TRY = 'open(my $l, "<&=", 3) or exit 2; exit 0 if flock($l, 2 | 4); exit($!{EWOULDBLOCK} ? 1 : 2);';

// The waiter queues in the kernel; its watcher reads our end of a pipe and kills the waiter when we are gone, so that a
// killed Sexton leaves nothing in the queue. The waiter's parent is compared because its pid may have been reused by
// then.
const PERL_WAIT = [
  'open(my $l, "<&=", 3) or exit 2;',
  'my $waiter = $$;',
  'defined(my $watcher = fork) or exit 2;',
  'if (!$watcher) { close $l; sysread(STDIN, my $byte, 1); kill "KILL", $waiter if getppid == $waiter; exit 0; }',
  'my $locked = flock($l, 2);',
  'kill "KILL", $watcher; waitpid($watcher, 0);',
  'exit($locked ? 0 : 2);',
].join(' ');

const PERL = '/usr/bin/perl';
const UTIL_LINUX_FLOCK = '/usr/bin/flock';

/** Tools that try once: exit status 0 means locked, 1 held by another process, anything else that the tool failed. */
export const TRY_TOOLS: Readonly<Record<'flock' | 'perl', FlockTool>> = {
  flock: { file: UTIL_LINUX_FLOCK, args: ['-xn', `${LOCK_FD}`] },
  perl: { file: PERL, args: ['-MErrno', '-e', PERL_TRY] },
};

/**
 * Tools that wait in the kernel's queue until they have the lock. Each dies with us: `setpriv` has the kernel kill its
 * flock(1) when its parent dies, perl brings its own watcher.
 */
export const WAIT_TOOLS: Readonly<Record<'setpriv' | 'perl', FlockTool>> = {
  setpriv: { file: '/usr/bin/setpriv', args: ['--pdeathsig', 'KILL', '--', UTIL_LINUX_FLOCK, '-x', `${LOCK_FD}`] },
  perl: { file: PERL, args: ['-e', PERL_WAIT, WAITER_MARK] },
};

/** Is this the command line of a helper that waits for its parent? */
export function isLockWaiter(args: readonly string[]): boolean {
  if (args.includes(WAITER_MARK)) return true;
  return args.length === 3 && args[0] === UTIL_LINUX_FLOCK && args[1] === '-x' && args[2] === `${LOCK_FD}`;
}

/** A tool running on our descriptor. */
export interface ToolRun {
  /** Resolves once the tool is gone, never rejects. */
  readonly ended: Promise<ToolEnd>;
  kill(): void;
}

/** Starts a tool with `fd` as its descriptor 3 and an open pipe as its standard input; its output is ignored. */
export function runOnDescriptor(tool: FlockTool, fd: number): ToolRun {
  const child: ChildProcess = spawn(tool.file, tool.args, {
    stdio: ['pipe', 'ignore', 'ignore', fd],
    env: ENVIRONMENT,
    cwd: '/',
  });
  child.stdin?.on('error', () => undefined);
  const ended = new Promise<ToolEnd>((resolve) => {
    child.once('error', () => resolve('not-started'));
    child.once('exit', (code) => {
      child.stdin?.destroy();
      resolve(code ?? 'signal');
    });
  });
  return {
    ended,
    kill: () => {
      child.kill('SIGKILL');
    },
  };
}
