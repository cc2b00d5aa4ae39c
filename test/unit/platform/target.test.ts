import { describe, expect, it } from 'vitest';
import { createLinuxSenders } from '../../../electron/engine/platform/linux/pidfd.ts';
import { identityOf } from '../../../electron/engine/platform/process/identity.ts';
import { openTarget } from '../../../electron/engine/platform/process/target.ts';
import type { ProcessRecord, SignalOutcome } from '../../../electron/engine/platform/types.ts';
import { success } from '../../../shared/result.ts';

const bot: ProcessRecord = {
  pid: 4312,
  ppid: 1,
  uid: 501,
  startedAt: '2026-11-21T18:25:53.000Z',
  startToken: '1@boot',
  name: 'python3',
  executable: '/usr/bin/python3',
  args: [],
  sessionLeader: false,
  corpse: false,
};

/** A sender that writes down what it was asked to do, over a process table that a test moves under it. */
function rig(first: ProcessRecord | null) {
  const state = { now: first, log: [] as string[], broken: false };
  const open = () =>
    openTarget(
      identityOf(bot),
      () => {
        state.log.push('read');
        if (state.broken) throw new Error('ps gave no answer');
        return state.now;
      },
      async () => {
        state.log.push('open');
        return success({
          send: (signal): SignalOutcome => {
            state.log.push(signal);
            return { kind: 'sent' };
          },
          close: () => void state.log.push('close'),
        });
      },
    );
  return { state, open };
}

const changes: [string, ProcessRecord | null, string][] = [
  ['ended', null, 'gone'],
  ['is a corpse', { ...bot, corpse: true, executable: null }, 'gone'],
  ['has another start time', { ...bot, startToken: '2@boot' }, 'replaced'],
  ['has another start time and is a corpse', { ...bot, startToken: '2@boot', corpse: true }, 'replaced'],
  ['belongs to another user now', { ...bot, uid: 0 }, 'replaced'],
  ['became another program', { ...bot, executable: '/usr/bin/java' }, 'replaced'],
  ['hides its program', { ...bot, executable: null }, 'replaced'],
  ['has another number', { ...bot, pid: 4313 }, 'replaced'],
];

describe('a target', () => {
  it('is opened before its identity is read, so that the process held is the one compared', async () => {
    const { state, open } = rig(bot);
    expect((await open()).ok).toBe(true);
    expect(state.log).toEqual(['open', 'read']);
  });

  it('reads the identity again right before each signal', async () => {
    const { state, open } = rig(bot);
    const target = await open();
    if (!target.ok) throw new Error('not opened');
    await target.value.signal('SIGTERM');
    await target.value.signal('SIGKILL');
    expect(state.log).toEqual(['open', 'read', 'read', 'SIGTERM', 'read', 'SIGKILL']);
  });

  it.each(changes)('is not opened when the process %s', async (_, now, kind) => {
    const { state, open } = rig(now);
    expect(await open()).toEqual({ ok: false, error: { kind } });
    expect(state.log).toEqual(['open', 'read', 'close']);
  });

  it.each(changes)('is not signalled when the process %s after it was opened', async (_, now, kind) => {
    const { state, open } = rig(bot);
    const target = await open();
    if (!target.ok) throw new Error('not opened');
    state.now = now;
    expect(await target.value.signal('SIGKILL')).toEqual({ kind });
    expect(state.log).not.toContain('SIGKILL');
  });

  it('is neither signalled nor reported as gone when the process cannot be read', async () => {
    const { state, open } = rig(bot);
    const target = await open();
    if (!target.ok) throw new Error('not opened');
    state.broken = true;
    expect(await target.value.signal('SIGTERM')).toEqual({ kind: 'failed', detail: 'ps gave no answer' });
    expect(await target.value.gone()).toBe(false);
    expect(state.log).not.toContain('SIGTERM');
  });

  it('is never signalled after it was closed, and is closed only once', async () => {
    const { state, open } = rig(bot);
    const target = await open();
    if (!target.ok) throw new Error('not opened');
    const late = target.value.signal('SIGTERM');
    target.value.close();
    target.value.close();
    expect(await late).toMatchObject({ kind: 'failed' });
    expect(await target.value.signal('SIGTERM')).toMatchObject({ kind: 'failed' });
    expect(state.log).toEqual(['open', 'read', 'read', 'close']);
  });

  it.each([0, -1, -4312, 1, 1.5, Number.NaN, process.pid])('is never opened on process %d', async (pid) => {
    let opened = false;
    const target = await openTarget(
      { ...identityOf(bot), pid },
      () => ({ ...bot, pid }),
      async () => {
        opened = true;
        return success({ send: () => ({ kind: 'sent' as const }), close: () => {} });
      },
    );
    expect(target.ok).toBe(false);
    expect(opened).toBe(false);
  });
});

describe('pidfd', () => {
  const calls =
    (open: number, send = 0) =>
    async () => ({ open: () => open, send: () => send });

  it.each([
    [-3, { ok: false, error: { kind: 'gone' } }],
    [-24, { ok: false, error: { kind: 'failed', detail: 'EMFILE' } }],
    [-22, { ok: false, error: { kind: 'failed', detail: 'EINVAL' } }],
  ])('reports errno %d of opening', async (errno, outcome) => {
    expect(await createLinuxSenders(calls(errno))(4312)).toEqual(outcome);
  });

  it.each([
    [-3, { kind: 'gone' }],
    [-1, { kind: 'not-permitted' }],
    [-22, { kind: 'failed', detail: 'EINVAL' }],
    [0, { kind: 'sent' }],
  ])('reports errno %d of sending', async (errno, outcome) => {
    const sender = await createLinuxSenders(calls(1_000_000, errno))(4312);
    expect(sender.ok && sender.value.send('SIGTERM')).toEqual(outcome);
  });
});
