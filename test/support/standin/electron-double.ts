/**
 * Stands in for the package `electron` in main's process: the few classes the app uses, typed by Electron's own types and without
 * a screen. `orders.ts` moves them from outside.
 */
import { existsSync, mkdirSync, readFileSync, watch, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type * as Electron from 'electron';
import { BrowserWindowDouble } from './window-double.ts';
import { Emitter, tray as trayState, world } from './world.ts';

class AppDouble extends Emitter {
  readonly isPackaged = false;
  readonly #paths = new Map<string, string>();
  #quitting = false;

  setPath(name: string, path: string): void {
    this.#paths.set(name, path);
  }

  getAppPath(): string {
    return join(import.meta.dirname, '../../..');
  }

  getVersion(): string {
    const manifest: unknown = JSON.parse(readFileSync(join(this.getAppPath(), 'package.json'), 'utf8'));
    return manifest !== null && typeof manifest === 'object' && 'version' in manifest ? String(manifest.version) : '';
  }

  /** One app for each user directory: the first leaves its pid there, a second one notifies it through the file system. */
  requestSingleInstanceLock(): boolean {
    const directory = this.#paths.get('userData') ?? '';
    mkdirSync(directory, { recursive: true });
    const lock = join(directory, 'lock');
    const knock = join(directory, 'knock');
    if (existsSync(lock) && isAlive(Number(readFileSync(lock, 'utf8')))) {
      writeFileSync(knock, String(process.pid));
      return false;
    }
    writeFileSync(lock, String(process.pid));
    watch(directory, (_event, name) => {
      if (name === 'knock') this.emit('second-instance', {}, [], '', {});
    }).unref();
    return true;
  }

  whenReady(): Promise<void> {
    return new Promise((resolve) => setImmediate(resolve));
  }

  enableSandbox(): void {
    world.sandboxed = true;
  }

  setLoginItemSettings(): void {}

  getLoginItemSettings(): Electron.LoginItemSettings {
    throw new Error('the stand-in is not packaged, so its login item is never asked for');
  }

  showAboutPanel(): void {
    world.opened.push('about');
  }

  quit(): void {
    if (this.#quitting) return;
    let prevented = false;
    this.emit('before-quit', { preventDefault: () => (prevented = true) });
    if (prevented) return;
    this.#quitting = true;
    this.exit(0);
  }

  exit(code = 0): void {
    process.exit(code);
  }
}

function isAlive(pid: number): boolean {
  try {
    return pid !== process.pid && process.kill(pid, 0);
  } catch {
    return false;
  }
}

class TrayDouble extends Emitter {
  constructor(image: Electron.NativeImage) {
    super();
    trayState.image = image;
    trayState.tray = this;
  }

  setImage(image: Electron.NativeImage): void {
    trayState.calls.setImage++;
    trayState.image = image;
  }

  setTitle(title: string): void {
    trayState.calls.setTitle++;
    trayState.title = title;
  }

  setToolTip(tooltip: string): void {
    trayState.calls.setToolTip++;
    trayState.tooltip = tooltip;
  }

  setContextMenu(menu: MenuDouble | null): void {
    trayState.calls.setContextMenu++;
    trayState.menu = menu;
  }

  popUpContextMenu(menu?: MenuDouble): void {
    trayState.menu = menu ?? null;
  }

  getBounds(): Electron.Rectangle {
    return world.iconBounds;
  }

  destroy(): void {
    trayState.tray = null;
  }
}

class NotificationDouble extends Emitter {
  readonly #options: Electron.NotificationConstructorOptions;

  constructor(options: Electron.NotificationConstructorOptions = {}) {
    super();
    this.#options = options;
  }

  static isSupported(): boolean {
    return world.failNotifications !== 'unsupported';
  }

  show(): void {
    if (world.failNotifications === 'failed') {
      this.emit('failed', {}, 'Notifications are not allowed for this application');
      return;
    }
    const { title = '', body = '', silent = false, urgency = 'normal' } = this.#options;
    world.notifications.push({ emitter: this, state: { title, body, silent, urgency } });
    this.emit('show', {});
  }

  close(): void {
    this.emit('close', {});
  }
}

/** An image that knows where it came from. */
function image(path: string | null, isEmpty: boolean): Electron.NativeImage {
  let template = false;
  const double: Pick<Electron.NativeImage, 'isEmpty' | 'setTemplateImage' | 'isTemplateImage'> & { path: string } = {
    path: path ?? 'bitmap',
    isEmpty: () => isEmpty,
    setTemplateImage: (on) => {
      template = on;
    },
    isTemplateImage: () => template,
  };
  return double as Electron.NativeImage & { path: string };
}

class MenuDouble {
  readonly items: readonly Electron.MenuItemConstructorOptions[];

  constructor(items: readonly Electron.MenuItemConstructorOptions[]) {
    this.items = items;
  }

  static buildFromTemplate(template: Electron.MenuItemConstructorOptions[]): MenuDouble {
    return new MenuDouble(template);
  }
}

class ScreenDouble extends Emitter {
  getDisplayMatching(rectangle: Electron.Rectangle): Electron.Display {
    return this.getDisplayNearestPoint(rectangle);
  }

  getDisplayNearestPoint({ x }: Electron.Point): Electron.Display {
    const [first] = world.displays;
    const under = world.displays.find(({ bounds }) => x >= bounds.x && x < bounds.x + bounds.width);
    return (under ?? first) as Electron.Display;
  }

  getCursorScreenPoint(): Electron.Point {
    return { x: 0, y: 0 };
  }
}

class PowerDouble extends Emitter {
  isOnBatteryPower(): boolean {
    return false;
  }
}

class SessionDouble extends Emitter {
  readonly webRequest = {
    onBeforeRequest: (listener: typeof world.onBeforeRequest) => {
      world.onBeforeRequest = listener;
    },
  };

  setPermissionRequestHandler(handler: typeof world.permissionRequest): void {
    world.permissionRequest = handler;
  }

  setPermissionCheckHandler(handler: typeof world.permissionCheck): void {
    world.permissionCheck = handler;
  }

  setDevicePermissionHandler(): void {}
}

export const app = new AppDouble() satisfies Pick<
  Electron.App,
  | 'isPackaged'
  | 'setPath'
  | 'getAppPath'
  | 'getVersion'
  | 'requestSingleInstanceLock'
  | 'whenReady'
  | 'enableSandbox'
  | 'setLoginItemSettings'
  | 'getLoginItemSettings'
  | 'showAboutPanel'
  | 'quit'
  | 'exit'
>;
export const screen = new ScreenDouble() satisfies Pick<
  Electron.Screen,
  'getDisplayMatching' | 'getDisplayNearestPoint' | 'getCursorScreenPoint'
>;
export const powerMonitor = new PowerDouble() satisfies Pick<Electron.PowerMonitor, 'isOnBatteryPower'>;
export const session = { defaultSession: new SessionDouble() };
export const protocol = {
  registerSchemesAsPrivileged: () => {},
  handle: (_scheme, handler) => {
    world.serve = handler;
  },
} satisfies Pick<Electron.Protocol, 'registerSchemesAsPrivileged' | 'handle'>;
export const ipcMain = {
  handle: (channel, listener) => {
    world.handlers.set(channel, listener);
  },
} satisfies Pick<Electron.IpcMain, 'handle'>;
export const clipboard = {
  writeText: async (text) => {
    world.clipboard = text;
  },
} satisfies Pick<Electron.Clipboard, 'writeText'>;
export const shell = {
  openPath: async (path) => {
    world.opened.push(path);
    return '';
  },
  openExternal: async (url) => {
    world.opened.push(url);
  },
} satisfies Pick<Electron.Shell, 'openPath' | 'openExternal'>;
export const nativeImage = {
  createFromPath: (path: string) => image(path, !existsSync(path)),
  createFromBitmap: () => image(null, false),
} satisfies Pick<typeof Electron.nativeImage, 'createFromPath' | 'createFromBitmap'>;
export {
  BrowserWindowDouble as BrowserWindow,
  MenuDouble as Menu,
  NotificationDouble as Notification,
  TrayDouble as Tray,
};

world.app = app;
world.screen = screen;
world.powerMonitor = powerMonitor;
process.on('SIGTERM', () => app.quit());
