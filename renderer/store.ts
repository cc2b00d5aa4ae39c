import { createStore, type StoreApi } from 'zustand/vanilla';
import type { AppInfo, BridgeClient, Screen } from '../shared/bridge/bridge.ts';
import type { HistoryView } from '../shared/history.ts';
import type { Settings } from '../shared/settings/settings.ts';
import { totalZombies } from '../shared/severity.ts';
import type { Snapshot } from '../shared/snapshot.ts';

/** A screen of its own; the review lies over home. */
export type BaseScreen = Exclude<Screen, 'review'>;

/** All the panel knows: a mirror of what main sent last, and which part of it is on screen. */
export interface PanelState {
  snapshot: Snapshot | null;
  info: AppInfo | null;
  settings: Settings | null;
  /** The last hour, for the sparkline; `null` until it was read. */
  lastHour: HistoryView | null;
  /** As main says; nothing ticks while it is false. */
  visible: boolean;
  screen: BaseScreen;
  /** The review that lies over the screen: of a clean, or of the guided restart's first step. */
  sheet: 'zombies' | 'restart' | null;
  /** Which part of the settings screen is open. */
  settingsTab: 'settings' | 'doctor';
  /** `at` of the cleanup result a person has closed. */
  closedResult: string | null;
}

export type PanelStore = StoreApi<PanelState>;

/** A store that knows nothing yet. */
export function createPanelStore(): PanelStore {
  return createStore<PanelState>(() => ({
    snapshot: null,
    info: null,
    settings: null,
    lastHour: null,
    visible: false,
    screen: 'home',
    sheet: null,
    settingsTab: 'settings',
    closedResult: null,
  }));
}

/**
 * Which of two snapshots is the truth. An older `seq` is dropped; the same `seq` counts when its scan is newer
 * (a scan that changed nothing is not published). `gap` says that a snapshot in between was missed.
 */
export function acceptSnapshot(current: Snapshot | null, incoming: Snapshot): { snapshot: Snapshot; gap: boolean } {
  if (current === null) return { snapshot: incoming, gap: false };
  if (incoming.seq > current.seq) return { snapshot: incoming, gap: incoming.seq > current.seq + 1 };
  const later = incoming.seq === current.seq && incoming.scan.at > current.scan.at;
  return { snapshot: later ? incoming : current, gap: false };
}

/** How old a scan on screen may be before the panel asks again, in ms. */
const FRESH_MS = 5_000;
/** How long the sparkline may be old, in ms: history keeps one point a minute. */
const HISTORY_MS = 60_000;

/**
 * Fills the store from main and keeps it filled: answers and pushes in, nothing out. `onTick` is the panel's clock,
 * which stops while it is hidden. Returns a function that removes every listener.
 */
export function mirror(
  client: BridgeClient,
  store: PanelStore,
  clock: { now(): number; subscribe(listener: () => void): () => void },
): () => void {
  let askedAt = Number.NEGATIVE_INFINITY;
  let historyAt = Number.NEGATIVE_INFINITY;
  // A call fails only when main is gone. Then there is nobody to tell, and the next tick or push tries again.
  const quietly = <Value>(answer: Promise<Value>, take: (value: Value) => void): void =>
    void answer.then(take, () => {});

  const askHistory = (): void => {
    historyAt = clock.now();
    quietly(client.history.get({ range: '1h' }), (lastHour) => store.setState({ lastHour }));
  };
  const take = (incoming: Snapshot, pushed: boolean): void => {
    const before = store.getState().snapshot;
    const { snapshot, gap } = acceptSnapshot(before, incoming);
    if (snapshot === before) return;
    store.setState({ snapshot });
    if (gap && pushed) askSnapshot();
    const counts = before === null ? undefined : totalZombies(before.ports);
    if (store.getState().visible && counts !== totalZombies(snapshot.ports)) askHistory();
  };
  const askSnapshot = (): void => {
    askedAt = clock.now();
    quietly(client.snapshot.get(), (snapshot) => take(snapshot, false));
  };
  const setVisible = (visible: boolean): void => {
    if (store.getState().visible === visible) return;
    // Asked first, so that the tick that follows finds nothing left to ask for.
    if (visible) {
      askSnapshot();
      askHistory();
    }
    store.setState({ visible });
  };
  const onTick = (): void => {
    const { snapshot, visible } = store.getState();
    if (!visible) return;
    const now = clock.now();
    const old = snapshot === null || now - Date.parse(snapshot.scan.at) > FRESH_MS;
    if (old && now - askedAt >= FRESH_MS) askSnapshot();
    if (now - historyAt >= HISTORY_MS) askHistory();
  };
  const onFocus = (): void => setVisible(true);

  const removals = [
    client.snapshot.changed((snapshot) => take(snapshot, true)),
    client.settings.changed((settings) => store.setState({ settings })),
    client.app.infoChanged((info) => store.setState({ info })),
    client.app.show((screen) =>
      store.setState(screen === 'review' ? { screen: 'home', sheet: 'zombies' } : { screen, sheet: null }),
    ),
    client.app.visibility(setVisible),
    clock.subscribe(onTick),
  ];
  // A window with focus is visible, even if main said so before this page was listening.
  globalThis.addEventListener('focus', onFocus);
  removals.push(() => globalThis.removeEventListener('focus', onFocus));

  askSnapshot();
  quietly(client.settings.get(), (settings) => store.setState({ settings }));
  quietly(client.app.info(), (info) =>
    store.setState(info.firstRun && store.getState().screen === 'home' ? { info, screen: 'welcome' } : { info }),
  );
  return () => {
    for (const remove of removals) remove();
  };
}
