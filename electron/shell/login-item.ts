import { access, mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { App } from 'electron';

/** What launching at login needs from outside. */
export interface LoginItemParts {
  app: Pick<App, 'isPackaged' | 'setLoginItemSettings' | 'getLoginItemSettings'>;
  isMac: boolean;
  /** `~/.config` or what the environment names instead. */
  configHome: string;
  /** The program to start: the AppImage itself, not what it was unpacked to. */
  executable: string;
}

/**
 * Starts Sexton at login, or no longer. macOS keeps a list of its own; Linux desktops read a file. A build that is not packaged
 * changes nothing: it would register the bare Electron runtime. Rejects when the file cannot be written.
 */
export async function setLaunchAtLogin(
  on: boolean,
  { app, isMac, configHome, executable }: LoginItemParts,
): Promise<void> {
  if (!app.isPackaged) return;
  if (isMac) return app.setLoginItemSettings({ openAtLogin: on });
  const path = autostartPath(configHome);
  if (!on) return rm(path, { force: true });
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, autostartFile(executable));
}

/** Will the system start Sexton at login? `null` for a build that is not packaged, which is never set up. */
export async function launchesAtLogin({ app, isMac, configHome }: LoginItemParts): Promise<boolean | null> {
  if (!app.isPackaged) return null;
  if (isMac) return app.getLoginItemSettings().openAtLogin;
  return access(autostartPath(configHome)).then(
    () => true,
    () => false,
  );
}

function autostartPath(configHome: string): string {
  return join(configHome, 'autostart', 'sexton.desktop');
}

/** The desktop entry that starts `executable`, by the rules of the Desktop Entry Specification for its `Exec` key. */
export function autostartFile(executable: string): string {
  // Quoting inside the quotes is undone twice: by the key's own escapes and by the reader of the command line.
  const quoted = executable
    .replace(/["`$\\]/g, (sign) => (sign === '\\' ? '\\\\\\\\' : `\\\\${sign}`))
    .replaceAll('%', '%%');
  return ['[Desktop Entry]', 'Type=Application', 'Name=Sexton', `Exec="${quoted}"`, 'Terminal=false', ''].join('\n');
}
