import type { Rectangle } from 'electron';
import { type Browser, chromium, type Page } from 'playwright';
import type { MenuAction } from '../../../shared/tray-view.ts';
import type { AppHost, LaunchOptions } from '../../e2e/host.ts';
import { browserArguments } from '../browser.ts';
import { until } from '../until.ts';
import { MainProcess } from './main-process.ts';
import { openPage, pushInto } from './page.ts';
import type { AppState, Notice, ServedFile } from './wire.ts';

const ICON: Rectangle = { x: 1_200, y: 0, width: 24, height: 24 };

/** The app on the stand-in: main in Node on a double of Electron, the panel in a real Chromium. */
export class StandIn implements AppHost {
  readonly kind = 'stand-in';
  readonly #browser: Browser;
  readonly #env: Readonly<Record<string, string>>;
  readonly #main: MainProcess;
  readonly #pages = new Map<number, Page>();
  /** What main does with its windows is followed in order. */
  #following: Promise<unknown> = Promise.resolve();
  readonly #problems: string[] = [];
  #quitting = false;

  private constructor(browser: Browser, { home, env }: LaunchOptions) {
    this.#browser = browser;
    this.#env = { SEXTON_HOME: home, ...env };
    this.#main = new MainProcess(this.#env, (notice) => {
      this.#following = this.#following
        .then(() => this.#follow(notice))
        .catch((thrown: unknown) => {
          // The browser closes while main is still closing its windows.
          if (!this.#quitting) this.#problems.push(String(thrown));
        });
    });
  }

  static async launch(options: LaunchOptions, executablePath: string): Promise<StandIn> {
    const browser = await chromium.launch({ executablePath, args: browserArguments() });
    const host = new StandIn(browser, options);
    try {
      await until(async () => (await host.state()).tray, { what: 'the icon in the menu bar' });
      return host;
    } catch (thrown) {
      host.#main.kill();
      await browser.close();
      throw thrown;
    }
  }

  async #follow(notice: Notice): Promise<void> {
    const page = this.#pages.get(notice.contents);
    switch (notice.tell) {
      case 'load': {
        const opened = await openPage(this.#browser, this.#main, notice);
        opened.on('pageerror', (error) => this.#problems.push(`page: ${error.stack ?? error.message}`));
        this.#pages.set(notice.contents, opened);
        await this.#main.order({ do: 'loaded', contents: notice.contents });
        return;
      }
      case 'resize':
        await page?.setViewportSize({ width: notice.width, height: notice.height });
        return;
      case 'send':
        if (page) await pushInto(page, notice.channel, notice.payload);
        return;
      case 'destroyed':
        this.#pages.delete(notice.contents);
        await page?.close();
    }
  }

  state(): Promise<AppState> {
    return this.#main.order({ do: 'state' });
  }

  clickTray(bounds: Rectangle = ICON): Promise<void> {
    return this.#main.order({ do: 'click-tray', bounds });
  }

  choose(id: MenuAction): Promise<void> {
    return this.#main.order({ do: 'choose', id });
  }

  async panel(): Promise<Page> {
    return until(
      async () => {
        const { panel } = await this.state();
        await this.#following;
        return panel?.visible ? this.#pages.get(panel.contents) : undefined;
      },
      { what: 'the open panel' },
    );
  }

  notification(index: number, event: 'click' | 'action'): Promise<void> {
    return this.#main.order({ do: 'notification', index, event });
  }

  failNotifications(how: 'failed' | 'unsupported' | null): Promise<void> {
    return this.#main.order({ do: 'fail-notifications', how });
  }

  blur(): Promise<void> {
    return this.#main.order({ do: 'blur' });
  }

  crash(): Promise<void> {
    return this.#main.order({ do: 'crash' });
  }

  activate(): Promise<void> {
    return this.#main.order({ do: 'app', event: 'activate' });
  }

  async launchAgain(): Promise<void> {
    await new MainProcess(this.#env, () => undefined).exited;
  }

  power(event: 'suspend' | 'resume' | 'on-battery' | 'on-ac'): Promise<void> {
    return this.#main.order({ do: 'power', event });
  }

  passTime(ms: number): Promise<void> {
    return this.#main.order({ do: 'pass-time', ms, asleep: false });
  }

  async sleep(ms: number): Promise<void> {
    await this.power('suspend');
    await this.#main.order({ do: 'pass-time', ms, asleep: true });
    await this.power('resume');
  }

  removeDisplay(): Promise<void> {
    return this.#main.order({ do: 'remove-display' });
  }

  callAsStranger(channel: string, input: unknown): Promise<unknown> {
    const frame = { url: 'app://panel/index.html', main: true };
    return this.#main.order({ do: 'invoke', contents: 0, frame, channel, input: [input] });
  }

  async leave(url: string): Promise<{ left: boolean; opened: boolean }> {
    const { prevented, opened } = await this.#main.order<{ prevented: boolean; opened: boolean }>({
      do: 'navigate',
      url,
    });
    return { left: !prevented, opened };
  }

  async permission(name: string): Promise<boolean> {
    const answer = await this.#main.order<{ requested: boolean; checked: boolean }>({ do: 'permission', name });
    return answer.requested || answer.checked;
  }

  async fetchFile(path: string): Promise<{ status: number; headers: Record<string, string> }> {
    const file = await this.#main.order<ServedFile | null>({ do: 'request', url: `app://panel${path}`, method: 'GET' });
    return { status: file?.status ?? 0, headers: file?.headers ?? {} };
  }

  async terminal(args: readonly string[]): Promise<{ code: number | null; stdout: string }> {
    const command = new MainProcess(this.#env, () => undefined, ['--terminal', '--', ...args]);
    const code = await command.exited;
    return { code, stdout: command.stdout() };
  }

  stderr(): string {
    return [this.#main.stderr(), ...this.#problems].join('');
  }

  async quit(): Promise<void> {
    this.#quitting = true;
    // An app that has ended cannot be quit.
    await this.#main.order({ do: 'quit' }).catch(() => undefined);
    const ended = await Promise.race([
      this.#main.exited.then(() => true),
      new Promise<boolean>((resolve) => setTimeout(resolve, 15_000, false).unref()),
    ]);
    if (!ended) this.#main.kill();
    await this.#browser.close();
    if (!ended) throw new Error(`The app did not quit within 15 s. ${this.stderr()}`);
  }
}
