/** The facts about a process that are needed to start the same program again. */
export interface OwnProcess {
  readonly execPath: string;
  readonly execArgv: readonly string[];
  readonly argv: readonly string[];
  readonly versions: { readonly electron?: string | undefined };
}

/**
 * The command line of this program up to where its own arguments begin: Node with its script, or the app's binary with the flag and
 * the `--` of its terminal mode (the app cannot run scripts as Node does).
 */
export function actorCommand({ execPath, execArgv, argv, versions }: OwnProcess): string[] {
  if (versions.electron === undefined) return [execPath, ...execArgv, argv[1] ?? ''];
  const end = argv.indexOf('--');
  return [execPath, ...argv.slice(1, end + 1)];
}
