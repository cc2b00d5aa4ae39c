import { describe, expect, it } from 'vitest';
import { createJudge } from '../../../electron/engine/clean/verdict.ts';
import type { Holding, ProcessRecord } from '../../../electron/engine/platform/types.ts';
import { isLiftable } from '../../../shared/liftable.ts';
import { verdictSentence } from '../../../shared/words/verdict.ts';
import { botRecord, evidence, gatewayRecord, held, ME, processRecord, SELF, tcpRow } from './builders.ts';

const BOT = 4312;
const zombie = (pid = BOT) => held(pid, 'CLOSE_WAIT', 50_001, 4002);
const live = (pid = BOT, port = 4002) => held(pid, 'ESTABLISHED', 50_002, port);
/** A Java that has none of a Gateway's words in its command line. */
const otherJava = (pid: number, about: Partial<ProcessRecord> = {}) =>
  processRecord(pid, { name: 'java', executable: '/usr/bin/java', args: ['java', '-jar', 'spark.jar'], ...about });

function verdictOf(
  processes: readonly ProcessRecord[],
  holdings: readonly Holding[],
  { pid = BOT, include = false, ...about }: { pid?: number; include?: boolean } & Parameters<typeof evidence>[2] = {},
) {
  return createJudge(evidence(processes, holdings, about)).verdict(pid, include);
}

/** Matches the verdict with or without the detail of who is kin to whom. */
const denied = (reason: string) => expect.objectContaining({ kind: 'protected', reason });

describe('the verdict', () => {
  it('allows a Python bot that has only zombies', () => {
    expect(verdictOf([botRecord(BOT)], [zombie()])).toEqual({ kind: 'cleanable', reason: 'python' });
  });

  it('allows a bot in a folder named like TWS and a gateway', () => {
    const bot = botRecord(BOT, '/home/me/tws_bot/gateway_tools/run.py');
    expect(verdictOf([bot], [zombie()])).toEqual({ kind: 'cleanable', reason: 'python' });
  });

  it('allows a listed bot that is not Python', () => {
    const bot = processRecord(BOT, { name: 'runner-rs', executable: '/opt/runner-rs', args: ['runner-rs'] });
    expect(verdictOf([bot], [zombie()])).toEqual({ kind: 'cleanable', reason: 'named-bot' });
  });

  describe('protects the listener', () => {
    it.each([7496, 7497, 4001, 4002, 4003, 4004])('on port %i under any name', (port) => {
      expect(verdictOf([botRecord(BOT)], [held(BOT, 'LISTEN', port, null)])).toEqual(denied('gateway-listener'));
    });

    it('on a port that only --port or the settings name', () => {
      const ports = { protectedPorts: new Set([5555]) };
      expect(verdictOf([botRecord(BOT)], [held(BOT, 'LISTEN', 5555, null)], ports)).toEqual(denied('gateway-listener'));
    });

    it.each(['ESTABLISHED', 'CLOSE_WAIT', 'SYN_RECEIVED', 'CLOSED', 'FIN_WAIT_2'] as const)(
      'and a child that inherited one accepted socket in %s, though nobody listens any more',
      (state) => {
        expect(verdictOf([botRecord(BOT)], [held(BOT, state, 4002, 50_001)])).toEqual(denied('gateway-listener'));
      },
    );

    it('but not a listener on another port', () => {
      expect(verdictOf([botRecord(BOT)], [zombie(), held(BOT, 'LISTEN', 14_002, null)]).kind).toBe('cleanable');
    });
  });

  describe('protects the family of the listener', () => {
    const listening = held(50, 'LISTEN', 4002, null);

    it('and names the relative', () => {
      const child = verdictOf([gatewayRecord(50), botRecord(BOT, undefined, { ppid: 50 })], [zombie(), listening]);
      expect(verdictSentence(child)).toBe('It is a child of IB Gateway (50), which serves an API port.');
      const parent = verdictOf([botRecord(BOT), gatewayRecord(50, { ppid: BOT })], [zombie(), listening]);
      expect(verdictSentence(parent)).toBe('It is a parent of IB Gateway (50), which serves an API port.');
    });

    it.each([
      ['its parent', [botRecord(BOT), gatewayRecord(50, { ppid: BOT })]],
      ['its grandparent', [botRecord(BOT), processRecord(49, { ppid: BOT }), gatewayRecord(50, { ppid: 49 })]],
      ['its child', [gatewayRecord(50), botRecord(BOT, undefined, { ppid: 50 })]],
      ['its grandchild', [gatewayRecord(50), processRecord(51, { ppid: 50 }), botRecord(BOT, undefined, { ppid: 51 })]],
    ])('%s', (_, processes) => {
      expect(verdictOf(processes, [zombie(), listening])).toEqual(denied('gateway-family'));
    });

    it.each([
      ['zsh', '/bin/zsh'],
      ['-zsh', '/bin/zsh'],
      ['bash', '/usr/bin/bash'],
      ['sshd', '/usr/sbin/sshd'],
      ['tmux: server', '/usr/bin/tmux'],
      ['systemd', '/usr/lib/systemd/systemd'],
      ['iTerm2', '/Applications/iTerm.app/Contents/MacOS/iTerm2'],
      ['Terminal', '/System/Applications/Utilities/Terminal.app/Contents/MacOS/Terminal'],
    ])('which ends at a session leader such as %s', (name, executable) => {
      const shell = processRecord(40, { name, executable, sessionLeader: true });
      const processes = [shell, gatewayRecord(50, { ppid: 40 }), botRecord(BOT, undefined, { ppid: 40 })];
      const judge = createJudge(evidence(processes, [zombie(), listening]));
      expect(judge.verdict(BOT).kind).toBe('cleanable');
      expect(judge.verdict(40)).toEqual(denied(name === 'sshd' ? 'forwarder' : 'not-a-bot'));
    });

    it('to which a shell script that leads no session belongs', () => {
      const script = processRecord(40, { name: 'bash', executable: '/usr/bin/bash', args: ['bash', 'runner_all.sh'] });
      const judge = createJudge(evidence([script, gatewayRecord(50, { ppid: 40 })], [listening]));
      expect(judge.verdict(40)).toEqual(denied('gateway-family'));
    });

    it('to which siblings of the listener do not belong', () => {
      const starter = processRecord(40, { name: 'make' });
      const processes = [starter, gatewayRecord(50, { ppid: 40 }), botRecord(BOT, undefined, { ppid: 40 })];
      expect(verdictOf(processes, [zombie(), listening]).kind).toBe('cleanable');
    });

    it.each<[string, Partial<ProcessRecord>]>([
      ['a script', { name: 'sh', executable: '/bin/dash', args: ['sh', 'start-gateway.sh'] }],
      ['a command', { name: 'bash', executable: '/bin/bash', args: ['bash', '-lc', 'exec gateway'] }],
      ['a command as root', { name: 'sudo', executable: '/usr/bin/sudo', uid: 0, args: ['sudo', 'gateway'] }],
    ])('which does not end at a wrapper that leads a session to run %s', (_, about) => {
      const wrapper = processRecord(40, { ...about, ppid: BOT, sessionLeader: true });
      expect(verdictOf([botRecord(BOT), wrapper, gatewayRecord(50, { ppid: 40 })], [zombie(), listening])).toEqual(
        denied('gateway-family'),
      );
    });

    it('and terminates when the table contains a cycle', () => {
      const processes = [botRecord(BOT, undefined, { ppid: 60 }), processRecord(60, { ppid: BOT })];
      expect(verdictOf(processes, [held(60, 'LISTEN', 4002, null)])).toEqual(denied('gateway-family'));
    });
  });

  describe('protects the family of a Gateway that listens on nothing', () => {
    const login = (about: Partial<ProcessRecord> = {}) => gatewayRecord(50, about);

    it.each([
      ['its parent', [botRecord(BOT), login({ ppid: BOT })]],
      ['its grandparent', [botRecord(BOT), processRecord(49, { ppid: BOT }), login({ ppid: 49 })]],
      ['its child', [login(), botRecord(BOT, undefined, { ppid: 50 })]],
      ['its parent though it is another user’s', [botRecord(BOT), login({ ppid: BOT, uid: 0 })]],
    ])('%s, which no person can lift', (_, processes) => {
      for (const include of [false, true]) {
        const verdict = verdictOf(processes, [zombie()], { include });
        expect(verdict).toEqual(denied('gateway-family'));
        expect(isLiftable(verdict)).toBe(false);
      }
    });

    it('and names the relative', () => {
      const parent = verdictOf([botRecord(BOT), login({ ppid: BOT })], [zombie()]);
      expect(verdictSentence(parent)).toBe('It is a parent of IB Gateway (50), which only you restart.');
    });

    it('but not of one that has died', () => {
      expect(verdictOf([botRecord(BOT), login({ ppid: BOT, corpse: true })], [zombie()]).kind).toBe('cleanable');
    });
  });

  describe('protects the parents of any other Java', () => {
    it('until a person includes that very process', () => {
      const processes = [botRecord(BOT), processRecord(60, { ppid: BOT }), otherJava(61, { ppid: 60 })];
      const verdict = verdictOf(processes, [zombie()]);
      expect(verdict).toEqual(denied('gateway-family'));
      expect(isLiftable(verdict)).toBe(true);
      expect(verdictSentence(verdict)).toBe(
        'It is a parent of java (61), which may be a Gateway. Include it only if you are sure that it is not a Gateway.',
      );
      expect(verdictOf(processes, [zombie()], { include: true }).kind).toBe('cleanable');
    });

    it('and not its children: an IDE starts bots', () => {
      const child = botRecord(BOT, undefined, { ppid: 61 });
      expect(verdictOf([otherJava(61), child], [zombie()]).kind).toBe('cleanable');
    });

    it.each<[string, ProcessRecord[]]>([
      ['when its arguments cannot be read', [botRecord(BOT), otherJava(61, { ppid: BOT, args: [] })]],
      ['when it has but a name', [botRecord(BOT), otherJava(61, { ppid: BOT, args: ['java'] })]],
      ['when a Gateway is among them', [botRecord(BOT), otherJava(61, { ppid: BOT }), gatewayRecord(50, { ppid: 61 })]],
      [
        'as a child, when its arguments cannot be read',
        [otherJava(61, { args: [] }), botRecord(BOT, '', { ppid: 61 })],
      ],
    ])('for good %s', (_, processes) => {
      const verdict = verdictOf(processes, [zombie()], { include: true });
      expect(verdict).toEqual(denied('gateway-family'));
      expect(isLiftable(verdict)).toBe(false);
    });

    it('for good when it serves the port', () => {
      const processes = [botRecord(BOT), otherJava(61, { ppid: BOT })];
      const holdings = [zombie(), held(61, 'LISTEN', 4002, null)];
      expect(verdictOf(processes, holdings, { include: true })).toEqual(denied('gateway-family'));
    });

    it('and offers nothing to lift where that would free nobody', () => {
      const wrapper = processRecord(BOT, { name: 'sh', executable: '/bin/sh', args: ['sh', 'spark.sh'] });
      expect(isLiftable(verdictOf([wrapper, otherJava(61, { ppid: BOT })], [zombie()]))).toBe(false);
      expect(isLiftable(verdictOf([otherJava(BOT), otherJava(61, { ppid: BOT })], [zombie()]))).toBe(false);
    });
  });

  describe('protects a process in which somebody works', () => {
    const notebook = botRecord(BOT, '', { args: ['python3', '-m', 'ipykernel_launcher', '-f', '/x/kernel.json'] });
    const debugged = botRecord(BOT, '', { args: ['python3', '-m', 'debugpy', '--listen', '5678', 'app.py'] });

    it.each([
      [notebook, 'It is a notebook. Stopping it loses everything in its memory.'],
      [debugged, 'It is a bot under a debugger. Stopping it loses everything in its memory.'],
      [
        botRecord(BOT, '', { args: ['python3'] }),
        'It is an interactive Python. Stopping it loses everything in its memory.',
      ],
    ])('until a person includes it', (process, words) => {
      const verdict = verdictOf([process], [zombie()]);
      expect(verdict).toEqual(denied('interactive'));
      expect(verdictSentence(verdict)).toBe(words);
      expect(isLiftable(verdict)).toBe(true);
      expect(verdictOf([process], [zombie()], { include: true }).kind).toBe('cleanable');
    });
  });

  it.each([
    ['another user', botRecord(BOT, undefined, { uid: 0 }), 'other-user'],
    ['a process without a start time', botRecord(BOT, undefined, { startToken: '' }), 'unproven'],
    ['a process without an executable', botRecord(BOT, undefined, { executable: null }), 'unproven'],
    ['a process with an empty executable', botRecord(BOT, undefined, { executable: '' }), 'unproven'],
    ['a corpse', botRecord(BOT, undefined, { corpse: true }), 'unproven'],
    ['a stranger', processRecord(BOT, { name: 'Safari', executable: '/Applications/Safari' }), 'not-a-bot'],
    ['a forwarder', processRecord(BOT, { name: 'socat', executable: '/usr/bin/socat' }), 'forwarder'],
    ['a Gateway that listens nowhere yet', gatewayRecord(BOT), 'gateway-program'],
  ])('protects %s', (_, process, reason) => {
    expect(verdictOf([process], [zombie()])).toEqual(denied(reason));
  });

  it('protects a user by number, never by name: "python" as a user is nobody', () => {
    const process = processRecord(BOT, { name: 'curl', executable: '/usr/bin/curl', args: ['curl', '-u', 'python'] });
    expect(verdictOf([process], [zombie()])).toEqual(denied('not-a-bot'));
  });

  it('protects a holder that is gone, or that may not be read', () => {
    expect(verdictOf([], [zombie()])).toEqual(denied('unproven'));
    expect(verdictOf([], [held(BOT, 'CLOSE_WAIT', 50_001, 4002, { uid: ME + 1 })])).toEqual(denied('other-user'));
    expect(verdictOf([], [])).toEqual(denied('unproven'));
  });

  it('protects a process whose claim on its socket the kernel denies', () => {
    expect(verdictOf([botRecord(BOT)], [zombie()], { unproven: new Set([BOT]) })).toEqual(denied('unproven'));
  });

  describe('protects itself', () => {
    it('and every parent up to pid 1', () => {
      const judge = createJudge({
        ...evidence([botRecord(800), botRecord(850, undefined, { ppid: 800 })]),
        processes: new Map(
          [
            processRecord(1, { ppid: 0 }),
            botRecord(800),
            botRecord(850, undefined, { ppid: 800 }),
            botRecord(SELF, undefined, { ppid: 850 }),
          ].map((process) => [process.pid, process]),
        ),
      });
      for (const pid of [SELF, 850, 800, 1]) expect(judge.verdict(pid)).toEqual(denied('self'));
    });

    it.each([0, 1, -1, -4312])('and %i, which is no process to signal', (pid) => {
      expect(verdictOf([], [], { pid })).toEqual(denied('self'));
    });
  });

  describe('protects a live session', () => {
    it.each([7496, 7497, 4001, 4002, 4003, 4004])('on any protected port (%i)', (port) => {
      expect(verdictOf([botRecord(BOT)], [zombie(), live(BOT, port)])).toEqual(denied('live-session'));
    });

    it('towards any host', () => {
      const abroad = held(BOT, 'ESTABLISHED', '192.168.1.5:50002', '203.0.113.9:4002');
      expect(verdictOf([botRecord(BOT)], [zombie(), abroad])).toEqual(denied('live-session'));
    });

    it('that is only being opened', () => {
      expect(verdictOf([botRecord(BOT)], [zombie(), held(BOT, 'SYN_SENT', 50_002, 4002)])).toEqual(
        denied('live-session'),
      );
    });

    it.each([
      ['a child', [botRecord(BOT), botRecord(4400, undefined, { ppid: BOT })]],
      [
        'a grandchild',
        [botRecord(BOT), processRecord(4399, { ppid: BOT }), botRecord(4400, undefined, { ppid: 4399 })],
      ],
    ])('of %s', (_, processes) => {
      const judge = createJudge(evidence(processes, [zombie(), live(4400)]));
      expect(judge.verdict(BOT)).toEqual(denied('live-session'));
      expect(judge.sessions(BOT)).toBe(1);
    });

    it('of a descendant behind a shell of its own session', () => {
      const shell = processRecord(4399, { ppid: BOT, name: 'bash', executable: '/bin/bash', sessionLeader: true });
      const worker = botRecord(4400, undefined, { ppid: 4399 });
      expect(verdictOf([botRecord(BOT), shell, worker], [zombie(), live(4400)])).toEqual(denied('live-session'));
    });

    it('but not a session on a port that nobody protects', () => {
      expect(verdictOf([botRecord(BOT)], [zombie(), live(BOT, 14_002)]).kind).toBe('cleanable');
    });

    it.each<[string, ProcessRecord[]]>([
      ['its parent', [botRecord(4312), botRecord(4400, undefined, { ppid: 4312 })]],
      [
        'its grandparent, behind a worker that leads a session',
        [
          botRecord(4312),
          botRecord(4399, undefined, { ppid: 4312, sessionLeader: true }),
          botRecord(4400, undefined, { ppid: 4399 }),
        ],
      ],
    ])('of %s: a forked worker inherits the zombie and has no session of its own', (_, processes) => {
      const judge = createJudge(evidence(processes, [zombie(4400), live(4312)]));
      expect(verdictSentence(judge.verdict(4400))).toBe(
        'Its parent runner_async.py (4312) has a live API session and may be trading.',
      );
      expect(judge.verdict(4400, true).kind).toBe('cleanable');
      expect(judge.sessions(4400)).toBe(0);
    });

    it('but not of an ancestor behind a launcher', () => {
      const shell = processRecord(4399, { ppid: 4312, name: 'zsh', executable: '/bin/zsh', sessionLeader: true });
      const processes = [botRecord(4312), shell, botRecord(4400, undefined, { ppid: 4399 })];
      expect(verdictOf(processes, [zombie(4400), live(4312)], { pid: 4400 }).kind).toBe('cleanable');
    });

    describe('and says who holds it and whether it was ever answered', () => {
      const worker = botRecord(4400, '/x/worker.py', { ppid: BOT });
      const row = (about: Parameters<typeof tcpRow>[3]) => tcpRow('ESTABLISHED', 50_002, 4002, about);
      const sentence = (...about: Parameters<typeof verdictOf>) => verdictSentence(verdictOf(...about));

      it.each([
        ['an answered one of its own', live(), 1, 'It has a live API session and may be trading.'],
        ['one of its own of which that is not known', live(), null, 'It has a live API session and may be trading.'],
        [
          'one of its own without an answer',
          live(),
          0,
          'Its API session was never answered by the Gateway, so it is probably hung. Include it if you are sure.',
        ],
        [
          'an answered one of a worker',
          live(4400),
          1,
          'Its child worker.py (4400) has a live API session and may be trading.',
        ],
        [
          'one of a worker without an answer',
          live(4400),
          0,
          'The API session of its child worker.py (4400) was never answered by the Gateway, so it is probably hung. Include it if you are sure.',
        ],
      ])('%s', (_, session, bytesReceived, words) => {
        const rows = [row({ bytesReceived })];
        expect(sentence([botRecord(BOT), worker], [zombie(), session], { rows })).toBe(words);
      });

      it('and an answered one outweighs another that was not', () => {
        const rows = [row({ bytesReceived: 0 }), tcpRow('ESTABLISHED', 50_003, 4002, { bytesReceived: 9 })];
        const both = [zombie(), live(), held(4400, 'ESTABLISHED', 50_003, 4002)];
        expect(sentence([botRecord(BOT), worker], both, { rows })).toMatch(/^Its child worker.py \(4400\) has a live/);
      });
    });

    it('through a tunnel, whose own listener is nobody’s Gateway', () => {
      const about = { protectedPorts: new Set([4002, 14_002]), tunnelPorts: new Set([14_002]) };
      expect(verdictOf([botRecord(BOT)], [zombie(), live(BOT, 14_002)], about)).toEqual(denied('live-session'));
      const ssh = processRecord(70, { name: 'ssh', executable: '/usr/bin/ssh', ppid: BOT });
      const listens = held(70, 'LISTEN', 14_002, null);
      expect(verdictOf([botRecord(BOT), ssh], [zombie(), listens], about).kind).toBe('cleanable');
      expect(verdictOf([botRecord(BOT), ssh], [zombie(), listens], { ...about, tunnelPorts: new Set() })).toEqual(
        denied('gateway-family'),
      );
    });

    it('unless a person included that very process', () => {
      expect(verdictOf([botRecord(BOT)], [zombie(), live()], { include: true }).kind).toBe('cleanable');
    });

    it('and counts a session that two processes hold once', () => {
      const child = botRecord(4400, undefined, { ppid: BOT });
      const judge = createJudge(evidence([botRecord(BOT), child], [live(), live(4400), live(4400, 7497)]));
      expect(judge.sessions(BOT)).toBe(2);
      expect(judge.sessions(BOT, 4400)).toBe(2);
    });
  });

  describe('gives the first reason in their order', () => {
    // Each process earns its own reason and all that come after it.
    const liveAndStrange = [live(), zombie()];
    const java = gatewayRecord(BOT, { uid: 0, startToken: '' });
    const cases: [string, ProcessRecord[], Holding[], string][] = [
      [
        'listener',
        [java, gatewayRecord(50, { ppid: BOT })],
        [held(BOT, 'LISTEN', 4002, null), held(50, 'LISTEN', 4001, null)],
        'gateway-listener',
      ],
      [
        'family',
        [java, gatewayRecord(50, { ppid: BOT })],
        [held(50, 'LISTEN', 4001, null), ...liveAndStrange],
        'gateway-family',
      ],
      ['program', [{ ...java, name: 'socat' }], liveAndStrange, 'gateway-program'],
      ['forwarder', [processRecord(BOT, { name: 'socat', uid: 0, startToken: '' })], liveAndStrange, 'forwarder'],
      ['user', [processRecord(BOT, { uid: 0, startToken: '' })], liveAndStrange, 'other-user'],
      ['identity', [processRecord(BOT, { startToken: '' })], liveAndStrange, 'unproven'],
      ['session', [processRecord(BOT, { name: 'ipython' })], liveAndStrange, 'live-session'],
      ['interactive', [processRecord(BOT, { name: 'ipython' })], [zombie()], 'interactive'],
      ['list', [processRecord(BOT)], [zombie()], 'not-a-bot'],
    ];

    it.each(cases)('%s', (_, processes, holdings, reason) => {
      expect(verdictOf(processes, holdings)).toEqual(denied(reason));
    });

    it.each(cases.filter(([, , , reason]) => reason !== 'live-session' && reason !== 'interactive'))(
      '%s, which including its live session does not change',
      (_, processes, holdings, reason) => {
        expect(verdictOf(processes, holdings, { include: true })).toEqual(denied(reason));
      },
    );

    it('self before another user', () => {
      const process = botRecord(SELF, undefined, { uid: 0 });
      const all = evidence([process]);
      expect(createJudge(all).verdict(SELF, true)).toEqual(denied('self'));
    });
  });
});
