import type { IpcMainInvokeEvent, WebContents, WebFrameMain } from 'electron';
import { describe, expect, it } from 'vitest';
import type { Answer } from '../../../electron/shell/panel/answer.ts';
import { bridgeClient } from '../../../electron/shell/panel/bridge-client.ts';
import { bridgePushes, serveBridge } from '../../../electron/shell/panel/bridge-main.ts';
import { createHandlers } from '../../../electron/shell/panel/handlers.ts';
import { bridge } from '../../../shared/bridge/bridge.ts';
import { bridgeShape } from '../../../shared/bridge/shape.ts';
import { fakeEngine } from '../../support/standin/fake-engine.ts';

type Listener = (event: IpcMainInvokeEvent, ...input: unknown[]) => Promise<Answer>;

const info = {
  version: '1.0.0',
  platform: 'linux',
  notificationProblem: null,
  settingsProblem: null,
  firstRun: false,
} as const;
const app = {
  info: () => info,
  doctor: async () => ({ ok: true, at: '', checks: [] }),
  copy: () => {},
  openLogs: async () => {
    throw new Error('/home/trader/logs is not there');
  },
  openNotificationSettings: async () => {},
  dismissWelcome: async () => {},
  hide: () => {},
  resize: () => {},
};

function served() {
  const listeners = new Map<string, Listener>();
  const defects: string[] = [];
  const engine = fakeEngine();
  serveBridge(createHandlers(engine, app), {
    ipcMain: { handle: (channel, listener) => void listeners.set(channel, listener as Listener) },
    owns: ({ id }) => id === 1,
    onDefect: (_thrown, channel) => defects.push(channel),
  });
  const call = (channel: string, event: IpcMainInvokeEvent, ...input: unknown[]) =>
    listeners.get(channel)?.(event, ...input);
  return { listeners, defects, engine, call };
}

/** A call from a frame at `url` in window `id`; a foreign frame is not the window's main one. */
function from({ url = 'app://panel/index.html', id = 1, main = true, gone = false } = {}): IpcMainInvokeEvent {
  const frame = { url } as WebFrameMain;
  const sender = { id, mainFrame: main ? frame : ({ url } as WebFrameMain) } as WebContents;
  return { sender, senderFrame: gone ? null : frame } as IpcMainInvokeEvent;
}

const refused = (code: string) => ({ ok: false, error: { code } });

describe('main', () => {
  it('listens on the contract’s channels and on no other', () => {
    const { listeners } = served();
    const asks = Object.entries(bridge).flatMap(([group, calls]) =>
      Object.entries(calls).flatMap(([name, call]) => (call.kind === 'ask' ? [`sexton:${group}.${name}`] : [])),
    );
    expect([...listeners.keys()].sort()).toEqual(asks.sort());
  });

  it('answers the panel', async () => {
    const { call, engine } = served();
    expect(await call('sexton:snapshot.get', from(), undefined)).toEqual({ ok: true, value: engine.snapshot() });
  });

  it.each([
    ['another window', { id: 2 }],
    ['a frame inside the panel', { main: false }],
    ['another origin', { url: 'https://example.com/index.html' }],
    ['a look-alike origin', { url: 'app://panel.example.com/index.html' }],
    ['a file', { url: 'file:///index.html' }],
    ['a frame that is gone', { gone: true }],
  ])('refuses a call from %s', async (_who, sender) => {
    const { call, engine } = served();
    expect(await call('sexton:breaker.hold', from(sender), undefined)).toEqual(refused('foreign-sender'));
    expect(engine.asked).toEqual([]);
  });

  it.each([
    ['sexton:clean.confirm', { planId: 7 }],
    ['sexton:clean.confirm', undefined],
    ['sexton:clean.plan', { includeLive: [4_312] }],
    ['sexton:clean.plan', { includeLive: Array.from({ length: 101 }, () => 'id') }],
    ['sexton:snapshot.get', 'something'],
    ['sexton:app.pause', { minutes: -1 }],
    ['sexton:app.resize', { height: Number.NaN }],
    ['sexton:app.copy', { text: 'x'.repeat(10_001) }],
    ['sexton:history.get', { range: '1y' }],
  ])('refuses %s with %o', async (channel, input) => {
    const { call, engine } = served();
    expect(await call(channel, from(), input)).toEqual(refused('bad-input'));
    expect(engine.asked).toEqual([]);
  });

  it('refuses more arguments than one', async () => {
    const { call } = served();
    expect(await call('sexton:snapshot.get', from(), undefined, { pid: 1 })).toEqual(refused('bad-input'));
  });

  it('drops fields of a payload that its schema does not name', async () => {
    const { call, engine } = served();
    await call('sexton:clean.confirm', from(), { planId: 'a', signal: 'SIGKILL', pid: 1 });
    expect(engine.asked).toEqual([{ call: 'clean', with: { planId: 'a', by: 'user' } }]);
  });

  it('keeps what a handler threw to itself', async () => {
    const { call, defects } = served();
    expect(await call('sexton:app.openLogs', from(), undefined)).toEqual(refused('failed'));
    expect(defects).toEqual(['sexton:app.openLogs']);
  });

  it('says only what the contract names as a push', () => {
    const sent: [string, unknown][] = [];
    const push = bridgePushes((channel, payload) => sent.push([channel, payload]));
    push.app.show('history');
    expect(sent).toEqual([['sexton:app.show', 'history']]);
    expect(Object.keys(push.clean)).toEqual([]);
  });
});

describe('the preload', () => {
  it('gives the page the contract’s functions and no way to choose a channel', async () => {
    const invoked: unknown[][] = [];
    const wire = {
      invoke: async (...input: unknown[]) => {
        invoked.push(input);
        return { ok: true, value: 'answer' };
      },
      on: () => wire as never,
      removeListener: () => wire as never,
    };
    const client = bridgeClient(bridgeShape(), wire);
    expect(Object.keys(client).sort()).toEqual(Object.keys(bridge).sort());
    const get = client.snapshot?.get as (...input: unknown[]) => Promise<unknown>;
    expect(await get('ignored', 'channel')).toBe('answer');
    expect(invoked).toEqual([['sexton:snapshot.get', 'ignored']]);
  });

  it('turns a refusal into a rejection that names its code', async () => {
    const wire = {
      invoke: async () => refused('bad-input'),
      on: () => wire as never,
      removeListener: () => wire as never,
    };
    const hold = bridgeClient(bridgeShape(), wire).breaker?.hold as () => Promise<unknown>;
    await expect(hold()).rejects.toThrow('bad-input');
  });

  it('gives listeners the payload without the event, until they are removed', () => {
    let hear: ((event: never, payload: unknown) => void) | null = null;
    const wire = {
      invoke: async () => undefined,
      on: (_channel: string, listener: (event: never, ...input: unknown[]) => void) => {
        hear = listener;
        return wire as never;
      },
      removeListener: () => {
        hear = null;
        return wire as never;
      },
    };
    const heard: unknown[][] = [];
    const listen = bridgeClient(bridgeShape(), wire).app?.show as (
      listener: (...input: unknown[]) => void,
    ) => () => void;
    const remove = listen((...input) => heard.push(input));
    (hear as unknown as (event: object, payload: unknown) => void)({ sender: 'secret' }, 'home');
    expect(heard).toEqual([['home']]);
    remove();
    expect(hear).toBeNull();
  });
});
