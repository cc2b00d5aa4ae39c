import { basename } from 'node:path';
import { isLauncher } from '../../../observe/process/programs.ts';
import type { ProcessRecord } from '../../../platform/types.ts';

/** Programs that run scripts: more than those whose scripts Sexton can name, because a bot may be written in any of them. */
const INTERPRETER =
  /^(python[\d.]*w?|pypy[\d.]*|ipython[\d.]*|node|deno|bun|ruby[\d.]*|perl[\d.]*|php[\d.]*|lua(jit)?[\d.]*|julia|r|rscript|dotnet|mono|pwsh|osascript|(ba|z|da|k|a|c|tc|fi)?sh|busybox)$/i;
const SHELL = /^(ba|z|da|k|a|c|tc|fi)?sh$/i;

/** The names of a process: its executable's, the kernel's, and the first argument's without a login shell's dash. */
function namesOf({ executable, name, args }: ProcessRecord): string[] {
  return [executable ?? '', name, args[0] ?? ''].map((one) => basename(one).replace(/^-/, ''));
}

/** A Python, a Node or a shell: it may be the bot, or start it. */
export function isInterpreter(process: ProcessRecord): boolean {
  return namesOf(process).some((name) => INTERPRETER.test(name));
}

/** What distinguishes a bot, or part of one, from a helper that it started. */
export interface BotTraits {
  /** Is it the command itself, or the same program? */
  isCommand(process: ProcessRecord): boolean;
  onBotList(process: ProcessRecord): boolean;
  /** Has it ever held a session on a guarded port, or the lock file? */
  everConnected(process: ProcessRecord): boolean;
}

/** Could this member of a guard's tree be the bot or part of it? While one is running, no second copy may start. */
export function mayBeBot(process: ProcessRecord, { isCommand, onBotList, everConnected }: BotTraits): boolean {
  return isCommand(process) || isInterpreter(process) || onBotList(process) || everConnected(process);
}

/**
 * Which running members guard stops: everything that may be the bot, and helpers below one of those in the same
 * terminal session, which Ctrl-C would reach too. Left alone are helpers that outlived their parent or lead a session
 * of their own (a browser, gpg-agent) and everything in a terminal or multiplexer that the bot opened. `wasSignalled`
 * have already been asked to end.
 */
export function chooseTargets(
  alive: readonly ProcessRecord[],
  { isBot, wasSignalled }: Record<'isBot' | 'wasSignalled', (process: ProcessRecord) => boolean>,
): ProcessRecord[] {
  const byPid = new Map(alive.map((process) => [process.pid, process]));
  const chosen = new Map<number, boolean>();
  const choose = (process: ProcessRecord): boolean => {
    const known = chosen.get(process.pid);
    if (known !== undefined) return known;
    // Ends the walk at a cycle in a torn table.
    chosen.set(process.pid, false);
    const parent = byPid.get(process.ppid);
    const below = parent !== undefined && !process.sessionLeader && choose(parent);
    const choice = !hostedIn(process, byPid) && (isBot(process) || wasSignalled(process) || below);
    chosen.set(process.pid, choice);
    return choice;
  };
  return alive.filter(choose);
}

/** The terminal, multiplexer or service manager among the members that this one runs in or is; `null` when there is none. */
function hostedIn(process: ProcessRecord, byPid: ReadonlyMap<number, ProcessRecord>): ProcessRecord | null {
  const seen = new Set<number>();
  for (let at: ProcessRecord | undefined = process; at !== undefined && !seen.has(at.pid); at = byPid.get(at.ppid)) {
    if (isLauncher(at) && !namesOf(at).some((name) => SHELL.test(name))) return at;
    seen.add(at.pid);
  }
  return null;
}
