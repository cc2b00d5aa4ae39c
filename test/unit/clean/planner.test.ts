import { describe, expect, it } from 'vitest';
import {
  AUTO_AGE_MS,
  AUTO_EVERY_MS,
  AUTO_GATEWAY_MS,
  AUTO_QUIET_MS,
  autoCleanCoverage,
} from '../../../electron/engine/clean/auto-clean.ts';
import { botReason, globMatcher } from '../../../electron/engine/clean/bot-list.ts';
import { AutoCleaner } from '../../../electron/engine/core/auto-cleaner.ts';
import type { Scan } from '../../../electron/engine/core/watcher.ts';
import { DEFAULT_SETTINGS, type Settings } from '../../../shared/settings/settings.ts';
import type { PortState } from '../../../shared/snapshot.ts';
import { botRecord, ME, processRecord, tcpRow, zombieOf } from './builders.ts';
import { Cleaner } from './cleaning.ts';
import { Machine } from './machine.ts';

describe('the bot list', () => {
  it.each([
    ['python*', 'python3.11', true],
    ['python*', 'Python', true],
    ['python*', 'ipython', false],
    ['runner*', 'RUNNER_async.py', true],
    ['app.py', 'app.py', true],
    ['app.py', 'appxpy', false],
    ['app.py', 'myapp.py', false],
    ['bot?.py', 'bot1.py', true],
    ['bot?.py', 'bot10.py', false],
    ['a+b(c)[d]', 'a+b(c)[d]', true],
    ['[ab].py', 'a.py', false],
    ['*', 'anything at all', true],
    ['run*', 'run\nner', true],
    ['', 'x', false],
  ])('%s on %s: %s', (glob, name, expected) => {
    expect(globMatcher([glob])(name)).toBe(expected);
  });

  const onList = globMatcher(DEFAULT_SETTINGS.botNames);

  it.each([
    ['Python by its executable', botRecord(5), 'python'],
    [
      'macOS’s framework Python',
      processRecord(5, { name: 'Python', executable: '/L/Python.app/Contents/MacOS/Python' }),
      'python',
    ],
    [
      'a script by its shebang',
      processRecord(5, { name: 'runner_fast', executable: '/usr/bin/ruby', args: ['ruby', '/x/runner_fast'] }),
      'named-bot',
    ],
    [
      'a Node script',
      processRecord(5, { name: 'node', executable: '/usr/bin/node', args: ['node', '/x/websocket_server.js'] }),
      'named-bot',
    ],
    [
      'a module through a debugger, by the last part of its name',
      processRecord(5, {
        name: 'mypy3',
        executable: '/opt/pypy3.10',
        args: ['pypy3', '-m', 'pdb', '-m', 'robo_trader.runner_async'],
      }),
      'named-bot',
    ],
    [
      'what a runner runs',
      processRecord(5, { name: 'uv', executable: '/usr/bin/uv', args: ['uv', 'run', 'runner_async.py'] }),
      'named-bot',
    ],
    ['a folder called python', processRecord(5, { executable: '/opt/python/bin/tool', name: 'tool' }), null],
    ['an argument called python', processRecord(5, { args: ['grep', 'python'] }), null],
    [
      'an editor with the bot’s file open',
      processRecord(5, { name: 'vim', executable: '/usr/bin/vim', args: ['vim', 'runner_async.py'] }),
      null,
    ],
  ])('judges %s', (_, process, reason) => {
    expect(botReason(process, onList)).toBe(reason);
  });
});

describe('a plan', () => {
  it('lists the worst bot first, what it frees, and why others are refused', async () => {
    const machine = new Machine();
    machine.zombie(machine.bot(4001));
    machine.bot(4002);
    machine.zombie(4002);
    machine.zombie(4002, 60_000, 4002, machine.spawn(processRecord(77, { name: 'tail', executable: '/usr/bin/tail' })));
    machine.open(
      'CLOSE_WAIT',
      4002,
      50_500,
      machine.spawn(processRecord(50, { name: 'java', executable: '/usr/bin/java' })),
    );
    const { plan } = await new Cleaner(machine).plan();
    expect(plan.targets.map(({ process, zombies }) => [process.pid, zombies])).toEqual([
      [4002, 2],
      [4001, 1],
    ]);
    expect(plan.frees).toBe(2);
    expect(plan.refused.map(({ process, reason }) => [process.pid, reason])).toEqual([
      [50, 'gateway-listener'],
      [77, 'not-a-bot'],
    ]);
    expect(Date.parse(plan.expiresAt) - Date.parse(plan.madeAt)).toBe(10_000);
  });

  it('targets only the requested ports, and still protects by all of them', async () => {
    const machine = new Machine();
    machine.zombie(machine.bot(4001), 60_000, 7497);
    machine.zombie(machine.bot(4002), 60_000, 4002);
    machine.open('ESTABLISHED', 60_001, 7497, 4002);
    const { plan, targets } = await new Cleaner(machine, { ports: [4002, 7497] }).plan({ ports: new Set([4002]) });
    expect(targets).toEqual([]);
    expect(plan.refused.map(({ process, reason }) => [process.pid, reason])).toEqual([[4002, 'live-session']]);
  });

  it('drops a target that frees nothing because a protected process holds the same connection, and says so', async () => {
    const machine = new Machine();
    machine.bot(4001);
    machine.zombie(machine.bot(4002), 60_000, 4002, 4001);
    machine.zombie(machine.bot(4003));
    machine.open('ESTABLISHED', 60_001, 4002, 4001);
    const { plan, targets } = await new Cleaner(machine).plan();
    expect(targets.map(({ identity }) => identity.pid)).toEqual([4003]);
    expect(plan.frees).toBe(1);
    expect(plan.refused.find(({ process }) => process.pid === 4002)).toMatchObject({
      reason: 'frees-nothing',
      text: 'Stopping it would free nothing: runner_4001.py (4001) holds the same connection and is protected.',
      liftable: false,
    });
  });

  it('keeps two bots that hold one connection together', async () => {
    const machine = new Machine();
    machine.bot(4001);
    machine.zombie(machine.bot(4002), 60_000, 4002, 4001);
    const { plan } = await new Cleaner(machine).plan();
    expect(plan.targets.map(({ process }) => process.pid)).toEqual([4001, 4002]);
    expect(plan.frees).toBe(1);
  });

  it('drops a bot whose fellow holders the policy does not cover', async () => {
    const machine = new Machine();
    machine.bot(4001);
    machine.zombie(machine.bot(4002), 60_000, 4002, 4001);
    const covers = ({ pid }: { pid: number }) => pid === 4002;
    const { plan } = await new Cleaner(machine).plan({ purpose: { kind: 'zombies', covers } });
    expect(plan.targets).toEqual([]);
    expect(plan.refused).toMatchObject([
      {
        process: { pid: 4002 },
        reason: 'frees-nothing',
        text: 'Stopping it would free nothing: runner_4001.py (4001) holds the same connection and is not stopped.',
      },
    ]);
  });

  it('for the guided restart keeps every listed bot, whatever it frees', async () => {
    const machine = new Machine();
    machine.spawn(processRecord(77, { name: 'tail', executable: '/usr/bin/tail' }));
    machine.zombie(machine.bot(4002), 60_000, 4002, 77);
    const { plan } = await new Cleaner(machine).plan({
      purpose: { kind: 'restart', isListed: ({ pid }) => pid === 4002 },
    });
    expect(plan.targets.map(({ process }) => process.pid)).toEqual([4002]);
  });

  it('counts a session shared by parent and worker once', async () => {
    const machine = new Machine();
    machine.zombie(machine.bot(4001));
    machine.zombie(machine.bot(4002, 'obeys', { ppid: 4001 }));
    machine.open('ESTABLISHED', 60_001, 4002, 4002);
    const { plan } = await new Cleaner(machine).plan({ isLiveIncluded: () => true });
    expect(plan.targets.map(({ sessions }) => sessions)).toEqual([1, 1]);
    expect(plan.addsGatewaySide).toBe(1);
  });

  it('leaves out bots that the policy does not cover, and shows the policy everything a bot holds', async () => {
    const machine = new Machine();
    machine.zombie(machine.bot(4001));
    machine.zombie(machine.bot(4002));
    machine.zombie(4002, -249);
    const seen: [number, boolean[]][] = [];
    const cleaner = new Cleaner(machine);
    const covers = ({ pid }: { pid: number }, zombies: readonly { counted: boolean }[]) => {
      seen.push([pid, zombies.map(({ counted }) => counted)]);
      return pid === 4001;
    };
    const { plan } = await cleaner.plan({ purpose: { kind: 'zombies', covers } });
    expect(plan.targets.map(({ process }) => process.pid)).toEqual([4001]);
    expect(plan.refused).toEqual([]);
    expect(seen.map(([pid]) => pid)).toEqual([4001, 4002]);
    expect(seen[1]?.[1]).toHaveLength(2);
  });
});

describe('automatic cleaning', () => {
  const on: Settings = { ...DEFAULT_SETTINGS, autoClean: 'on' };
  const old = { ...zombieOf(tcpRow('CLOSE_WAIT', 50_001, 4002), { ageMs: AUTO_AGE_MS }), holdings: [] };
  const covers = (about: Partial<Parameters<typeof autoCleanCoverage>[0]> = {}) =>
    autoCleanCoverage({
      settings: on,
      listeningForMs: new Map([[4002, AUTO_GATEWAY_MS]]),
      quietForMs: () => AUTO_QUIET_MS,
      sinceLastMs: AUTO_EVERY_MS,
      ...about,
    });

  it.each<
    [string, boolean, Partial<Parameters<typeof autoCleanCoverage>[0]>, ReturnType<typeof botRecord>, (typeof old)[]]
  >([
    ['covers a listed bot with old zombies', true, {}, botRecord(5), [old]],
    ['covers no other Python', false, {}, botRecord(5, '/x/notebook.py'), [old]],
    ['covers no prompt', false, {}, botRecord(5, '', { args: ['python3'] }), [old]],
    ['covers nobody without zombies', false, {}, botRecord(5), []],
    ['waits for the youngest zombie', false, {}, botRecord(5), [old, { ...old, ageMs: AUTO_AGE_MS - 1 }]],
    ['never covers the Gateway’s side', false, {}, botRecord(5), [{ ...old, side: 'gateway' }]],
    [
      'waits after the Gateway’s restart',
      false,
      { listeningForMs: new Map([[4002, AUTO_GATEWAY_MS - 1]]) },
      botRecord(5),
      [old],
    ],
    ['waits for the end of five quiet minutes', false, { quietForMs: () => AUTO_QUIET_MS - 1 }, botRecord(5), [old]],
    ['waits while nobody listens', false, { listeningForMs: new Map() }, botRecord(5), [old]],
    ['needs every port’s Gateway', false, {}, botRecord(5), [old, { ...old, port: 7497 }]],
  ])('%s', (_, expected, about, process, zombies) => {
    expect(covers(about)?.(process, zombies)).toBe(expected);
  });

  it('is off by default and runs at most once a minute', () => {
    expect(covers({ settings: DEFAULT_SETTINGS })).toBeNull();
    expect(covers({ sinceLastMs: AUTO_EVERY_MS - 1 })).toBeNull();
  });

  describe('times how long the same Gateway has been listening', () => {
    const port = (about: Partial<PortState> = {}): PortState => ({
      port: 4002,
      label: '',
      listening: true,
      gateway: { pid: 50, startedAt: '2026-11-23T09:00:00.000Z', uid: 1, name: 'IB Gateway', commandLine: '' },
      backlog: 0,
      jammed: false,
      zombies: { client: 1, gateway: 0, total: 1 },
      closing: 0,
      established: 0,
      forwarder: null,
      ...about,
    });
    const scan = (kind: 'ok' | 'failed' = 'ok') => ({ kind, at: '', durationMs: 0, problems: [] });
    const quiet = {
      look: { sessions: [], beyond: { rows: [] } },
      proof: { attribution: { processes: new Map(), holdings: [], ports: new Set(), unreadable: 0 } },
    } as unknown as Scan;
    const history = (ports: (PortState | 'failed')[], stepMs = 100_000) => {
      const clock = { at: 0, now: () => clock.at, wall: () => clock.at, sleep: async () => undefined };
      const cleaner = new AutoCleaner(clock, { uid: ME });
      let answer: ReturnType<AutoCleaner['coverage']> = null;
      for (const one of ports) {
        const blind = one === 'failed';
        answer = cleaner.coverage(
          { ports: blind ? [port({ listening: null, gateway: null })] : [one], scan: scan(blind ? 'failed' : 'ok') },
          on,
        );
        for (const next = clock.at + stepMs; clock.at < next; clock.at += 5_000) cleaner.note(quiet);
      }
      return answer?.(botRecord(5), [old]) ?? null;
    };

    it('from the first scan that saw it', () => {
      expect(history([port(), port(), port()])).toBe(false);
      expect(history([port(), port(), port(), port()])).toBe(true);
    });

    it('starting over after a restart, a stop, or an owner that is not seen', () => {
      const other = port({
        gateway: { pid: 50, startedAt: '2026-11-24T09:00:00.000Z', uid: 1, name: 'IB Gateway', commandLine: '' },
      });
      expect(history([port(), port(), port(), other])).toBe(false);
      expect(history([port(), port({ listening: false }), port(), port()])).toBe(false);
      expect(history([port(), port({ gateway: null }), port(), port()])).toBe(false);
    });

    it('never while its start is unknown: then nobody can say that it is the same', () => {
      const unknown = port({ gateway: { pid: 50, startedAt: '', uid: 1, name: 'process 50', commandLine: '' } });
      expect(history([unknown, unknown, unknown, unknown])).toBe(false);
    });

    it('through a failed scan, during which no bot is covered', () => {
      expect(history([port(), port(), port(), 'failed'])).toBeNull();
      expect(history([port(), 'failed', port(), port()])).toBe(true);
    });
  });
});
