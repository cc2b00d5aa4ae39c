import { join } from 'node:path';
import type * as Electron from 'electron';
import type { AppInfo } from '../../shared/bridge/bridge.ts';
import type { DoctorReport } from '../../shared/doctor.ts';
import type { Snapshot } from '../../shared/snapshot.ts';
import { type MenuAction, type TrayView, trayView } from '../../shared/tray-view.ts';
import type { Engine } from '../engine/api.ts';
import type { AppFacts } from '../engine/doctor/app.ts';
import { AlertWatch } from './alert-watch.ts';
import { AppInfoHolder } from './app-info.ts';
import { trayImages } from './icons.ts';
import { type LoginItemParts, launchesAtLogin, setLaunchAtLogin } from './login-item.ts';
import { menuTemplate } from './menu.ts';
import { Notifier } from './notifier.ts';
import { bridgePushes, serveBridge } from './panel/bridge-main.ts';
import { createHandlers, pause } from './panel/handlers.ts';
import { PanelWindow, panelOptions } from './panel/window.ts';
import { followPower } from './power.ts';
import { TrayIcon } from './tray-icon.ts';
import { isFirstRun, rememberWelcome } from './welcome.ts';

/** What the app needs besides Electron and the engine. */
export interface AppGround {
  platform: AppInfo['platform'];
  /** Why the settings file was moved aside at the start, in words. */
  settingsProblem: string | null;
  /** The directory of icons, and the built preload. */
  icons: string;
  preload: string;
  /** The directories of state and logs. */
  state: string;
  logs: string;
  configHome: string;
  executable: string;
  /** Checks everything Sexton needs on this machine; the app adds what only it knows. */
  examine(facts: AppFacts): Promise<DoctorReport>;
  /** Called with defects, for the log. */
  onDefect(thrown: unknown, where: string): void;
}

/** Where macOS keeps its switch for Sexton's notifications; Linux desktops agree on no such place. */
const NOTIFICATION_SETTINGS = 'x-apple.systempreferences:com.apple.Notifications-Settings.extension';

/** The app's interface once Electron is ready: icon, panel and notifications, all fed by the engine's snapshots. */
export async function startApp(
  electron: typeof Electron,
  engine: Engine,
  ground: AppGround,
): Promise<{ openPanel(): void; close(): void }> {
  const { app, screen, shell, Menu, Tray } = electron;
  const isMac = ground.platform === 'darwin';
  const welcomed = join(ground.state, 'welcomed');
  const firstRun = await isFirstRun(welcomed);

  const panel: PanelWindow = new PanelWindow({
    createWindow: () => new electron.BrowserWindow(panelOptions(ground.preload, isMac)),
    screens: screen,
    now: () => performance.now(),
    onVisibility: (visible) => {
      engine.setAttention({ panelOpen: visible });
      push.app.visibility(visible);
    },
    onShow: (chosen) => push.app.show(chosen),
  });
  const push = bridgePushes((channel, payload) => panel.send(channel, payload));
  const info = new AppInfoHolder(
    {
      version: app.getVersion(),
      platform: ground.platform,
      notificationProblem: null,
      settingsProblem: ground.settingsProblem,
      firstRun,
    },
    (changed) => push.app.infoChanged(changed),
  );

  const openPanel = (chosen: Parameters<PanelWindow['open']>[0] = null) => panel.open(chosen, icon.bounds());
  const attempt = (work: Promise<unknown>, where: string) =>
    work.catch((thrown: unknown) => ground.onDefect(thrown, where));
  const openLogs = async () => {
    const problem = await shell.openPath(ground.logs);
    if (problem !== '') throw new Error(problem);
  };

  const notifier = new Notifier({
    isSupported: () => electron.Notification.isSupported(),
    create: (options) => new electron.Notification(options),
    onClick: openPanel,
    onSnooze: () => alerts.snooze(),
    onProblem: (notificationProblem) => info.set({ notificationProblem }),
  });
  const alerts = new AlertWatch(
    engine,
    (alert) => notifier.show(alert),
    () => refresh(engine.snapshot()),
  );

  const view = (snapshot: Snapshot): TrayView =>
    trayView(snapshot, {
      version: app.getVersion(),
      launchAtLogin: engine.settings().launchAtLogin,
      snoozed: alerts.isSnoozed,
    });
  const refresh = (snapshot: Snapshot) => icon.update(view(snapshot));

  const actions: Readonly<Record<MenuAction, () => void>> = {
    open: () => openPanel('home'),
    clean: () => openPanel('review'),
    'restart-guide': () => openPanel('restart'),
    'pause-15': () => attempt(pause(engine, 15 * 60_000), 'pause'),
    'pause-60': () => attempt(pause(engine, 60 * 60_000), 'pause'),
    resume: () => attempt(pause(engine, 0), 'resume'),
    snooze: () => alerts.snooze(),
    'end-snooze': () => alerts.endSnooze(),
    settings: () => openPanel('settings'),
    logs: () => attempt(openLogs(), 'logs'),
    'toggle-login': () =>
      attempt(engine.setSettings({ launchAtLogin: !engine.settings().launchAtLogin }), 'open at login'),
    about: () => app.showAboutPanel(),
    quit: () => app.quit(),
  };

  const image = trayImages(ground.icons, isMac, electron.nativeImage);
  const first = view(engine.snapshot());
  const icon: TrayIcon = new TrayIcon(first, {
    tray: new Tray(image(first.icon)),
    image,
    buildMenu: (entries, choose) => Menu.buildFromTemplate(menuTemplate(entries, choose)),
    isMac,
    onClick: (bounds) => panel.toggle(bounds),
    onChoose: (action) => actions[action](),
  });

  const login: LoginItemParts = { app, isMac, configHome: ground.configHome, executable: ground.executable };
  const doctor = async () => {
    const wished = engine.settings().launchAtLogin;
    const loginItem = { wished, actual: (await launchesAtLogin(login)) ?? wished };
    return ground.examine({ notificationProblem: info.get().notificationProblem, loginItem });
  };
  const handlers = createHandlers(engine, {
    info: () => info.get(),
    doctor,
    copy: (text) => electron.clipboard.writeText(text),
    openLogs,
    openNotificationSettings: () => (isMac ? shell.openExternal(NOTIFICATION_SETTINGS) : Promise.resolve()),
    dismissWelcome: async () => {
      info.set({ firstRun: false });
      await rememberWelcome(welcomed);
    },
    hide: () => panel.hide(),
    resize: (height) => panel.resize(height),
  });
  serveBridge(handlers, {
    ipcMain: electron.ipcMain,
    owns: (contents) => panel.owns(contents),
    onDefect: ground.onDefect,
  });

  let launchAtLogin: boolean | null = null;
  const follow = () => {
    const wished = engine.settings().launchAtLogin;
    if (wished === launchAtLogin) return;
    launchAtLogin = wished;
    attempt(setLaunchAtLogin(wished, login), 'open at login');
  };
  follow();

  const removals = [
    engine.subscribe((snapshot) => {
      refresh(snapshot);
      // A hidden page gets no pushes: it asks when it is shown.
      if (panel.isVisible) push.snapshot.changed(snapshot);
    }),
    engine.subscribeSettings((settings) => {
      follow();
      refresh(engine.snapshot());
      push.settings.changed(settings);
    }),
  ];
  followPower(electron.powerMonitor, engine);
  const replace = () => {
    if (panel.isVisible) panel.place();
  };
  screen.on('display-removed', replace);
  screen.on('display-metrics-changed', replace);
  if (firstRun) openPanel('welcome');
  return {
    openPanel: () => openPanel(),
    close: () => {
      for (const remove of removals) remove();
      alerts.stop();
      panel.close();
      icon.destroy();
    },
  };
}
