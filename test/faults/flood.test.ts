import type { IpcMainInvokeEvent, WebContents, WebFrameMain } from 'electron';
import { describe, expect, it } from 'vitest';
import type { Answer } from '../../electron/shell/panel/answer.ts';
import { serveBridge } from '../../electron/shell/panel/bridge-main.ts';
import { createHandlers } from '../../electron/shell/panel/handlers.ts';
import type { Plan, PlanError } from '../../shared/plan.ts';
import type { Result } from '../../shared/result.ts';
import { realEngine } from '../support/real-engine.ts';
import { gatewayRecord } from '../unit/clean/builders.ts';
import { Machine } from '../unit/clean/machine.ts';

type Listener = (event: IpcMainInvokeEvent, ...input: unknown[]) => Promise<Answer>;

/** The real engine behind the real bridge, on a pretend machine with one zombie. */
function served() {
  const machine = new Machine();
  machine.open('LISTEN', 4002, null, machine.spawn(gatewayRecord(50)));
  machine.zombie(machine.bot(4001));
  const platform = machine.platform();
  let looks = 0;
  const { engine, journal } = realEngine({
    ports: [4002],
    on: {
      platform: {
        ...platform,
        readTable: (...input) => {
          looks += 1;
          return platform.readTable(...input);
        },
      },
      clock: machine.clock,
    },
  });
  const listeners = new Map<string, Listener>();
  const defects: unknown[] = [];
  const nothing = async () => undefined;
  serveBridge(
    createHandlers(engine, {
      info: () => ({
        version: '1',
        platform: 'linux',
        notificationProblem: null,
        settingsProblem: null,
        firstRun: false,
      }),
      doctor: async () => ({ ok: true, at: '', checks: [] }),
      copy: nothing,
      openLogs: nothing,
      openNotificationSettings: nothing,
      dismissWelcome: nothing,
      hide: () => undefined,
      resize: () => undefined,
    }),
    {
      ipcMain: { handle: (channel, listener) => void listeners.set(channel, listener as Listener) },
      owns: ({ id }) => id === 1,
      onDefect: (thrown) => defects.push(thrown),
    },
  );
  const frame = { url: 'app://panel/index.html' } as WebFrameMain;
  const event = { sender: { id: 1, mainFrame: frame } as WebContents, senderFrame: frame } as IpcMainInvokeEvent;
  const call = async (channel: string, input?: unknown): Promise<Answer> => {
    const answer = await listeners.get(`sexton:${channel}`)?.(event, input);
    return answer ?? expect.fail(`nobody listens on ${channel}`);
  };
  return { machine, engine, journal, defects, call, looks: () => looks };
}

const planOf = (answer: Answer): Plan => {
  const plan = answer.ok ? (answer.value as Result<Plan, PlanError>) : expect.fail('refused');
  return plan.ok ? plan.value : expect.fail(plan.error.code);
};

describe('a panel that floods the engine with calls', () => {
  it('gets 2,000 plans at once answered from fewer than 20 scans', async () => {
    const { call, looks, defects, machine } = served();
    const answers = await Promise.all(Array.from({ length: 2_000 }, () => call('clean.plan', { includeLive: [] })));
    expect(answers.every(({ ok }) => ok)).toBe(true);
    expect(looks()).toBeLessThan(20);
    expect(defects).toEqual([]);
    expect(machine.hits).toEqual([]);
  });

  it('starts one clean when it confirms one plan 2,000 times', async () => {
    const { call, machine, journal } = served();
    const { id } = planOf(await call('clean.plan', { includeLive: [] }));
    const answers = await Promise.all(Array.from({ length: 2_000 }, () => call('clean.confirm', { planId: id })));
    const done = answers.filter((answer) => answer.ok && (answer.value as Result<unknown, unknown>).ok);
    expect(done).toHaveLength(1);
    expect(machine.hits.map(({ signal }) => signal)).toEqual(['SIGTERM']);
    expect(journal.filter(({ event }) => event === 'signal_planned')).toHaveLength(1);
  });

  it('stops no process when it guesses 5,000 plans, pids and signals', async () => {
    const { call, machine, journal, defects } = served();
    const guesses = Array.from({ length: 5_000 }, (_, at) => [
      { planId: String(at) },
      { planId: '4001', signal: 'SIGKILL', pid: 4001 },
      { planId: 'x'.repeat(at % 100) },
      { pid: 4001 },
      '4001',
      null,
    ]).flatMap((some, at) => some[at % some.length]);
    const answers = await Promise.all(guesses.map((guess) => call('clean.confirm', guess)));
    const obeyed = answers.filter((answer) => answer.ok && (answer.value as Result<unknown, unknown>).ok);
    expect(obeyed).toEqual([]);
    expect([machine.hits, journal, defects]).toEqual([[], [], []]);
  });

  it('gets correct counts after 3,000 other calls', async () => {
    const { call, engine, machine } = served();
    const channels = ['snapshot.get', 'breaker.reset', 'breaker.hold', 'settings.get', 'app.info', 'restart.cancel'];
    const flood = Array.from({ length: 3_000 }, (_, at) => call(channels[at % channels.length] ?? ''));
    const scans = Array.from({ length: 200 }, () => engine.scan());
    machine.zombie(machine.bot(4003));
    await Promise.all([...flood, ...scans]);
    const { ports } = await engine.scan();
    expect(ports[0]?.zombies).toEqual({ client: 2, gateway: 0, total: 2 });
  });
});
