import { createRequire } from 'node:module';
import { join } from 'node:path';
import { electronRuntime, noDisplayReason } from '../../electron/engine/platform/run/electron-runtime.ts';
import { findBrowser } from '../support/browser.ts';
import { RealElectron } from '../support/electron/real-electron.ts';
import { StandIn } from '../support/standin/stand-in.ts';
import type { AppHost, LaunchOptions } from './host.ts';

const ROOT = join(import.meta.dirname, '../..');
const wantsElectron = process.env.SEXTON_E2E_HOST === 'electron';

/** Why the specs cannot run on real Electron here; `null` where they can. */
export function noElectron(): string | null {
  return electronRuntime(ROOT) === null
    ? 'its runtime is not installed (npx install-electron)'
    : noDisplayReason(process.env);
}

/** Starts the app on the host of this run. */
export async function launch(options: LaunchOptions): Promise<AppHost> {
  if (wantsElectron) {
    const runtime = electronRuntime(ROOT);
    if (runtime === null) throw new Error(`Real Electron cannot run: ${noElectron()}.`);
    return RealElectron.launch(options, runtime);
  }
  const browser = findBrowser(() => undefined);
  if ('missing' in browser) throw new Error(browser.missing);
  return StandIn.launch(options, browser.executablePath);
}

/** One line that names the host of this run; throws with one line on what is missing. */
export function describeHost(tell: (line: string) => void): void {
  if (wantsElectron) {
    const reason = noElectron();
    if (reason !== null) throw new Error(`Real Electron cannot run: ${reason}.`);
    const { version } = createRequire(import.meta.url)('electron/package.json') as { version: string };
    tell(`e2e host: real Electron ${version}`);
    return;
  }
  const browser = findBrowser(tell);
  if ('missing' in browser) throw new Error(browser.missing);
  tell(`e2e host: stand-in (built main on a double of Electron in Node, panel in ${browser.executablePath})`);
  const reason = noElectron();
  tell(`real Electron: not run${reason === null ? '; run "npm run test:electron" for it' : `: ${reason}`}`);
}
