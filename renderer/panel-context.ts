import { createContext, useContext, useSyncExternalStore } from 'react';
import { useStore } from 'zustand';
import type { BridgeClient } from '../shared/bridge/bridge.ts';
import type { PanelClock } from './clock.ts';
import type { PanelHeight } from './panel-height.ts';
import type { PanelState, PanelStore } from './store.ts';

/** What every component can use: the bridge to main, the mirrored state, the clock and the window's height. */
export interface Panel {
  client: BridgeClient;
  store: PanelStore;
  clock: PanelClock;
  height: PanelHeight;
}

export const PanelContext = createContext<Panel | null>(null);

/** The panel this component is part of. */
export function usePanel(): Panel {
  const panel = useContext(PanelContext);
  if (panel === null) throw new Error('A component was drawn outside of the panel.');
  return panel;
}

/** A part of the mirrored state; the component redraws when that part changes. */
export function usePanelState<Part>(select: (state: PanelState) => Part): Part {
  return useStore(usePanel().store, select);
}

/** The time in ms since the epoch, in steps of `stepMs`; it does not change while the panel is hidden. */
export function useNow(stepMs = 1_000): number {
  const { clock } = usePanel();
  const now = () => (stepMs <= 1_000 ? clock.tick() : Math.floor(clock.tick() / stepMs) * stepMs);
  return useSyncExternalStore(clock.subscribe, now);
}
