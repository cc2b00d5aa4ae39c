import { isDeepStrictEqual } from 'node:util';
import { advise } from '../../shared/advice/advice.ts';
import type { FieldError } from '../../shared/bridge/bridge.ts';
import type { PlanError } from '../../shared/plan.ts';
import { failure, type Result, success } from '../../shared/result.ts';
import type { Settings } from '../../shared/settings/settings.ts';
import { severity } from '../../shared/severity.ts';
import type { CleanedBy, CleanResult, Problem } from '../../shared/snapshot.ts';
import { problemSentence } from '../../shared/words/clean.ts';
import type { Engine, PlanRequest } from './api.ts';
import { timestamp } from './clock.ts';
import { AutoCleaner } from './core/auto-cleaner.ts';
import { Cleaning } from './core/cleaning.ts';
import { initialSnapshot } from './core/initial.ts';
import { Loop } from './core/loop.ts';
import { Store } from './core/store.ts';
import { type Scan, Watcher } from './core/watcher.ts';
import { HandshakeWatch } from './observe/handshakes.ts';
import type { EngineParts } from './parts.ts';
import { type AppEvent, alertEvent, appEvent, settingsChanged } from './record/journal/entries.ts';
import { fieldErrorsOf } from './record/settings/file.ts';

/** A scan this recent may serve for a plan: every target is proved again before it is signalled anyway. */
const PLAN_SCAN_MAX_AGE_MS = 500;

/** Creates an engine. It scans when asked, and on its own between `start` and `stop`. */
export function createEngine(parts: EngineParts): Engine {
  const { platform, clock, journal, mirrors, guide, recorder } = parts;
  const settings = () => parts.settings.current();
  const watcher = new Watcher({ platform, clock, settings, ports: parts.ports, counting: parts.counting });
  const cleaning = new Cleaning({ platform, clock, watcher, journal, settings, isRestartBot: guide.isBot });
  const autoCleaner = new AutoCleaner(clock, platform.self);
  const handshakes = new HandshakeWatch();
  const facts = () => ({ ...mirrors.facts(), unlocked: handshakes.names() });
  const store = new Store(
    initialSnapshot(settings(), watcher.ports(), clock.wall()),
    (snapshot) => ({ level: severity(snapshot, settings()), advice: advise(snapshot, facts()) }),
    () => timestamp(clock.wall()),
  );
  const settingsListeners = new Set<(settings: Settings) => void>();
  const loop = new Loop(clock, turn, () => settings().intervalMs);
  let started = false;
  let scanning: Promise<Scan> | null = null;
  let rescan: Promise<Scan> | null = null;
  let lastScan: { scan: Scan; at: number; tookMs: number } | null = null;

  /** Overlapping scans are merged; a call during a scan gets the next one, which cannot miss anything. */
  function look(owners: 'auto' | 'always'): Promise<Scan> {
    if (scanning === null) {
      scanning = lookNow(owners).finally(() => {
        scanning = null;
      });
      return scanning;
    }
    rescan ??= scanning
      .catch(() => undefined)
      .then(() => {
        rescan = null;
        return look('always');
      });
    return rescan;
  }

  async function lookNow(owners: 'auto' | 'always'): Promise<Scan> {
    const began = clock.now();
    const [scan, mirrored] = await Promise.all([watcher.scan(owners), mirrors.read(settings())]);
    lastScan = { scan, at: clock.now(), tookMs: clock.now() - began };
    if (parts.app) autoCleaner.note(scan);
    const lock = (mirrored.lock ?? store.current().lock).kind;
    if (scan.look) handshakes.see(scan.look.sessions, lock, (session) => watcher.clientOf(session), clock.now());
    store.commit({ ...scan.parts, scan: { ...scan.parts.scan, problems: allProblems(scan) }, ...mirrored });
    const restart = await guide.observe(store.current(), scan.look?.sessions ?? null, scan.proof);
    // The guide reads and writes files of its own.
    store.commit({ restart, scan: { ...store.current().scan, problems: allProblems(scan) } });
    return scan;
  }

  /** The scan's own problems, and those of Sexton's files and of the files that the settings name. */
  function allProblems({ parts: { scan } }: Scan): Problem[] {
    const found = mirrors.problems();
    // The earlier check and the write itself find the same problem.
    const written = recorder.problems().filter(({ tool }) => !found.some((problem) => problem.tool === tool));
    return [...scan.problems, ...found, ...written];
  }

  /** An error in our own code must be reported and must not end the watching. */
  async function turn(): Promise<void> {
    try {
      await tick();
    } catch (thrown) {
      const hint = `An unexpected fault: ${thrown instanceof Error ? thrown.message : String(thrown)}.`;
      const problem = { code: 'tool-failed', tool: 'sexton', hint } as const;
      store.commit(watcher.unknown(problem).parts);
    }
  }

  async function tick(): Promise<void> {
    await followSettingsFile();
    const { paused, ...mirrored } = await mirrors.read(settings());
    // A person following the guided restart needs scans, even when paused.
    if (paused && parts.app && store.current().restart === null) {
      store.commit({ ...mirrored, paused, scan: { ...store.current().scan, kind: 'stale' } });
      loop.setUnsettled(false);
      return;
    }
    const scan = await look('auto');
    const close = scan.changed || (parts.app && autoCleaner.isWaiting(scan, settings()));
    loop.noteScan(close, (scan.look?.zombies.size ?? 0) > 0);
    await recorder.tick(store.current(), settings());
    if (!paused) await cleanAutomatically(scan);
  }

  async function cleanAutomatically(scan: Scan): Promise<void> {
    if (!parts.app) return;
    const covers = autoCleaner.coverage(store.current(), settings());
    if (covers === null || scan.proof === null || cleaning.busy || scan.parts.scan.kind === 'failed') return;
    const plan = await cleaning.plan(scan.proof, 0, { purpose: 'zombies', includeLive: [], covers });
    if (plan.targets.length === 0) return;
    autoCleaner.noteClean();
    await clean(plan.id, 'auto');
  }

  async function plan(request: PlanRequest): ReturnType<Engine['plan']> {
    if (cleaning.busy) return failure({ code: 'busy' });
    // The guided restart's bots may hold no socket that changed: only a fresh reading of the processes lists them all.
    const fresh =
      request.purpose === 'zombies' &&
      lastScan !== null &&
      clock.now() - lastScan.at < PLAN_SCAN_MAX_AGE_MS &&
      lastScan.scan.ownersRead;
    const began = clock.now();
    const scan = fresh && lastScan?.scan.proof ? lastScan.scan : await look('always');
    const tookMs = lastScan && scan === lastScan.scan ? lastScan.tookMs : clock.now() - began;
    if (scan.proof === null || hidesOwners(scan)) return failure({ code: 'cannot-see', hint: blindHint(scan) });
    return success(await cleaning.plan(scan.proof, tookMs, request));
  }

  async function clean(planId: string, by: CleanedBy): Promise<Result<CleanResult, PlanError>> {
    const before = store.current().cleanup;
    const since = timestamp(clock.wall());
    const outcome = await cleaning
      .confirm(planId, by, () => store.commit({ cleanup: { kind: 'running', since } }))
      .catch((thrown: unknown) => {
        // An error in our own code must not leave a clean running forever.
        store.commit({ cleanup: before });
        throw thrown;
      });
    if (outcome.ok) {
      store.commit({ cleanup: { kind: 'done', at: timestamp(clock.wall()), by, result: outcome.value } });
      await look('always');
    } else if (outcome.error.code === 'cannot-see') store.commit({ cleanup: before });
    return outcome;
  }

  async function followSettingsFile(): Promise<void> {
    const before = settings();
    const loaded = await parts.settings.reloadIfChanged();
    if (loaded !== null) settingsTaken(before, 'file');
  }

  function settingsTaken(before: Settings, from: 'user' | 'file'): void {
    const now = settings();
    const names = Object.keys(now).filter(
      (name) => !isDeepStrictEqual(now[name as keyof Settings], before[name as keyof Settings]),
    );
    if (names.length === 0) return;
    watcher.settingsChanged();
    loop.wake();
    void journal.append(settingsChanged(timestamp(clock.wall()), names, from));
    for (const listener of [...settingsListeners]) listener(now);
  }

  async function setSettings(patch: Readonly<Record<string, unknown>>): Promise<Result<Settings, FieldError[]>> {
    const before = settings();
    const saved = await parts.settings.save(patch);
    if (!saved.ok) return failure(fieldErrorsOf(saved.error));
    settingsTaken(before, 'user');
    return saved;
  }

  function noteApp(event: AppEvent['event'], until: string | null = null): void {
    const { version, app } = parts;
    const program = app ? 'app' : 'command';
    void journal.append(appEvent(timestamp(clock.wall()), event, { program, version, pid: platform.self.pid, until }));
  }

  const refreshMirrors = async () => {
    store.commit(await mirrors.read(settings()));
  };

  return {
    snapshot: () => store.current(),
    subscribe: (listener) => store.subscribe(listener),
    start: async () => {
      started = true;
      if (parts.app) noteApp('app_started');
      await look('auto');
      watcher.settle();
      loop.start();
    },
    stop: async () => {
      await loop.stop();
      if (started && parts.app) noteApp('app_stopped');
      started = false;
      await recorder.stop();
      await journal.flush();
    },
    scan: async () => {
      await look('auto');
      return store.current();
    },
    plan,
    clean,
    resetBreaker: async () => {
      await parts.breaker.reset();
      await refreshMirrors();
    },
    holdBreaker: async () => {
      await parts.breaker.hold();
      await refreshMirrors();
    },
    settings,
    setSettings,
    subscribeSettings: (listener) => {
      settingsListeners.add(listener);
      return () => settingsListeners.delete(listener);
    },
    startRestart: async () => {
      store.commit({ restart: await guide.start(store.current()) });
    },
    advanceRestart: async () => {
      store.commit({ restart: await guide.advance(store.current()) });
    },
    cancelRestart: async () => {
      await guide.cancel();
      store.commit({ restart: null });
    },
    history: (range) => recorder.view(range),
    pause: async (durationMs) => {
      const before = await parts.pause.read();
      const set = await parts.pause.set(durationMs);
      if (!set.ok) return set;
      const until = set.value === null ? null : timestamp(set.value.getTime());
      if (until !== null) noteApp('paused', until);
      else if (before !== null) noteApp('resumed');
      await refreshMirrors();
      loop.wake();
      return success(until);
    },
    noteAlerts: (changes) => {
      const at = timestamp(clock.wall());
      for (const { kind, severity: level, text } of changes) {
        void journal.append(alertEvent(at, `alert_${kind}`, level, text));
      }
    },
    setAttention: (attention) => {
      if (attention.asleep === true) markStale(store);
      loop.setAttention(attention);
    },
  };
}

function markStale(store: Store): void {
  const { scan } = store.current();
  if (scan.kind !== 'failed') store.commit({ scan: { ...scan, kind: 'stale' } });
}

/** A silent `lsof` is no answer: it must not decide who is in a plan and who is not. */
function hidesOwners({ parts }: Scan): boolean {
  return parts.scan.problems.some(({ tool, code }) => tool === 'lsof' && code === 'tool-failed');
}

function blindHint(scan: Scan): string {
  const [problem] = scan.parts.scan.problems;
  return problem ? problemSentence(problem) : 'The owners of the connections could not be read.';
}
