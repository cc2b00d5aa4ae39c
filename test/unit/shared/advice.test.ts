import { describe, expect, it } from 'vitest';
import { advise, RECOVERY_MS } from '../../../shared/advice/advice.ts';
import { type AdviceFacts, NO_FACTS } from '../../../shared/advice/facts.ts';
import { freeableConnections } from '../../../shared/freeable.ts';
import type { OwnerState, PortState, Verdict } from '../../../shared/snapshot.ts';
import { cleanMessage, problemSentence } from '../../../shared/words/clean.ts';
import { headline, leftWords, scanWords } from '../../../shared/words/snapshot.ts';
import { verdictBadge, verdictSentence } from '../../../shared/words/verdict.ts';
import { breaker, type Look, portState, snapshotOf } from '../../support/standin/snapshots.ts';

const NOW = '2026-01-05T10:00:00.000Z';
const ago = (ms: number) => new Date(Date.parse(NOW) - ms).toISOString();
const gateway = (startedAgoMs: number): PortState['gateway'] => ({
  pid: 50,
  startedAt: ago(startedAgoMs),
  uid: 501,
  name: 'IB Gateway',
  commandLine: '',
});
const CLEANABLE: Verdict = { kind: 'cleanable', reason: 'python' };

/** An owner with a socket of its own for each of its zombies. */
function owner(about: Partial<OwnerState> = {}): OwnerState {
  const sockets = Array.from({ length: about.zombies ?? 1 }, (_, at) => ({
    local: `127.0.0.1:${50_000 + at}`,
    remote: '127.0.0.1:7497',
    state: 'CLOSE_WAIT',
    ageMs: 60_000,
    fd: '5',
  }));
  return {
    process: { pid: 4312, startedAt: '', uid: 501, name: 'runner.py', commandLine: '' },
    side: 'client',
    ports: [7497],
    zombies: 1,
    established: 0,
    oldestMs: 60_000,
    verdict: CLEANABLE,
    culprits: [],
    sockets,
    ...about,
  };
}

const running = { ...portState({ client: 1 }), gateway: gateway(86_400_000) };
const adviceFor = (look: Look, facts: Partial<AdviceFacts> = {}) =>
  advise(snapshotOf({ at: NOW, ...look }), { ...NO_FACTS, ...facts });
const kindFor = (...input: Parameters<typeof adviceFor>) => adviceFor(...input).kind;
const protectedBy = (reason: Extract<Verdict, { kind: 'protected' }>['reason']) =>
  owner({ verdict: { kind: 'protected', reason } });

describe('advice', () => {
  it('is to add the host of bots’ connections elsewhere, and to look at a Gateway that a forwarder hides', () => {
    const elsewhere = [{ address: '10.9.9.2', port: 4002, zombies: 12, established: 0, processes: [] }];
    expect(adviceFor({ elsewhere })).toMatchObject({
      kind: 'check-bot',
      text: expect.stringContaining('Add 10.9.9.2 to the Gateway hosts in the settings (gatewayHosts)'),
    });
    const process = { pid: 812, startedAt: '', uid: 0, name: 'docker-proxy', commandLine: '' };
    const zombies = { client: 0, gateway: null, total: null };
    const hidden = adviceFor({ ports: [{ ...portState({}), forwarder: process, zombies }] });
    expect(hidden).toMatchObject({ kind: 'fix-machine', text: expect.stringContaining('docker-proxy (812)') });
  });

  it('is nothing when nothing is wrong', () => {
    expect(adviceFor({})).toEqual({ kind: 'nothing', text: 'Nothing to do.' });
  });

  it('is to fix the machine when Sexton cannot see, with the fix', () => {
    expect(adviceFor({ blind: true })).toMatchObject({ kind: 'fix-machine', text: expect.stringMatching('5 s') });
  });

  it('is a restart for a jam, also when bots could be cleaned', () => {
    expect(kindFor({ ports: [{ ...running, jammed: true }], owners: [owner()] })).toBe('restart');
  });

  it('is to clean what can be cleaned, and says what that cannot free', () => {
    expect(adviceFor({ ports: [running], owners: [owner({ zombies: 4 })] })).toMatchObject({
      kind: 'clean',
      text: expect.stringMatching('4 connections'),
    });
    const held = { ...portState({ client: 1, gateway: 2 }), gateway: gateway(86_400_000) };
    expect(adviceFor({ ports: [held], owners: [owner()] }).text).toMatch('To free what IB Gateway holds, restart it');
  });

  describe('is to wait', () => {
    const restarted = { ...running, gateway: gateway(60_000) };

    it('after a restart of the Gateway that cut the connections', () => {
      expect(kindFor({ ports: [restarted], owners: [owner({ oldestMs: 90_000 })] })).toBe('wait');
      expect(
        kindFor({
          ports: [{ ...running, gateway: gateway(RECOVERY_MS) }],
          owners: [owner({ oldestMs: RECOVERY_MS + 1 })],
        }),
      ).toBe('clean');
    });

    it('but not for connections that were left after it', () => {
      expect(kindFor({ ports: [restarted], owners: [owner({ oldestMs: 30_000 })] })).toBe('clean');
    });

    it('while the Gateway is away, for as long as a restart takes', () => {
      const away = { ...portState({ client: 1 }), listening: false };
      expect(kindFor({ ports: [away], owners: [owner()] })).toBe('wait');
      expect(kindFor({ ports: [away], owners: [owner({ oldestMs: RECOVERY_MS })] })).toBe('clean');
      expect(kindFor({ ports: [away], owners: [owner({ ports: [4002] })] })).toBe('clean');
    });
  });

  it('is to check a bot that trades, or one that is not on the list', () => {
    expect(adviceFor({ ports: [running], owners: [protectedBy('live-session')] })).toMatchObject({
      kind: 'check-bot',
      text: expect.stringMatching('runner.py may be trading'),
    });
    expect(kindFor({ ports: [running], owners: [protectedBy('not-a-bot')] })).toBe('check-bot');
  });

  it('says of a session that was never answered that its bot is hung, and not that it trades', () => {
    const hung = owner({ verdict: { kind: 'protected', reason: 'live-session', unanswered: true } });
    const advice = adviceFor({ ports: [running], owners: [hung] });
    expect(advice).toMatchObject({
      kind: 'check-bot',
      text: expect.stringMatching('runner.py, so it is probably hung'),
    });
    expect(advice.text).not.toMatch('may be trading');
    expect(adviceFor({ ports: [running], owners: [hung, protectedBy('live-session')] }).text).toMatch('may be trading');
  });

  it('is to check a notebook, a debugger or a prompt by hand', () => {
    expect(adviceFor({ ports: [running], owners: [protectedBy('interactive')] })).toMatchObject({
      kind: 'check-bot',
      text: expect.stringMatching('working in runner.py'),
    });
  });

  it('is a restart at a good moment for what only the Gateway holds', () => {
    const held = { ...portState({ gateway: 3 }), listening: true, gateway: gateway(86_400_000) };
    const owners = [owner({ side: 'gateway', verdict: { kind: 'protected', reason: 'gateway-listener' }, zombies: 3 })];
    expect(adviceFor({ ports: [held], owners })).toMatchObject({
      kind: 'restart',
      text: expect.stringMatching('this can wait'),
    });
    expect(adviceFor({ ports: [held], owners, breaker: breaker('open') }).text).toMatch('Bots fail to connect');
    expect(adviceFor({ ports: [held], owners }, { failuresAfterClean: 1 })).toMatchObject({
      kind: 'restart',
      urgent: true,
    });
    expect(adviceFor({ ports: [held], owners }).urgent).toBeUndefined();
  });

  it.each<[string, Partial<AdviceFacts>, string]>([
    ['connects that go on failing', { failuresAfterClean: 2 }, 'restart'],
    ['one failed connect', { failuresAfterClean: 1 }, 'nothing'],
    ['a bot that leaves zombies again and again', { repeatOffenders: ['runner.py'] }, 'check-bot'],
    ['one "Already connected"', { alreadyConnected: 1 }, 'check-bot'],
    ['three and more "Already connected"', { alreadyConnected: 3 }, 'check-bot'],
    ['a bot that connects without the lock', { unlocked: ['runner.py'] }, 'check-bot'],
  ])('on clean ports goes by %s', (_, facts, kind) => {
    expect(kindFor({}, facts)).toBe(kind);
  });

  it('is no alarm when a bot calls connect() twice, and says what the bot should do', () => {
    const advice = adviceFor({}, { alreadyConnected: 3 });
    expect(advice.urgent).toBeUndefined();
    expect(advice.text).toMatch('isConnected()');
  });

  it.each([
    [undefined, /^IB Gateway holds 6 zombie connections\. .* this can wait\.$/],
    [1, / 1 left by a port probe\. Check the port with "sexton status"/],
    [6, / 6 left by port probes\. Check the port with "sexton status"/],
  ])('names the port probes among what the Gateway holds (%s)', (probes, text) => {
    const held = { ...portState({ gateway: 6 }), listening: true, gateway: gateway(86_400_000) };
    const holder = owner({ side: 'gateway', verdict: { kind: 'protected', reason: 'gateway-listener' }, zombies: 6 });
    const owners = [{ ...holder, ...(probes !== undefined && { probes }) }];
    expect(adviceFor({ ports: [held], owners }).text).toMatch(text);
  });

  it('is to see more when owners are missing', () => {
    expect(kindFor({ ports: [running], unattributed: 2 })).toBe('fix-machine');
  });
});

describe('the words', () => {
  const main = (look: Look) => headline(snapshotOf({ at: NOW, ...look }));

  it('distinguish missing owners from other problems of a scan', () => {
    const words = (tool: string) =>
      scanWords({ kind: 'degraded', problems: [{ code: 'tool-failed', tool, hint: '' }] });
    for (const tool of ['lsof', '/usr/sbin/lsof', 'ps']) expect(words(tool)).toMatch('not every owner');
    for (const tool of ['ss', 'netstat', 'maps']) expect(words(tool)).not.toMatch('owner');
  });

  it('never say none when the count is unknown', () => {
    expect(main({ blind: true }).main).toMatch('unknown');
  });

  it('attribute connections to bots only when all of them are theirs, each once', () => {
    const ports = [portState({ client: 4, gateway: 2 })];
    expect(main({ ports, owners: [owner({ zombies: 3 }), owner({ zombies: 1 })] })).toEqual({
      main: 'Two bots left 4 connections.',
      detail: 'The Gateway holds 2 more.',
    });
    expect(main({ ports, owners: [owner({ zombies: 3 })], unattributed: 1 }).main).toBe(
      '4 connections that bots should have closed.',
    );
    expect(main({ ports, owners: [owner({ zombies: 4 }), owner({ zombies: 4 })] }).main).toBe(
      '4 connections that bots should have closed.',
    );
  });

  it.each([
    [6, 'The Gateway holds all 6, 6 left by port probes.'],
    [1, 'The Gateway holds all 6, 1 left by a port probe.'],
  ])('say how many of them port probes left (%i)', (probes, sentence) => {
    const holder = { ...owner({ side: 'gateway', zombies: 6 }), probes };
    expect(main({ ports: [portState({ gateway: 6 })], owners: [holder] }).main).toBe(sentence);
    // A child that inherited the sockets holds the same ones.
    expect(main({ ports: [portState({ gateway: 6 })], owners: [holder, { ...holder, probes: 6 }] }).main).toMatch(
      '6 left by',
    );
    expect(leftWords({ probes, culprits: [] })).toMatch(/^\d left by /);
    expect(leftWords({ probes, culprits: [owner().process] })).toMatch(/probes?, left by runner\.py \(4312\)$/);
    expect(leftWords({ culprits: [] })).toBe('');
  });

  it('say that only a restart frees what the Gateway holds', () => {
    expect(main({ ports: [portState({ gateway: 3 })] })).toMatchObject({
      main: 'The Gateway holds all 3.',
      detail: expect.stringMatching('Only a restart'),
    });
    expect(main({ ports: [portState({ gateway: 1 })] }).main).toBe('The Gateway holds the only one.');
  });

  it('say who is connected when nothing is wrong', () => {
    const detailOf = (port: Partial<PortState>) =>
      headline(snapshotOf({ ports: [{ ...portState({}), ...port }] })).detail;
    expect(detailOf({ established: 2 })).toBe('2 live sessions on 7497.');
    expect(detailOf({})).toBe('Listening on 7497, nothing connected.');
    expect(detailOf({ listening: false })).toBe('No Gateway is listening.');
  });

  it('give a verdict a badge and a sentence', () => {
    expect([CLEANABLE, protectedBy('live-session').verdict, protectedBy('unproven').verdict].map(verdictBadge)).toEqual(
      ['Can clean', 'Live session', 'Protected'],
    );
    expect(verdictSentence({ kind: 'cleanable', reason: 'named-bot' })).toMatch('list of bots');
  });

  it.each([
    [0, 'Stopped 1 bot. No zombie connections remain.'],
    [1, 'Stopped 1 bot. 1 zombie connection remains.'],
    [3, 'Stopped 1 bot. 3 zombie connections remain.'],
    [null, 'Stopped 1 bot. The remaining connections could not be counted.'],
  ])('sum a clean up with %s left', (remaining, message) => {
    const stopped = [{ pid: 1, name: 'a', signal: 'SIGTERM' as const }];
    expect(cleanMessage({ stopped, refused: [], remaining }, { recordLost: false })).toBe(message);
  });

  it('name the tool, what about it, and the fix', () => {
    expect(problemSentence({ code: 'tool-missing', tool: 'lsof', hint: 'Install it.' })).toBe(
      'lsof is missing. Install it.',
    );
  });
});

describe('connections that can be freed', () => {
  const shared = owner().sockets;
  const protectedOwner = owner({ verdict: { kind: 'protected', reason: 'not-a-bot' }, sockets: shared });
  const isCleanable = ({ verdict }: OwnerState) => verdict.kind === 'cleanable';

  it('are those that every holder lets go', () => {
    expect(freeableConnections([owner({ zombies: 2 })], isCleanable)).toBe(2);
    expect(freeableConnections([owner({ zombies: 2 }), owner()], isCleanable)).toBe(2);
    expect(freeableConnections([owner({ zombies: 2 }), protectedOwner], isCleanable)).toBe(1);
    expect(freeableConnections([owner(), protectedOwner], isCleanable)).toBe(0);
  });

  it('are none, and cleaning is not advised, when a protected process holds the same ones', () => {
    const snapshot = snapshotOf({ ports: [portState({ client: 1 })], owners: [owner(), protectedOwner] });
    expect(advise(snapshot).kind).not.toBe('clean');
  });
});
