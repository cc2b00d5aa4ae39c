import { describe, expect, it } from 'vitest';
import {
  compareIdentity,
  hasEnded,
  identityOf,
  isSameProcess,
  isSignallable,
  lives,
} from '../../../electron/engine/platform/process/identity.ts';
import { isAlive } from '../../../electron/engine/platform/process/key.ts';
import { ProcessMap } from '../../../electron/engine/platform/process/process-map.ts';
import type { ProcessRecord } from '../../../electron/engine/platform/types.ts';
import { success } from '../../../shared/result.ts';
import { isSameShown } from '../../../shared/same-process.ts';

/** 2026-11-21 18:25:53 UTC as each system's source writes it. */
const LINUX = '884412@5f0c9a34-8a3d-4c53-a8f1-16e03a5ad1bb';
const PS = '2026-11-21T18:25:53.000Z';
const LIBPROC = '1795285553.250417#991';

const bot: ProcessRecord = {
  pid: 4312,
  ppid: 1,
  uid: 501,
  startedAt: PS,
  startToken: LINUX,
  name: 'python3',
  executable: '/usr/bin/python3',
  args: [],
  sessionLeader: false,
  corpse: false,
};

const tokens: [what: string, one: string, other: string, same: boolean][] = [
  ['the same ticks of the same boot', LINUX, LINUX, true],
  ['one tick later', LINUX, LINUX.replace('884412', '884413'), false],
  ['the same ticks of another boot', LINUX, '884412@0b6e3c55-0000-4000-8000-000000000000', false],
  ['the same second of ps', PS, PS, true],
  ['the next second of ps', PS, '2026-11-21T18:25:54.000Z', false],
  ['the same moment and id of libproc', LIBPROC, LIBPROC, true],
  ['the same moment of libproc under another id', LIBPROC, '1795285553.250417#992', false],
  ['another microsecond of libproc', LIBPROC, '1795285553.250418#991', false],
  ['a moment of libproc within the second of ps', LIBPROC, PS, true],
  ['the first microsecond of the second of ps', '1795285553.000000#991', PS, true],
  ['the last microsecond of the second of ps', '1795285553.999999#991', PS, true],
  ['the microsecond before the second of ps', '1795285552.999999#991', PS, false],
  ['the microsecond after the second of ps', '1795285554.000000#991', PS, false],
  ['Linux and ps', LINUX, PS, false],
  ['Linux and libproc', LINUX, LIBPROC, false],
  ['two unknown starts', '', '', false],
  ['an unknown start and a known one', '', PS, false],
  ['words that are no start time', 'never', PS, false],
  ['a year that is no date and libproc', LIBPROC, '2026-99-99T99:99:99.000Z', false],
  ['libproc with too few digits and ps', '1795285553.25#991', PS, false],
];

describe('the same process', () => {
  it.each(tokens)('by start time: %s', (_, one, other, same) => {
    expect(isSameProcess({ pid: 7, startToken: one }, { pid: 7, startToken: other })).toBe(same);
    expect(isSameProcess({ pid: 7, startToken: other }, { pid: 7, startToken: one })).toBe(same);
    expect(isSameProcess({ pid: 7, startToken: one }, { pid: 8, startToken: other })).toBe(false);
  });

  it.each([
    ['is there', bot, true],
    ['became another program', { ...bot, executable: '/bin/sh' }, true],
    ['is a corpse', { ...bot, corpse: true }, false],
    ['has given its pid to another', { ...bot, startToken: PS }, false],
    ['is gone', undefined, false],
  ] as const)('lives when it %s: %o', (_, now, alive) => {
    expect(lives(bot, now)).toBe(alive);
    expect(hasEnded(identityOf(bot), now ?? null)).toBe(!alive);
  });

  it('is not taken for ended because another source tells its start more coarsely', () => {
    const seen = { ...bot, startToken: LIBPROC };
    expect(hasEnded(identityOf(seen), { ...bot, startToken: PS })).toBe(false);
    expect(lives(seen, { ...bot, startToken: PS })).toBe(true);
  });
});

describe('the process that may be signalled', () => {
  it.each([
    ['the very same', bot, 'same'],
    ['nobody', null, 'gone'],
    ['its corpse', { ...bot, corpse: true, executable: null }, 'gone'],
    ['another user’s', { ...bot, uid: 0 }, 'replaced'],
    ['another program', { ...bot, executable: '/bin/sh' }, 'replaced'],
    ['a program that hides', { ...bot, executable: null }, 'replaced'],
    ['another start', { ...bot, startToken: `${LINUX}0` }, 'replaced'],
    ['another pid', { ...bot, pid: 4313 }, 'replaced'],
  ] as const)('%s', (_, now, answer) => {
    expect(compareIdentity(identityOf(bot), now)).toBe(answer);
  });

  it('must have the exact start time: one that is only as good is not enough', () => {
    const seen = { ...bot, startToken: LIBPROC };
    expect(compareIdentity(identityOf(seen), { ...seen, startToken: PS })).toBe('replaced');
    expect(compareIdentity(identityOf({ ...bot, startToken: PS }), seen)).toBe('replaced');
  });

  it.each([
    [0, false],
    [1, false],
    [-4312, false],
    [4312.5, false],
    [99, false],
    [4312, true],
  ])('is never a group, init or Sexton: pid %d', (pid, allowed) => {
    expect(isSignallable(pid, 99)).toBe(allowed);
  });
});

describe('a process that a file names', () => {
  const reading = (...records: ProcessRecord[]) => ({
    readProcessesOf: async () => success(new Map(records.map((record) => [record.pid, record]))),
  });

  it.each([
    ['by the same source', LIBPROC, LIBPROC, true],
    ['by ps, read again by libproc', PS, LIBPROC, true],
    ['by libproc, read again by ps', LIBPROC, PS, true],
    ['without its start', '', PS, true],
    ['and whose pid another one has', PS, '1795285560.000001#1200', false],
  ])('%s is alive: %s, %s', async (_, stored, now, alive) => {
    expect(await isAlive(reading({ ...bot, startToken: now }), { pid: bot.pid, startToken: stored })).toBe(alive);
  });

  it('is not alive as a corpse, or when nobody has its pid', async () => {
    expect(await isAlive(reading({ ...bot, corpse: true }), bot)).toBe(false);
    expect(await isAlive(reading(), bot)).toBe(false);
  });
});

describe('what is remembered of processes', () => {
  it('is found by the same process from any source, and never by the next one with its pid', () => {
    const memory = new ProcessMap<string>();
    memory.set({ pid: 7, startToken: PS }, 'session');
    expect(memory.get({ pid: 7, startToken: LIBPROC })).toBe('session');
    expect(memory.get({ pid: 8, startToken: PS })).toBeUndefined();
    expect(memory.get({ pid: 7, startToken: '1795285560.000001#1200' })).toBeUndefined();
    memory.set({ pid: 7, startToken: '1795285560.000001#1200' }, 'none');
    expect(memory.get({ pid: 7, startToken: PS })).toBeUndefined();
    memory.keepWhere((value) => value !== 'none');
    expect(memory.get({ pid: 7, startToken: '1795285560.000001#1200' })).toBeUndefined();
  });
});

describe('the same process as another program showed it', () => {
  it.each([
    ['the same moment', PS, true],
    ['2 s later', '2026-11-21T18:25:55.000Z', true],
    ['2 s earlier', '2026-11-21T18:25:51.000Z', true],
    ['more than 2 s later', '2026-11-21T18:25:55.001Z', false],
    ['more than 2 s earlier', '2026-11-21T18:25:50.999Z', false],
    ['no time at all', '', false],
  ])('%s', (_, startedAt, same) => {
    expect(isSameShown({ pid: 7, startedAt: PS }, { pid: 7, startedAt })).toBe(same);
    expect(isSameShown({ pid: 7, startedAt }, { pid: 7, startedAt: PS })).toBe(same);
    expect(isSameShown({ pid: 7, startedAt: PS }, { pid: 8, startedAt })).toBe(false);
  });
});
