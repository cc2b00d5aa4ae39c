import './without-eval.ts';
import { type FakeClient, fakeClient } from './fake-client.ts';
import { STATES, type StateName } from './states.ts';

declare global {
  interface Window {
    /** Which state the page shows; set before this script runs. */
    panelState: StateName;
    /** The fake engine, which tests inspect and push snapshots through. */
    fakePanel: FakeClient;
  }
}

// Runs before the panel's own script, where the preload would.
const fake = fakeClient(STATES[window.panelState]);
window.fakePanel = fake;
Object.defineProperty(window, 'sexton', { value: fake.client });
