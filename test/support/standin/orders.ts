import type * as Electron from 'electron';
import { passTime } from './clock-double.ts';
import type { AppState, FromDouble, Order, ServedFile, ToDouble } from './wire.ts';
import { post, tray, world } from './world.ts';

/** Carries out the test's orders to the double, one after the other. */
export function takeOrders(): void {
  process.on('message', (message: ToDouble) => {
    const { id, order } = message;
    carryOut(order).then(
      (value) => post({ kind: 'answer', id, ok: true, value } satisfies FromDouble),
      (thrown: unknown) => post({ kind: 'answer', id, ok: false, message: String(thrown) } satisfies FromDouble),
    );
  });
  // The app ends with its test, however that ends.
  process.on('disconnect', () => process.exit(0));
}

async function carryOut(order: Order): Promise<unknown> {
  switch (order.do) {
    case 'state':
      return state();
    case 'click-tray':
      return tray.tray?.emit('click', {}, order.bounds, { x: order.bounds.x, y: order.bounds.y });
    case 'choose':
      return choose(order.id);
    case 'notification':
      return world.notifications[order.index]?.emitter.emit(order.event, {});
    case 'fail-notifications':
      world.failNotifications = order.how;
      return undefined;
    case 'invoke':
      return invoke(order);
    case 'request':
      return request(order);
    case 'loaded':
      if (world.window?.webContents.id === order.contents) world.window.webContents.emit('did-finish-load');
      return undefined;
    case 'blur':
      return world.window?.emit('blur');
    case 'crash':
      return world.window?.webContents.emit('render-process-gone', {}, { reason: 'crashed', exitCode: 11 });
    case 'app':
      return world.app?.emit(order.event, {}, true);
    case 'power':
      return world.powerMonitor?.emit(order.event);
    case 'pass-time':
      return passTime(order.ms, order.asleep);
    case 'remove-display':
      return world.screen?.emit('display-removed', {}, world.displays.pop());
    case 'navigate':
      return navigate(order.url);
    case 'permission':
      return permission(order.name);
    case 'quit':
      // The answer has to leave before the process does.
      setImmediate(() => world.app && 'quit' in world.app && typeof world.app.quit === 'function' && world.app.quit());
      return undefined;
  }
}

function items(): readonly Electron.MenuItemConstructorOptions[] {
  return tray.menu?.items ?? [];
}

function choose(id: string): void {
  const item = items().find((candidate) => candidate.id === id);
  if (!item || item.enabled === false) throw new Error(`the menu offers no ${id}`);
  // The app's menu entries ignore their arguments.
  (item.click as () => void)();
}

function state(): AppState {
  const { window } = world;
  const image = tray.image as (Electron.NativeImage & { path: string }) | null;
  return {
    tray: tray.tray && {
      image: image?.path ?? '',
      template: image?.isTemplateImage() ?? false,
      title: tray.title,
      tooltip: tray.tooltip,
      menu: items().flatMap(({ id, label, enabled, checked }) =>
        id === undefined ? [] : [{ id, label: label ?? '', enabled: enabled ?? true, checked: checked ?? false }],
      ),
      calls: tray.calls,
    },
    panel: window && {
      contents: window.webContents.id,
      visible: window.isVisible(),
      bounds: window.getBounds(),
    },
    displays: world.displays.map(({ workArea }) => workArea),
    windowsMade: world.windowsMade,
    notifications: world.notifications.map(({ state }) => state),
    clipboard: world.clipboard,
    opened: world.opened,
  };
}

/** A call from a page: `contents` 0 means another window. */
async function invoke({ contents, frame, channel, input }: Extract<Order, { do: 'invoke' }>): Promise<unknown> {
  const handler = world.handlers.get(channel);
  if (!handler) throw new Error(`No handler registered for '${channel}'`);
  const own = world.window?.webContents;
  const sender = own?.id === contents ? own : { id: contents, mainFrame: { url: frame.url } };
  sender.mainFrame.url = frame.main ? frame.url : sender.mainFrame.url;
  const senderFrame = frame.main ? sender.mainFrame : { url: frame.url };
  return handler({ sender, senderFrame } as Electron.IpcMainInvokeEvent, ...input);
}

async function request({ url, method }: Extract<Order, { do: 'request' }>): Promise<ServedFile | null> {
  let cancelled = false;
  world.onBeforeRequest?.({ url }, ({ cancel }) => {
    cancelled = cancel === true;
  });
  if (cancelled || !world.serve || !url.startsWith('app:')) return null;
  const answer = await world.serve({ url, method } as Parameters<typeof world.serve>[0]);
  return {
    status: answer.status,
    headers: Object.fromEntries(answer.headers),
    body: new Uint8Array(await answer.arrayBuffer()),
  };
}

/** What happens when a page navigates away or opens a window. */
function navigate(url: string): { prevented: boolean; opened: boolean } {
  let prevented = false;
  const event = { preventDefault: () => (prevented = true), url };
  world.window?.webContents.emit('will-navigate', event, url);
  const details = { url } as Electron.HandlerDetails;
  return { prevented, opened: world.window?.webContents.openHandler?.(details).action !== 'deny' };
}

function permission(name: string): { requested: boolean; checked: boolean } {
  let requested = true;
  world.permissionRequest?.(null, name, (granted) => {
    requested = granted;
  });
  return { requested, checked: world.permissionCheck?.(null, name) ?? true };
}
