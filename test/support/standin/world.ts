import { EventEmitter } from 'node:events';
import type * as Electron from 'electron';
import type { BrowserWindowDouble } from './window-double.ts';
import type { FromDouble, Notice, NotificationState } from './wire.ts';

/** Electron's emitters, whose typed overloads a plain emitter satisfies. */
export class Emitter extends EventEmitter {}

const workArea = { x: 0, y: 25, width: 1_440, height: 875 };

/** The double's state in one place: what main did, and the properties of the pretend machine. */
export const world = {
  app: null as Emitter | null,
  screen: null as Emitter | null,
  powerMonitor: null as Emitter | null,
  sandboxed: false,
  displays: [
    { bounds: { x: 0, y: 0, width: 1_440, height: 900 }, workArea },
    {
      bounds: { x: 1_440, y: 0, width: 1_920, height: 1_080 },
      workArea: { x: 1_440, y: 25, width: 1_920, height: 1_055 },
    },
  ] as Pick<Electron.Display, 'bounds' | 'workArea'>[],
  iconBounds: { x: 1_200, y: 0, width: 24, height: 24 },
  window: null as BrowserWindowDouble | null,
  windowsMade: 0,
  notifications: [] as { emitter: Emitter; state: NotificationState }[],
  failNotifications: null as 'failed' | 'unsupported' | null,
  clipboard: '',
  opened: [] as string[],
  handlers: new Map<string, Parameters<Electron.IpcMain['handle']>[1]>(),
  serve: null as Parameters<Electron.Protocol['handle']>[1] | null,
  onBeforeRequest: null as
    | ((details: { url: string }, answer: (response: { cancel?: boolean }) => void) => void)
    | null,
  permissionRequest: null as
    | ((contents: unknown, permission: string, answer: (granted: boolean) => void) => void)
    | null,
  permissionCheck: null as ((contents: unknown, permission: string) => boolean) | null,
};

/** The icon in the menu bar, as it was last set. */
export const tray = {
  tray: null as Emitter | null,
  image: null as Electron.NativeImage | null,
  title: '',
  tooltip: '',
  menu: null as { readonly items: readonly Electron.MenuItemConstructorOptions[] } | null,
  calls: { setImage: 0, setTitle: 0, setToolTip: 0, setContextMenu: 0 },
};

/** Sends something to the test. */
export function post(message: FromDouble): void {
  process.send?.(message);
}

/** Tells the browser what main did with a window. */
export function tell(notice: Notice): void {
  post({ kind: 'notice', notice });
}
