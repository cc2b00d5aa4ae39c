export function commandName(command: readonly string[]): string {
  return command[0] ?? '';
}
