import type * as Electron from 'electron';
import { Emitter, tell, world } from './world.ts';

let contentsMade = 0;

/** The contents of a window. Its page runs in the test's browser. */
export class ContentsDouble extends Emitter {
  readonly id = ++contentsMade;
  readonly mainFrame = { url: '' };
  openHandler: Parameters<Electron.WebContents['setWindowOpenHandler']>[0] | null = null;

  setWindowOpenHandler(handler: Parameters<Electron.WebContents['setWindowOpenHandler']>[0]): void {
    this.openHandler = handler;
  }

  send(channel: string, payload: unknown): void {
    tell({ tell: 'send', contents: this.id, channel, payload });
  }
}

/** A window, as far as the app uses one. */
export class BrowserWindowDouble extends Emitter {
  readonly webContents = new ContentsDouble();
  readonly #options: Electron.BrowserWindowConstructorOptions;
  #bounds: Electron.Rectangle;
  #visible = false;
  #destroyed = false;

  constructor(options: Electron.BrowserWindowConstructorOptions = {}) {
    super();
    this.#options = options;
    this.#bounds = { x: 0, y: 0, width: options.width ?? 800, height: options.height ?? 600 };
    world.window = this;
    world.windowsMade++;
    world.app?.emit('web-contents-created', {}, this.webContents);
  }

  loadURL(url: string): Promise<void> {
    const { width, height } = this.#bounds;
    this.webContents.mainFrame.url = url;
    const loaded = new Promise<void>((resolve) => this.webContents.once('did-finish-load', () => resolve()));
    const preload = this.#options.webPreferences?.preload ?? '';
    tell({ tell: 'load', contents: this.webContents.id, url, preload, width, height });
    return loaded;
  }

  show(): void {
    if (this.#visible) return;
    this.#visible = true;
    this.emit('show');
  }

  hide(): void {
    if (!this.#visible) return;
    this.#visible = false;
    this.emit('hide');
  }

  focus(): void {
    this.emit('focus');
  }

  isVisible(): boolean {
    return this.#visible;
  }

  isDestroyed(): boolean {
    return this.#destroyed;
  }

  destroy(): void {
    if (this.#destroyed) return;
    this.#destroyed = true;
    this.#visible = false;
    if (world.window === this) world.window = null;
    tell({ tell: 'destroyed', contents: this.webContents.id });
  }

  getBounds(): Electron.Rectangle {
    return this.#bounds;
  }

  setBounds(bounds: Partial<Electron.Rectangle>): void {
    this.#bounds = { ...this.#bounds, ...bounds };
    const { width, height } = this.#bounds;
    tell({ tell: 'resize', contents: this.webContents.id, width, height });
  }

  setVisibleOnAllWorkspaces(): void {}
}

/** Typed against Electron: a method whose signature changes there no longer compiles here. `on` is left out, which returns the whole class. */
export const windowIsTyped = BrowserWindowDouble satisfies new (
  options?: Electron.BrowserWindowConstructorOptions,
) => Pick<
  Electron.BrowserWindow,
  | 'loadURL'
  | 'show'
  | 'hide'
  | 'focus'
  | 'isVisible'
  | 'isDestroyed'
  | 'destroy'
  | 'getBounds'
  | 'setBounds'
  | 'setVisibleOnAllWorkspaces'
> & { webContents: Pick<Electron.WebContents, 'id' | 'setWindowOpenHandler' | 'send'> };
