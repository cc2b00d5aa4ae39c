import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import type { BridgeClient } from '../shared/bridge/bridge.ts';
import { App } from './app.tsx';
import { createClock } from './clock.ts';
import { PanelContext } from './panel-context.ts';
import { createPanelHeight } from './panel-height.ts';
import { createPanelStore, mirror } from './store.ts';
import './styles/tokens.css';
import './styles/base.css';
import './styles/controls.css';
import './styles/home.css';
import './styles/owners.css';
import './styles/sheet.css';
import './styles/restart.css';
import './styles/history.css';
import './styles/settings.css';
import './styles/contrast.css';

declare global {
  interface Window {
    /** Set by the preload script: the only way to main. */
    readonly sexton: BridgeClient;
  }
}

const root = document.getElementById('root');
if (root !== null) {
  const client = window.sexton;
  const store = createPanelStore();
  const clock = createClock(store);
  mirror(client, store, clock);
  createRoot(root).render(
    <StrictMode>
      <PanelContext value={{ client, store, clock, height: createPanelHeight(client) }}>
        <App />
      </PanelContext>
    </StrictMode>,
  );
}
