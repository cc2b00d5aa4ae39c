import { type ReactNode, useEffect, useRef } from 'react';
import { usePanel, usePanelState } from '../panel-context.ts';
import type { BaseScreen } from '../store.ts';
import { Icon } from './icons.tsx';
import { PanelFooter } from './panel-footer.tsx';

const TITLES: Readonly<Record<BaseScreen, string>> = {
  home: 'Sexton',
  history: 'History',
  settings: 'Settings',
  restart: 'Guided restart',
  welcome: 'Welcome to Sexton',
};

/** Head, scrolling body and foot of the panel; the title takes the focus when the screen changes. */
export function PanelFrame({ screen, children }: { screen: BaseScreen; children: ReactNode }) {
  const { store, height } = usePanel();
  const covered = usePanelState((state) => state.sheet !== null);
  const title = useRef<HTMLHeadingElement>(null);
  useEffect(() => title.current?.focus({ preventScroll: true }), []);
  const go = (next: BaseScreen) => () => store.setState({ screen: next, settingsTab: 'settings' });

  return (
    <div className="panel" data-covered={covered}>
      <header className="panel-head" ref={height.panelPart}>
        {screen !== 'home' && screen !== 'welcome' && (
          <button type="button" className="icon-button" aria-label="Back" onClick={go('home')}>
            <Icon name="back" />
          </button>
        )}
        <h1 className="panel-title" tabIndex={-1} ref={title}>
          {TITLES[screen]}
        </h1>
        {screen === 'home' && (
          <>
            <button type="button" className="icon-button" aria-label="History" onClick={go('history')}>
              <Icon name="chart" />
            </button>
            <button type="button" className="icon-button" aria-label="Settings" onClick={go('settings')}>
              <Icon name="settings" />
            </button>
          </>
        )}
      </header>
      <main className="panel-body">
        <div className="panel-content" ref={height.panelPart}>
          {children}
        </div>
      </main>
      {screen !== 'welcome' && (
        <footer className="panel-foot" ref={height.panelPart}>
          <PanelFooter screen={screen} />
        </footer>
      )}
    </div>
  );
}
