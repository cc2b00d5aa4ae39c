import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AppInfoHolder } from '../../../electron/shell/app-info.ts';
import { autostartFile, launchesAtLogin, setLaunchAtLogin } from '../../../electron/shell/login-item.ts';
import { followPower } from '../../../electron/shell/power.ts';
import { terminalArguments } from '../../../electron/shell/terminal-mode.ts';
import { isFirstRun, rememberWelcome } from '../../../electron/shell/welcome.ts';
import { fakeEngine } from '../../support/standin/fake-engine.ts';
import { Emitter } from '../../support/standin/world.ts';

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'sexton-shell-'));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

describe('terminal mode', () => {
  it.each([
    [['/Sexton', '--terminal', '--', 'status', '--json'], true, ['status', '--json']],
    [
      ['/sexton', '--ozone-platform=headless', '--terminal', '--', 'guard', '--', 'a', '--terminal'],
      true,
      ['guard', '--', 'a', '--terminal'],
    ],
    [['/electron', '.', '--terminal', '--'], false, []],
    [['/Sexton'], true, null],
    [['/Sexton', '--terminal'], true, null],
    [['/Sexton', 'file', '--terminal', '--', 'clean', '--yes'], true, null],
  ])('is decided by %j (packaged: %s)', (argv, isPackaged, args) => {
    expect(terminalArguments(argv, isPackaged)).toEqual(args);
  });
});

describe('launching at login', () => {
  const parts = (isPackaged: boolean, isMac: boolean) => {
    const set: boolean[] = [];
    const app = {
      isPackaged,
      setLoginItemSettings: ({ openAtLogin = false }) => void set.push(openAtLogin),
      getLoginItemSettings: () => ({ openAtLogin: set.at(-1) ?? false }) as never,
    };
    return { set, parts: { app, isMac, configHome: home, executable: '/opt/Sexton/sexton' } };
  };
  const entry = () => readFileSync(join(home, 'autostart/sexton.desktop'), 'utf8');

  it('uses macOS’s own list on macOS', async () => {
    const mac = parts(true, true);
    await setLaunchAtLogin(true, mac.parts);
    expect(mac.set).toEqual([true]);
    expect(await launchesAtLogin(mac.parts)).toBe(true);
  });

  it('is a file on Linux, which is removed when it is switched off', async () => {
    const linux = parts(true, false);
    await setLaunchAtLogin(true, linux.parts);
    expect(entry()).toContain('Exec="/opt/Sexton/sexton"');
    expect(await launchesAtLogin(linux.parts)).toBe(true);
    await setLaunchAtLogin(false, linux.parts);
    expect(entry).toThrow(/ENOENT/);
    expect(await launchesAtLogin(linux.parts)).toBe(false);
    expect(linux.set).toEqual([]);
  });

  it('is not changed by a build that is not packaged', async () => {
    const unpackaged = parts(false, true);
    await setLaunchAtLogin(true, unpackaged.parts);
    expect(unpackaged.set).toEqual([]);
    expect(await launchesAtLogin(unpackaged.parts)).toBeNull();
  });

  it('quotes what has a meaning in a desktop entry', () => {
    expect(autostartFile('/opt/50% "off"/$x')).toContain('Exec="/opt/50%% \\\\"off\\\\"/\\\\$x"');
  });
});

describe('power', () => {
  it('decides how often the engine scans', () => {
    const power = Object.assign(new Emitter(), { isOnBatteryPower: () => true });
    const engine = fakeEngine();
    followPower(power as never, engine);
    for (const event of ['on-ac', 'on-battery', 'suspend', 'resume']) power.emit(event);
    expect(engine.asked.map((asked) => asked.with)).toEqual([
      { onBattery: true },
      { onBattery: false },
      { onBattery: true },
      { asleep: true },
      { asleep: false, onBattery: true },
    ]);
  });
});

describe('the welcome', () => {
  it('is for the first run until it was dismissed', async () => {
    const path = join(home, 'state/welcomed');
    expect(await isFirstRun(path)).toBe(true);
    await rememberWelcome(path);
    expect(await isFirstRun(path)).toBe(false);
  });
});

describe('what the panel knows of the app', () => {
  it('is pushed when it changed and only then', () => {
    const told: (string | null)[] = [];
    const info = {
      version: '1',
      platform: 'linux',
      notificationProblem: null,
      settingsProblem: null,
      firstRun: false,
    } as const;
    const holder = new AppInfoHolder(info, ({ notificationProblem }) => told.push(notificationProblem));
    holder.set({ notificationProblem: null });
    holder.set({ notificationProblem: 'denied' });
    holder.set({ notificationProblem: 'denied' });
    expect(told).toEqual(['denied']);
    expect(holder.get().notificationProblem).toBe('denied');
  });
});
