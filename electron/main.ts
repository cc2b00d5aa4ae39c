import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import * as electron from 'electron';
import { assemble } from './engine/assemble.ts';
import { systemClock } from './engine/clock.ts';
import { examine } from './engine/doctor/doctor.ts';
import { directories } from './engine/platform/directories.ts';
import { startApp } from './shell/app.ts';
import { PANEL_PRIVILEGES, PANEL_SCHEME, servePanel } from './shell/panel/protocol.ts';
import { confine, deny } from './shell/panel/security.ts';
import { terminalArguments } from './shell/terminal-mode.ts';

const { app, protocol } = electron;
const commandLine = terminalArguments(process.argv, app.isPackaged);

if (commandLine !== null) runInTerminal(commandLine).catch(fail);
else {
  // The lock belongs to this directory: one app for each set of settings.
  app.setPath('userData', join(directories().state, 'electron'));
  if (app.requestSingleInstanceLock()) runInMenuBar();
  else app.quit();
}

async function runInTerminal(args: readonly string[]): Promise<void> {
  const { processIo } = await import('./terminal/screen/process-io.ts');
  const { runTerminal } = await import('./terminal/run.ts');
  const version = app.getVersion();
  const code = await runTerminal(args, version, {
    io: processIo(process),
    open: (options) => assemble({ ...options, version }),
    directories: directories(),
  });
  // Output still on its way into a pipe must be written first: unlike Node, Electron does not exit when it has nothing left to do.
  process.stdout.write('', () => app.exit(Number(process.exitCode ?? 0) || code));
}

function runInMenuBar(): void {
  app.enableSandbox();
  protocol.registerSchemesAsPrivileged([{ scheme: PANEL_SCHEME, privileges: PANEL_PRIVILEGES }]);
  app.on('web-contents-created', (_event, contents) => confine(contents));
  // The icon and the watching outlive the panel's window.
  app.on('window-all-closed', () => undefined);
  app.whenReady().then(start).catch(fail);
}

async function start(): Promise<void> {
  deny(electron.session.defaultSession);
  protocol.handle(
    PANEL_SCHEME,
    servePanel(join(import.meta.dirname, '../renderer'), (path) => readFile(path)),
  );
  const assembled = await assemble({ program: 'app', version: app.getVersion() });
  if (!assembled.ok) throw new Error(assembled.error.hint);
  const { engine, platform, settings, settingsProblems, lock, directories: places } = assembled.value;
  const face = await startApp(electron, engine, {
    platform: platform.desktop,
    settingsProblem: settingsProblems.map(({ message }) => message).join(' ') || null,
    icons: join(app.getAppPath(), 'assets/tray'),
    preload: join(import.meta.dirname, '../preload/preload.js'),
    state: places.state,
    logs: places.logs,
    configHome: process.env.XDG_CONFIG_HOME ?? join(homedir(), '.config'),
    executable: process.env.APPIMAGE ?? process.execPath,
    examine: (facts) =>
      examine({
        platform,
        clock: systemClock,
        settings,
        settingsProblems,
        directories: places,
        lock,
        home: homedir(),
        environment: process.env,
        command: app.isPackaged ? join(process.resourcesPath, 'bin/sexton') : null,
        app: facts,
      }),
    onDefect: report,
  });
  app.on('second-instance', () => face.openPanel());
  app.on('activate', () => face.openPanel());
  let quitting: 'no' | 'stopping' | 'stopped' = 'no';
  const quit = () => {
    quitting = 'stopped';
    app.quit();
  };
  app.on('before-quit', (event) => {
    if (quitting === 'stopped') return;
    event.preventDefault();
    if (quitting === 'stopping') return;
    quitting = 'stopping';
    face.close();
    engine
      .stop()
      .catch((thrown: unknown) => report(thrown, 'stop'))
      .then(quit, quit);
  });
  await engine.start();
}

function report(thrown: unknown, where: string): void {
  process.stderr.write(`sexton: ${where}: ${thrown instanceof Error ? thrown.stack : String(thrown)}\n`);
}

function fail(thrown: unknown): void {
  report(thrown, 'start');
  app.exit(70);
}
