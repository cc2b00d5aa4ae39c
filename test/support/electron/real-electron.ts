import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type * as Electron from 'electron';
import type { Rectangle } from 'electron';
import { type ElectronApplication, _electron as electron, type Page } from 'playwright';
import type { MenuAction } from '../../../shared/tray-view.ts';
import type { AppHost, LaunchOptions } from '../../e2e/host.ts';
import type { AppState, NotificationState } from '../standin/wire.ts';
import { until } from '../until.ts';

const ROOT = join(import.meta.dirname, '../../..');

/** What `spy.cjs` keeps inside Electron. */
interface Spy extends Omit<NonNullable<AppState['tray']>, 'menu'> {
  tray: Electron.Tray | null;
  menu: Electron.MenuItemConstructorOptions[];
  shown: { notification: Electron.Notification; state: NotificationState }[];
  failing: 'failed' | 'unsupported' | null;
  windowsMade: number;
  opened: string[];
  /** How far the app's clocks were moved forward, in ms. */
  passed: { awake: number; asleep: number };
}

declare global {
  var sextonSpy: Spy;
}

/** The app on real Electron, unpackaged, controlled through Playwright. */
export class RealElectron implements AppHost {
  readonly kind = 'electron';
  readonly #app: ElectronApplication;
  readonly #executable: string;
  readonly #env: Record<string, string>;
  #stderr = '';

  private constructor(app: ElectronApplication, executable: string, env: Record<string, string>) {
    this.#app = app;
    this.#executable = executable;
    this.#env = env;
    app.process().stderr?.on('data', (text) => {
      // Chromium writes there too; the app's lines begin with its name.
      this.#stderr += String(text)
        .split('\n')
        .filter((line) => line.startsWith('sexton:'))
        .join('\n');
    });
  }

  static async launch({ home, env }: LaunchOptions, executablePath: string): Promise<RealElectron> {
    const inherited = Object.entries(process.env).filter((entry): entry is [string, string] => entry[1] !== undefined);
    const whole = { ...Object.fromEntries(inherited), SEXTON_HOME: home, ...env };
    const args = ['-r', join(import.meta.dirname, 'spy.cjs'), ROOT];
    const app = await electron.launch({ executablePath, args, env: whole });
    const host = new RealElectron(app, executablePath, whole);
    await until(async () => (await host.state()).tray, { what: 'the icon in the menu bar' });
    return host;
  }

  state(): Promise<AppState> {
    return this.#app.evaluate(({ BrowserWindow, clipboard, screen }): AppState => {
      const spy = globalThis.sextonSpy;
      const [window] = BrowserWindow.getAllWindows();
      const menu = spy.menu.flatMap(({ id, label = '', enabled = true, checked = false }) =>
        id === undefined ? [] : [{ id, label, enabled, checked }],
      );
      const { image, template, title, tooltip, calls } = spy;
      return {
        tray: spy.tray && { image, template, title, tooltip, menu, calls },
        panel: window
          ? { contents: window.webContents.id, visible: window.isVisible(), bounds: window.getBounds() }
          : null,
        displays: screen.getAllDisplays().map(({ workArea }) => workArea),
        windowsMade: spy.windowsMade,
        notifications: spy.shown.map(({ state }) => state),
        clipboard: String(clipboard.readText()),
        opened: spy.opened,
      };
    });
  }

  clickTray(icon: Rectangle = { x: 1_000, y: 0, width: 24, height: 24 }): Promise<void> {
    return this.#app.evaluate((_electron, bounds) => {
      globalThis.sextonSpy.tray?.emit('click', {}, bounds, { x: bounds.x, y: bounds.y });
    }, icon);
  }

  choose(action: MenuAction): Promise<void> {
    return this.#app.evaluate((_electron, id) => {
      const item = globalThis.sextonSpy.menu.find((candidate) => candidate.id === id);
      if (!item || item.enabled === false) throw new Error(`the menu offers no ${id}`);
      (item.click as () => void)();
    }, action);
  }

  async panel(): Promise<Page> {
    return until(async () => ((await this.state()).panel?.visible ? this.#app.windows()[0] : undefined), {
      what: 'the open panel',
    });
  }

  notification(index: number, event: 'click' | 'action'): Promise<void> {
    return this.#app.evaluate(
      (_electron, chosen) => {
        globalThis.sextonSpy.shown[chosen.index]?.notification.emit(chosen.event, {});
      },
      { index, event },
    );
  }

  failNotifications(how: 'failed' | 'unsupported' | null): Promise<void> {
    return this.#app.evaluate((_electron, failing) => {
      globalThis.sextonSpy.failing = failing;
    }, how);
  }

  blur(): Promise<void> {
    return this.#app.evaluate(({ BrowserWindow }) => {
      BrowserWindow.getAllWindows()[0]?.emit('blur');
    });
  }

  crash(): Promise<void> {
    return this.#app.evaluate(({ BrowserWindow }) => {
      BrowserWindow.getAllWindows()[0]?.webContents.forcefullyCrashRenderer();
    });
  }

  activate(): Promise<void> {
    return this.#app.evaluate(({ app }) => {
      app.emit('activate', {}, true);
    });
  }

  async launchAgain(): Promise<void> {
    const second = spawn(this.#executable, [ROOT], { env: this.#env, stdio: 'ignore' });
    await new Promise((resolve) => second.once('exit', resolve));
  }

  power(event: 'suspend' | 'resume' | 'on-battery' | 'on-ac'): Promise<void> {
    return this.#app.evaluate(({ powerMonitor }, name) => {
      powerMonitor.emit(name);
    }, event);
  }

  passTime(ms: number): Promise<void> {
    return this.#app.evaluate((_electron, passed) => {
      globalThis.sextonSpy.passed.awake += passed;
    }, ms);
  }

  async sleep(ms: number): Promise<void> {
    await this.power('suspend');
    await this.#app.evaluate((_electron, passed) => {
      globalThis.sextonSpy.passed.asleep += passed;
    }, ms);
    await this.power('resume');
  }

  removeDisplay(): Promise<void> {
    return this.#app.evaluate(({ screen }) => {
      screen.emit('display-removed', {}, screen.getPrimaryDisplay());
    });
  }

  /** Opens a window with a preload that may use any channel. */
  async callAsStranger(channel: string, input: unknown): Promise<unknown> {
    const folder = mkdtempSync(join(tmpdir(), 'sexton-stranger-'));
    const preload = join(folder, 'preload.js');
    writeFileSync(
      preload,
      "const { contextBridge, ipcRenderer } = require('electron'); contextBridge.exposeInMainWorld('call', (channel, input) => ipcRenderer.invoke(channel, input));",
    );
    try {
      return await this.#app.evaluate(
        async ({ BrowserWindow }, call) => {
          const stranger = new BrowserWindow({ show: false, webPreferences: { preload: call.preload, sandbox: true } });
          await stranger.loadURL('app://panel/index.html');
          const script = `call(${JSON.stringify(call.channel)}, ${JSON.stringify(call.input)})`;
          return stranger.webContents.executeJavaScript(script).finally(() => stranger.destroy());
        },
        { preload, channel, input },
      );
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }

  async leave(url: string): Promise<{ left: boolean; opened: boolean }> {
    const page = await this.panel();
    const before = page.url();
    const opened = await page.evaluate((address) => {
      const other = window.open(address);
      location.href = address;
      return other !== null;
    }, url);
    // A refused navigation leaves no trace to wait for: the page still answers, which it does after it was refused.
    await page.evaluate(() => document.title);
    return { left: page.url() !== before, opened };
  }

  async permission(name: string): Promise<boolean> {
    const page = await this.panel();
    const state = await page.evaluate(
      (asked) => navigator.permissions.query({ name: asked as PermissionName }).then((answer) => answer.state),
      name,
    );
    return state === 'granted';
  }

  fetchFile(path: string): Promise<{ status: number; headers: Record<string, string> }> {
    return this.#app.evaluate(async ({ net }, url) => {
      const answer = await net.fetch(url);
      return { status: answer.status, headers: Object.fromEntries(answer.headers) };
    }, `app://panel${path}`);
  }

  async terminal(args: readonly string[]): Promise<{ code: number | null; stdout: string }> {
    const command = spawn(this.#executable, [ROOT, '--terminal', '--', ...args], { env: this.#env });
    let stdout = '';
    command.stdout.on('data', (text) => {
      stdout += String(text);
    });
    const code = await new Promise<number | null>((resolve) => command.once('close', resolve));
    return { code, stdout };
  }

  stderr(): string {
    return this.#stderr;
  }

  async quit(): Promise<void> {
    const child = this.#app.process();
    const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    if (child.exitCode === null) await this.#app.evaluate(({ app }) => app.quit()).catch(() => undefined);
    if (child.exitCode === null) await ended;
  }
}
