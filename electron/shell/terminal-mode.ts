/** The packaged app's `sexton` script starts the app's own binary with this, and the command line behind a `--`. */
export const TERMINAL_FLAG = '--terminal';

/**
 * The command line of the terminal mode, or `null` when the app is meant. The `--` keeps Chromium from reading a bot's own flags
 * as its own. An unpackaged run has the app's path in front.
 */
export function terminalArguments(argv: readonly string[], isPackaged: boolean): string[] | null {
  const given = argv.slice(isPackaged ? 1 : 2);
  const flag = given.indexOf(TERMINAL_FLAG);
  if (flag === -1 || given[flag + 1] !== '--' || given.slice(0, flag).some((word) => !word.startsWith('--')))
    return null;
  return given.slice(flag + 2);
}
