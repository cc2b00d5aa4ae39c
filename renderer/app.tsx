import { type ReactElement, useEffect } from 'react';
import { LiveRegion } from './frame/live-region.tsx';
import { PanelFrame } from './frame/panel-frame.tsx';
import { HistoryScreen } from './history/history.tsx';
import { HomeScreen } from './home/home.tsx';
import { usePanel, usePanelState } from './panel-context.ts';
import { RestartScreen } from './restart/restart.tsx';
import { ReviewSheet } from './review/review-sheet.tsx';
import { SettingsScreen } from './settings/settings.tsx';
import type { BaseScreen } from './store.ts';
import { WelcomeScreen } from './welcome.tsx';

const SCREENS: Readonly<Record<BaseScreen, () => ReactElement>> = {
  home: HomeScreen,
  history: HistoryScreen,
  settings: SettingsScreen,
  restart: RestartScreen,
  welcome: WelcomeScreen,
};

/** The whole panel: one screen, the review over it, and the voice for screen readers. */
export function App() {
  const { client } = usePanel();
  const screen = usePanelState((state) => state.screen);
  const sheet = usePanelState((state) => state.sheet);
  const Current = SCREENS[screen];

  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (event.key !== 'Escape' || event.defaultPrevented) return;
      // The browser closes an open dialog itself. The store hears of that only later, so the dialog is asked, not the store.
      if (document.querySelector('dialog[open]') !== null) return;
      client.app.hide().catch(() => {});
    };
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, [client]);

  return (
    <>
      <PanelFrame key={screen} screen={screen}>
        <Current />
      </PanelFrame>
      {sheet !== null && <ReviewSheet key={`review of ${sheet}`} purpose={sheet} />}
      <LiveRegion />
    </>
  );
}
