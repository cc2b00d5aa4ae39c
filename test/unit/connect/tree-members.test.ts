import { describe, expect, it } from 'vitest';
import { memberName } from '../../../electron/engine/connect/guard/tree/member-name.ts';
import { type BotTraits, chooseTargets, mayBeBot } from '../../../electron/engine/connect/guard/tree/members.ts';
import type { ProcessRecord } from '../../../electron/engine/platform/types.ts';

const NO_TRAITS: BotTraits = { isCommand: () => false, onBotList: () => false, everConnected: () => false };

function process(pid: number, ppid: number, name: string, more: Partial<ProcessRecord> = {}): ProcessRecord {
  return {
    pid,
    ppid,
    uid: 501,
    startedAt: '2025-12-06T09:31:07.000Z',
    startToken: `${pid}@boot`,
    name,
    executable: `/usr/bin/${name}`,
    args: [name],
    sessionLeader: false,
    corpse: false,
    ...more,
  };
}

describe('what may be a bot', () => {
  it.each(['python3.11', 'node', 'bash', 'fish', 'Rscript'])('is any interpreter, such as %s', (name) => {
    expect(mayBeBot(process(7, 1, name), NO_TRAITS)).toBe(true);
  });

  it.each(['gpg-agent', 'firefox', 'sleep', 'nodejs-helper'])('is not %s', (name) => {
    expect(mayBeBot(process(7, 1, name), NO_TRAITS)).toBe(false);
  });

  it.each(['isCommand', 'onBotList', 'everConnected'] as const)('is any program of which %s holds', (trait) => {
    expect(mayBeBot(process(7, 1, 'my-bot'), { ...NO_TRAITS, [trait]: () => true })).toBe(true);
  });
});

describe('the selection of processes that guard stops', () => {
  const pids = (alive: ProcessRecord[], signalled: readonly number[] = []) =>
    chooseTargets(alive, {
      isBot: (one) => mayBeBot(one, NO_TRAITS),
      wasSignalled: ({ pid }) => signalled.includes(pid),
    }).map(({ pid }) => pid);

  it('includes the bot and the helpers below it', () => {
    expect(pids([process(2, 1, 'sh'), process(3, 2, 'tail'), process(4, 3, 'cat')])).toEqual([2, 3, 4]);
  });

  it('excludes a helper that outlived its parent or leads a session of its own', () => {
    const browser = process(3, 2, 'firefox', { sessionLeader: true });
    expect(pids([process(2, 1, 'python3'), browser, process(4, 3, 'firefox'), process(5, 1, 'gpg-agent')])).toEqual([
      2,
    ]);
  });

  it('includes a bot that leads a session of its own, and a helper that was signalled before its parent ended', () => {
    expect(pids([process(2, 1, 'python3', { sessionLeader: true }), process(3, 1, 'tail')], [3])).toEqual([2, 3]);
  });

  it('excludes everything in a multiplexer that the bot opened', () => {
    const tmux = process(3, 1, 'tmux: server', { executable: '/usr/bin/tmux', sessionLeader: true });
    expect(pids([tmux, process(4, 3, 'zsh', { sessionLeader: true }), process(5, 4, 'python3')])).toEqual([]);
  });

  it('is found even when the table’s parents form a cycle', () => {
    expect(pids([process(2, 3, 'cat'), process(3, 2, 'cat')])).toEqual([]);
  });
});

describe('the name of a member', () => {
  const python = (...args: string[]) => process(7, 1, 'python3', { executable: '/usr/bin/python3.11', args });
  it.each([
    [python('python3', 'runner.py'), 'runner.py'],
    [python('python3', '-c', 'from multiprocessing.spawn import spawn_main; spawn_main()'), 'app.py, worker'],
    [python('python3', '-c', 'print(1)'), 'python3.11, of app.py'],
    [python('python3', '-'), 'python3.11, of app.py'],
    [python('my bot: trading'), 'my bot: trading'],
    [python('python3'), 'python3.11'],
    [process(7, 1, 'firefox'), 'firefox'],
  ])('%j is %s', (member, name) => {
    expect(memberName(member, 'app.py')).toBe(name);
  });
});
