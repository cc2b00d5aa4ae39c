import type { AppInfo, BridgeClient } from '../../../shared/bridge/bridge.ts';
import { failure, success } from '../../../shared/result.ts';
import { DEFAULT_SETTINGS, type Settings, settingsSchema } from '../../../shared/settings/settings.ts';
import { totalZombies } from '../../../shared/severity.ts';
import type { CleanResult, Snapshot } from '../../../shared/snapshot.ts';
import { planFor, restartPlanFor } from './plans.ts';
import { DOCTOR, NO_RECORD, recordOf } from './records.ts';
import type { PanelStateFixture } from './states.ts';

/** A fake engine in the page: it answers from a fixture and remembers its calls. */
export interface FakeClient {
  client: BridgeClient;
  /** Every call in order, as `group.name` and its payload. */
  calls: { name: string; input: unknown }[];
  push: {
    snapshot(snapshot: Snapshot): void;
    visibility(visible: boolean): void;
    screen(screen: Parameters<Parameters<BridgeClient['app']['show']>[0]>[0]): void;
  };
}

/** Makes the fake engine of a pictured state. */
export function fakeClient(fixture: PanelStateFixture, now: () => number = Date.now): FakeClient {
  const calls: FakeClient['calls'] = [];
  const noted = <Value>(name: string, input: unknown, value: Value): Promise<Value> => {
    calls.push({ name, input });
    return Promise.resolve(value);
  };
  const [snapshots, infos, settingses] = [new Set<(s: Snapshot) => void>(), new Set<unknown>(), new Set<unknown>()];
  const visibilities = new Set<(visible: boolean) => void>();
  const screens = new Set<Parameters<BridgeClient['app']['show']>[0]>();
  const listen =
    <Listener>(to: Set<Listener>) =>
    (listener: Listener) => {
      to.add(listener);
      return () => void to.delete(listener);
    };

  let current: Snapshot = fixture.snapshot;
  let settings: Settings = { ...DEFAULT_SETTINGS, ...fixture.settings };
  let plans = 0;
  const info: AppInfo = {
    version: '0.1.0',
    platform: 'darwin',
    notificationProblem: null,
    settingsProblem: null,
    firstRun: false,
    ...fixture.info,
  };
  const planned = (make: typeof planFor, includeLive: readonly string[]) => {
    plans += 1;
    if (plans > 1 && fixture.later !== undefined) current = { ...fixture.later, seq: current.seq + 1 };
    const [problem] = current.scan.problems;
    if (current.scan.kind === 'failed') return failure({ code: 'cannot-see', hint: problem?.hint ?? '' } as const);
    return success(make(current, includeLive, now()));
  };

  const client: BridgeClient = {
    snapshot: { get: () => noted('snapshot.get', undefined, current), changed: listen(snapshots) },
    clean: {
      plan: (input) => noted('clean.plan', input, planned(planFor, input.includeLive)),
      confirm: (input) => {
        const answer = noted('clean.confirm', input, success(resultOf(fixture)));
        return fixture.clean === 'never' ? new Promise(() => {}) : answer;
      },
    },
    breaker: {
      reset: () => noted('breaker.reset', undefined, undefined),
      hold: () => noted('breaker.hold', undefined, undefined),
    },
    restart: {
      start: () => noted('restart.start', undefined, undefined),
      advance: () => noted('restart.advance', undefined, undefined),
      cancel: () => noted('restart.cancel', undefined, undefined),
      plan: (input) => noted('restart.plan', input, planned(restartPlanFor, input.includeLive)),
    },
    settings: {
      get: () => noted('settings.get', undefined, settings),
      set: (patch) => {
        const checked = settingsSchema.safeParse({ ...settings, ...patch });
        if (checked.success) {
          settings = checked.data;
          return noted('settings.set', patch, success(settings));
        }
        const fields = checked.error.issues.map(({ path, message }) => ({ path: path.join('.'), message }));
        return noted('settings.set', patch, failure(fields));
      },
      changed: listen(settingses as Set<(settings: Settings) => void>),
    },
    history: {
      get: ({ range }) => {
        const empty = fixture.snapshot.scan.at <= new Date(0).toISOString();
        const known = current.scan.kind === 'failed' ? null : totalZombies(current.ports);
        return noted('history.get', { range }, empty ? NO_RECORD : recordOf(range, known));
      },
    },
    app: {
      info: () => noted('app.info', undefined, info),
      infoChanged: listen(infos as Set<(info: AppInfo) => void>),
      doctor: () => noted('app.doctor', undefined, DOCTOR),
      pause: (input) => noted('app.pause', input, undefined),
      copy: (input) => noted('app.copy', input, undefined),
      openLogs: () => noted('app.openLogs', undefined, undefined),
      openNotificationSettings: () => noted('app.openNotificationSettings', undefined, undefined),
      dismissWelcome: () => noted('app.dismissWelcome', undefined, undefined),
      hide: () => noted('app.hide', undefined, undefined),
      resize: (input) => noted('app.resize', input, undefined),
      show: listen(screens),
      visibility: listen(visibilities),
    },
  };
  return {
    client,
    calls,
    push: {
      snapshot: (next) => {
        current = next;
        for (const listener of snapshots) listener(next);
      },
      visibility: (visible) => {
        for (const listener of visibilities) listener(visible);
      },
      screen: (screen) => {
        for (const listener of screens) listener(screen);
      },
    },
  };
}

function resultOf(fixture: PanelStateFixture): CleanResult {
  const stopped = [
    { pid: 4312, name: 'runner_async.py', signal: 'SIGTERM' },
    { pid: 4377, name: 'websocket_server.py', signal: 'SIGKILL' },
  ] as const;
  if (fixture.clean !== 'partly') {
    const message = 'Stopped 2 bots. No zombie connections remain.';
    return { ok: true, message, stopped: [...stopped], refused: [], remaining: 0, durationMs: 2_310 };
  }
  return {
    ok: false,
    message: 'Stopped 1 bot. 4 zombie connections remain. 1 process left alone.',
    stopped: [stopped[0]],
    refused: [
      { pid: 4377, name: 'websocket_server.py', code: 'still-there', reason: 'It did not end, even after SIGKILL.' },
    ],
    remaining: 4,
    durationMs: 5_020,
  };
}
