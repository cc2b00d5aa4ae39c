import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { goOn, goOnReason } from '../../../shared/restart/go-on.ts';
import { currentStep } from '../../../shared/restart/guide.ts';
import { beginGuide, guideStateSchema, isFinished, isOver } from '../../../shared/restart/state.ts';
import { noticeWords, waitingWords } from '../../../shared/words/restart.ts';
import {
  ANSWERED,
  AWAY,
  BACK,
  bot,
  GATEWAY,
  look,
  NEXT_GATEWAY,
  port,
  process,
  START,
  UNKNOWN,
  Walk,
  zombies,
} from './support.ts';

const NO_COMMANDS = { gatewayStartCommand: '', startCommand: '' };
const COMMANDS = { gatewayStartCommand: 'open -a Gateway', startCommand: 'make run' };

describe('the guide, in order', () => {
  it('is completed step by step by what is seen', () => {
    const walk = new Walk().see(look({ bots: [bot(1), bot(2)] }));
    expect(walk.done).toBe('00000');
    expect(walk.see(look({ bots: [bot(2)] })).done).toBe('00000');
    expect(walk.see(look()).done).toBe('10000');
    expect(walk.see(AWAY).done).toBe('11000');
    expect(walk.see(AWAY, 29).done).toBe('11000');
    expect(walk.see(AWAY, 1).done).toBe('11100');
    expect(walk.see(AWAY, 120).done).toBe('11100');
    expect(walk.see(BACK).done).toBe('11110');
    expect(walk.see(ANSWERED).done).toBe('11111');
    expect(isFinished(walk.state)).toBe(true);
    expect(walk.state.steps.map(({ at }) => at !== null)).toEqual([true, true, true, true, true]);
  });

  it('stays finished whatever comes afterwards', () => {
    const walk = new Walk().see(look()).see(AWAY).see(AWAY, 30).see(BACK).see(ANSWERED);
    expect(walk.see(AWAY, 60).see(look({ bots: [bot(1)] })).done).toBe('11111');
  });

  it('waits for the sockets of the port too', () => {
    const left = look({ ports: [port({ listening: false, closing: 2 })] });
    const walk = new Walk().see(look()).see(left).see(left, 18);
    expect(waitingWords(walk.state, walk.last)).toBe('18 s of 30 s · 2 sockets left');
    expect(walk.see(left, 20).done).toBe('11000');
    expect(waitingWords(walk.state, walk.last)).toContain('You can start the Gateway anyway');
    expect(walk.see(AWAY).done).toBe('11100');
  });

  it('says what each step waits for', () => {
    const walk = new Walk();
    const words = () => waitingWords(walk.state, walk.last);
    walk.see(
      look({ bots: [bot(4312, { kind: 'protected', reason: 'live-session' }, 1)], ports: [port(zombies(0, 3))] }),
    );
    expect(words()).toBe(
      'Waiting for 1 bot to end: runner_async.py (4312). Stopping them ends 1 live session and adds as many gateway-side connections, which the restart clears.',
    );
    walk.see(look({ ports: [port(zombies(0, 4))] }));
    expect(words()).toBe(
      'Waiting for IB Gateway to quit. It is still listening on 4002. The 4 zombie connections it holds will go with it.',
    );
    walk.see(AWAY).see(AWAY, 30).see(AWAY, 75);
    expect(words()).toContain('75 s so far; with 2FA, 60 to 240 s is normal');
    walk.see(AWAY, 200);
    expect(words()).toContain('check whether it is waiting for a login or for 2FA');
    walk.see(BACK);
    expect(words()).toBe('Waiting for a bot to connect and for the Gateway to answer it.');
    walk.see(look({ ports: [port({ gateway: NEXT_GATEWAY })], sessions: [{ port: 4002, answered: false }] }));
    expect(words()).toBe('1 session is open, but the Gateway has not answered any yet.');
    walk.see(ANSWERED);
    expect(words()).toContain('Done');
  });
});

describe('the guide, in wrong orders', () => {
  it('goes back when a bot runs again before the Gateway is up', () => {
    const walk = new Walk()
      .see(look())
      .see(AWAY)
      .see({ ...AWAY, bots: [bot(7)] }, 10);
    expect(walk.done).toBe('01000');
    expect(currentStep(walk.state)).toBe(1);
    expect(walk.state.notice).toEqual({ kind: 'bots-back', names: ['runner_async.py'] });
    // The wait went on meanwhile, and the notice has served once the bot is gone.
    expect(walk.see(AWAY, 25).done).toBe('11100');
    expect(walk.state.notice).toBeNull();
  });

  it('goes back when the Gateway returns too early, as another process', () => {
    const walk = new Walk().see(look()).see(AWAY).see(BACK, 12);
    expect(walk.done).toBe('10000');
    expect(walk.state.notice).toEqual({ kind: 'early', port: 4002, afterMs: 12_000, replaced: true });
    expect(noticeWords(walk.state.notice ?? { kind: 'gone-again', port: 1 })).toContain('after 12 s');
    expect(walk.see(AWAY).see(AWAY, 30).see(BACK).done).toBe('11110');
    expect(walk.state.notice).toBeNull();
  });

  it('lets a person accept an early return, but not of the same process', () => {
    const walk = new Walk().see(look()).see(AWAY).see(BACK, 12);
    expect(goOnReason(walk.state, walk.last, COMMANDS)).toBe('restarted-early');
    const accepted = goOn(walk.state, walk.last, COMMANDS, { wall: walk.wall, passedMs: 0 });
    expect(accepted.steps.map(({ done }) => done)).toEqual([true, true, true, true, false]);
    const blinked = new Walk().see(look()).see(AWAY).see(look(), 12);
    expect(blinked.state.notice).toMatchObject({ kind: 'early', replaced: false });
    expect(goOnReason(blinked.state, blinked.last, COMMANDS)).toBeNull();
  });

  it('notices a Gateway that was replaced between two looks', () => {
    const walk = new Walk().see(look()).see(BACK, 5);
    expect(walk.done).toBe('10000');
    expect(walk.state.notice).toMatchObject({ kind: 'early', replaced: true });
    // Nobody looked for minutes: there was time enough for all of it.
    expect(new Walk().see(look()).see(BACK, 300).done).toBe('11110');
  });

  it('goes back when the Gateway returns with zombies', () => {
    const walk = new Walk().see(look()).see(AWAY).see(AWAY, 40);
    walk.see(look({ ports: [port({ gateway: NEXT_GATEWAY, ...zombies(0, 2) })] }));
    expect(walk.done).toBe('10000');
    expect(walk.state.notice).toEqual({ kind: 'zombies', port: 4002, zombies: 2 });
    // It has been restarted all the same: a person's word cannot skip what is seen.
    expect(goOnReason(walk.state, walk.last, COMMANDS)).toBeNull();
  });

  it('goes back when the Gateway leaves again before a bot was answered', () => {
    const walk = new Walk().see(look()).see(AWAY).see(AWAY, 30).see(BACK).see(AWAY, 5);
    expect(walk.done).toBe('11100');
    expect(walk.state.notice).toEqual({ kind: 'gone-again', port: 4002 });
    expect(walk.see(BACK, 5).see(ANSWERED).done).toBe('11111');
  });

  it('copes with a Gateway that is quit before the bots are stopped', () => {
    const walk = new Walk()
      .see(look({ bots: [bot(1)] }))
      .see({ ...AWAY, bots: [bot(1)] })
      .see({ ...AWAY, bots: [bot(1)] }, 40);
    expect(walk.done).toBe('01100');
    expect(walk.see(AWAY).done).toBe('11100');
    expect(currentStep(walk.state)).toBe(4);
  });

  it('copes with bots and Gateway started in one go', () => {
    const both = { ...ANSWERED, bots: [bot(1)] };
    expect(new Walk().see(look()).see(AWAY).see(AWAY, 40).see(both).done).toBe('11111');
  });

  it('waits while a zombie came with the answered session', () => {
    const walk = new Walk().see(look()).see(AWAY).see(AWAY, 40).see(BACK);
    const dirty = { ...ANSWERED, ports: [port({ gateway: NEXT_GATEWAY, established: 1, ...zombies(1, 0) })] };
    expect(walk.see(dirty).done).toBe('11110');
    expect(waitingWords(walk.state, walk.last)).toContain('1 zombie connection came with the bots');
    expect(walk.see(ANSWERED).done).toBe('11111');
  });
});

describe('what the guide cannot see', () => {
  it('concludes nothing from a look that failed', () => {
    const walk = new Walk().see(look()).see(AWAY).see(AWAY, 10);
    const before = walk.state;
    walk.see(look({ ports: [UNKNOWN] }), 100);
    expect(walk.state).toBe(before);
    expect(waitingWords(walk.state, walk.last)).toContain('cannot see the ports');
  });

  it('concludes nothing about bots when processes cannot be read', () => {
    expect(new Walk().see(look({ bots: null })).done).toBe('00000');
    expect(new Walk().see(look()).see(look({ bots: null })).done).toBe('10000');
  });

  it('ignores scans of other ports', () => {
    const walk = new Walk().see(look());
    expect(walk.see(look({ ports: [port({ port: 7497, listening: false })] })).done).toBe('10000');
  });

  it('asks a person when unlisted programs have sessions and no bot was ever seen', () => {
    const open = look({ ports: [port({ established: 1 })], strangers: [process(901, 'research.py')] });
    const walk = new Walk().see(open);
    expect(walk.done).toBe('00000');
    expect(waitingWords(walk.state, walk.last)).toContain('research.py (901)');
    expect(goOnReason(walk.state, walk.last, COMMANDS)).toBe('no-bots-known');
    const next = goOn(walk.state, walk.last, COMMANDS, { wall: walk.wall, passedMs: 0 });
    expect(currentStep(next)).toBe(2);
  });

  it("continues without other users' bots when a person chooses to, and notices new ones", () => {
    const foreign = bot(9, { kind: 'protected', reason: 'other-user' });
    const walk = new Walk().see(look({ bots: [foreign] }));
    expect(waitingWords(walk.state, walk.last)).toContain('cannot stop runner_async.py (9)');
    walk.state = goOn(walk.state, walk.last, COMMANDS, { wall: walk.wall, passedMs: 0 });
    expect(walk.done).toBe('10000');
    expect(walk.see(look({ bots: [foreign] })).done).toBe('10000');
    expect(walk.see(look({ bots: [foreign, bot(10)] })).done).toBe('00000');
  });

  it('never skips a bot that may be stopped', () => {
    const walk = new Walk().see(look({ bots: [bot(1), bot(9, { kind: 'protected', reason: 'other-user' })] }));
    expect(goOnReason(walk.state, walk.last, COMMANDS)).toBeNull();
    expect(goOn(walk.state, walk.last, COMMANDS, { wall: walk.wall, passedMs: 0 })).toBe(walk.state);
  });

  it('sees a Gateway of another user leave and return, although its process is hidden', () => {
    const hidden = look({ ports: [port({ gateway: null })] });
    const walk = new Walk().see(hidden).see(hidden, 60);
    expect(walk.done).toBe('10000');
    expect(walk.see(AWAY).see(AWAY, 30).see(hidden).done).toBe('11110');
    const early = new Walk().see(hidden).see(AWAY).see(hidden, 5);
    expect(early.state.notice).toMatchObject({ kind: 'early', replaced: null });
  });

  it('lets a person confirm that the bots are connected where the system does not show what was answered', () => {
    const walk = new Walk().see(look()).see(AWAY).see(AWAY, 30).see(BACK);
    walk.see({ ...BACK, sessions: [{ port: 4002, answered: null }] });
    expect(walk.done).toBe('11110');
    expect(goOnReason(walk.state, walk.last, COMMANDS)).toBe('no-answer-seen');
  });

  it('can be finished without bots only when no command to start them is set', () => {
    const walk = new Walk().see(look()).see(AWAY).see(AWAY, 30).see(BACK);
    expect(goOnReason(walk.state, walk.last, COMMANDS)).toBeNull();
    expect(goOnReason(walk.state, walk.last, NO_COMMANDS)).toBe('start-later');
    expect(isFinished(goOn(walk.state, walk.last, NO_COMMANDS, { wall: walk.wall, passedMs: 0 }))).toBe(true);
  });
});

describe('which Gateway is restarted', () => {
  const tws = process(20, 'TWS');
  const both = (more = {}) => look({ ports: [port(more), port({ port: 7496, gateway: tws })] });

  it('is the one in trouble, with all ports it listens on', () => {
    expect(new Walk().see(both({ jammed: true })).state.ports?.map((one) => one.port)).toEqual([4002]);
    expect(new Walk().see(both(zombies(0, 1))).state.ports?.map((one) => one.port)).toEqual([4002]);
    const twin = look({ ports: [port({ jammed: true }), port({ port: 4001 }), port({ port: 7496, gateway: tws })] });
    expect(new Walk().see(twin).state.ports?.map((one) => one.port)).toEqual([4002, 4001]);
  });

  it('is every one that listens when none is in trouble, each followed on its own', () => {
    const walk = new Walk().see(both());
    expect(walk.state.ports?.map((one) => one.port)).toEqual([4002, 7496]);
    const oneAway = look({ ports: [port({ listening: false }), port({ port: 7496, gateway: tws })] });
    expect(walk.see(oneAway).see(oneAway, 30).done).toBe('10000');
    const oneBack = look({ ports: [port({ gateway: NEXT_GATEWAY }), port({ port: 7496, listening: false })] });
    expect(walk.see(oneBack).see(oneBack, 30).done).toBe('11100');
    expect(goOnReason(walk.state, walk.last, COMMANDS)).toBe('some-back');
    const accepted = goOn(walk.state, walk.last, COMMANDS, { wall: walk.wall, passedMs: 0 });
    expect(currentStep(accepted)).toBe(5);
  });

  it('is any that comes when none listened at the start', () => {
    const none = look({ ports: [port({ listening: false }), port({ port: 7496, listening: false })] });
    const walk = new Walk().see(none).see(none);
    expect(walk.done).toBe('11100');
    expect(walk.see(look({ ports: [port(), port({ port: 7496, listening: false })] })).done).toBe('11110');
  });

  it('is decided at the first look that sees the ports', () => {
    const walk = new Walk().see(look({ ports: [UNKNOWN] }));
    expect(walk.state.ports).toBeNull();
    expect(walk.see(look()).state.ports?.[0]?.gateway).toEqual({ pid: GATEWAY.pid, startedAt: GATEWAY.startedAt });
  });
});

describe('the life of a guide', () => {
  it('is over 10 min after it was finished and 12 h after the last step, and not because a clock was set back', () => {
    const fresh = beginGuide(START);
    expect(isOver(fresh, START + 3_600_000)).toBe(false);
    expect(isOver(fresh, START + 13 * 3_600_000)).toBe(true);
    expect(isOver(fresh, START - 48 * 3_600_000)).toBe(false);
    const finished = new Walk().see(look()).see(AWAY).see(AWAY, 30).see(BACK).see(ANSWERED);
    expect(isOver(finished.state, finished.wall + 599_000)).toBe(false);
    expect(isOver(finished.state, finished.wall + 601_000)).toBe(true);
  });

  it('keeps to its schema, moves its steps only with what it sees, and never throws, whatever comes in whatever order', () => {
    const looks = [look(), AWAY, BACK, ANSWERED, look({ ports: [UNKNOWN] }), look({ bots: null })].concat(
      look({ bots: [bot(1)] }),
      { ...AWAY, bots: [bot(2, { kind: 'protected', reason: 'other-user' })] },
      look({ ports: [port({ gateway: NEXT_GATEWAY, ...zombies(1, 2) })] }),
      look({ ports: [port({ gateway: null, established: 3 })] }),
    );
    const event = fc.record({
      at: fc.nat(looks.length - 1),
      seconds: fc.nat(400),
      push: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(event, { maxLength: 40 }), (events) => {
        const walk = new Walk();
        for (const { at, seconds, push } of events) {
          walk.see(looks[at] ?? look(), seconds);
          if (push) walk.state = goOn(walk.state, walk.last, NO_COMMANDS, { wall: walk.wall, passedMs: 0 });
          expect(guideStateSchema.safeParse(walk.state).error).toBeUndefined();
          expect(waitingWords(walk.state, walk.last)).not.toMatch(/undefined|NaN|Infinity|null/);
          const listening = walk.last.ports[0]?.listening;
          if (listening === true && !isFinished(walk.state)) expect([1, 2, 5]).toContain(currentStep(walk.state));
        }
      }),
    );
  });
});
