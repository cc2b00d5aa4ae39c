import type { ToolName } from '../run/tools.ts';

/** In the C locale ps prints `josM-CM-)` for `josé` (strvis in adv_cmds ps/print.c). */
export function darwinLocale(tool: ToolName): Readonly<Record<string, string>> | undefined {
  return tool === 'ps' ? { LC_CTYPE: 'UTF-8', LC_TIME: 'C' } : undefined;
}
