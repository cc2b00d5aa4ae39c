import type { BrowserWindow, BrowserWindowConstructorOptions, Rectangle, Screen as Screens } from 'electron';
import type { Screen } from '../../../shared/bridge/bridge.ts';
import { isNowhere, PANEL_WIDTH, panelBounds } from './position.ts';
import { PANEL_URL } from './protocol.ts';

/** A click on the icon first takes the focus from the panel, so a click within this time was meant to close it. */
const BLUR_CLICK_MS = 200;

/** What the panel needs from outside. */
export interface PanelParts {
  createWindow(): BrowserWindow;
  screens: Pick<Screens, 'getDisplayMatching' | 'getDisplayNearestPoint' | 'getCursorScreenPoint'>;
  /** Monotonic milliseconds. */
  now(): number;
  /** The panel was shown or hidden. */
  onVisibility(visible: boolean): void;
  /** Tells the page which screen to show. */
  onShow(screen: Screen): void;
}

/** How the panel's window is made: no frame, no Node, isolated and sandboxed. */
export function panelOptions(preload: string, isMac: boolean): BrowserWindowConstructorOptions {
  return {
    width: PANEL_WIDTH,
    height: 420,
    show: false,
    frame: false,
    resizable: false,
    movable: false,
    minimizable: false,
    maximizable: false,
    fullscreenable: false,
    skipTaskbar: true,
    alwaysOnTop: true,
    title: 'Sexton',
    // A panel floats over full-screen apps without leaving their space.
    ...(isMac ? { type: 'panel', hiddenInMissionControl: true } : {}),
    webPreferences: {
      preload,
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      nodeIntegrationInWorker: false,
      nodeIntegrationInSubFrames: false,
      webSecurity: true,
      webviewTag: false,
      spellcheck: false,
    },
  };
}

/**
 * The popover under the menu-bar icon. The window is made at the first opening and then only hidden, so that the next click
 * shows it at once. When its page dies while open it is rebuilt once; a page that dies again waits for the next click.
 */
export class PanelWindow {
  readonly #parts: PanelParts;
  #window: BrowserWindow | null = null;
  #icon: Rectangle | null = null;
  #height = 420;
  #hiddenByBlurAt = Number.NEGATIVE_INFINITY;
  #rebuilt = false;
  /** The page has loaded and listens. */
  #listening = false;
  #pending: Screen | null = null;
  #closing = false;

  constructor(parts: PanelParts) {
    this.#parts = parts;
  }

  get isVisible(): boolean {
    return this.#window?.isVisible() ?? false;
  }

  /** True for the window's own contents: the only ones whose calls count. */
  owns(contents: { id: number }): boolean {
    return this.#window !== null && this.#window.webContents.id === contents.id;
  }

  /** A click on the icon, with the bounds of that click. */
  toggle(icon: Rectangle): void {
    if (this.isVisible) this.hide();
    else if (this.#parts.now() - this.#hiddenByBlurAt >= BLUR_CLICK_MS) this.open(null, icon);
  }

  /** Opens the panel, on a screen if one is named, under `icon` if it is known where that is. */
  open(screen: Screen | null, icon: Rectangle): void {
    this.#icon = isNowhere(icon) ? null : icon;
    this.#rebuilt = false;
    this.#pending = screen ?? this.#pending;
    this.#reveal();
  }

  hide(): void {
    this.#window?.hide();
  }

  /** The height the page asks for; the work area is the limit. */
  resize(height: number): void {
    this.#height = height;
    this.place();
  }

  /** Puts the window where it belongs: also after a display went away or changed. */
  place(): void {
    const { screens } = this.#parts;
    const display = this.#icon
      ? screens.getDisplayMatching(this.#icon)
      : screens.getDisplayNearestPoint(screens.getCursorScreenPoint());
    const bounds = panelBounds(this.#icon, display.workArea, this.#height);
    const current = this.#window?.getBounds();
    const same = current && (['x', 'y', 'width', 'height'] as const).every((side) => current[side] === bounds[side]);
    if (!same) this.#window?.setBounds(bounds);
  }

  /** Sends a message to the page; dropped while none is listening, because a new page asks for everything. */
  send(channel: string, payload: unknown): void {
    if (this.#window !== null && this.#listening) this.#window.webContents.send(channel, payload);
  }

  /** Destroys the window for good: the app is quitting. */
  close(): void {
    this.#closing = true;
    this.#window?.destroy();
    this.#window = null;
  }

  #reveal(): void {
    const window = this.#window ?? this.#make();
    this.place();
    if (!this.#listening) return;
    this.#deliver();
    window.show();
    window.focus();
  }

  #make(): BrowserWindow {
    const window = this.#parts.createWindow();
    this.#window = window;
    this.#listening = false;
    window.setVisibleOnAllWorkspaces(true, { visibleOnFullScreen: true });
    window.on('show', () => this.#parts.onVisibility(true));
    window.on('hide', () => this.#parts.onVisibility(false));
    window.on('blur', () => {
      this.#hiddenByBlurAt = this.#parts.now();
      this.hide();
    });
    window.on('close', (event) => {
      if (this.#closing) return;
      event.preventDefault();
      this.hide();
    });
    window.webContents.on('did-finish-load', () => {
      if (window !== this.#window) return;
      this.#listening = true;
      this.#reveal();
    });
    window.webContents.on('render-process-gone', (_event, { reason }) => {
      // Electron still uses the window while it emits this event, so it is released afterwards.
      if (reason !== 'clean-exit') setImmediate(() => this.#pageDied(window));
    });
    // If the page cannot load, the window stays hidden; the next click tries again.
    window.loadURL(PANEL_URL).catch(() => this.#drop(window));
    return window;
  }

  #deliver(): void {
    if (this.#pending !== null) this.#parts.onShow(this.#pending);
    this.#pending = null;
  }

  #pageDied(window: BrowserWindow): void {
    if (window !== this.#window) return;
    const wasVisible = window.isVisible();
    this.#drop(window);
    if (wasVisible) this.#parts.onVisibility(false);
    if (!wasVisible || this.#rebuilt) return;
    this.#rebuilt = true;
    this.#reveal();
  }

  #drop(window: BrowserWindow): void {
    if (window !== this.#window) return;
    this.#window = null;
    this.#listening = false;
    if (!window.isDestroyed()) window.destroy();
  }
}
