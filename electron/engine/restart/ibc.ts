import { access, open } from 'node:fs/promises';
import { join } from 'node:path';
import type { IbcFacts } from '../../../shared/restart/help.ts';
import { propertyOf } from './properties.ts';

/** IBC's settings take a few kilobytes; larger files are not read. */
const MAX_BYTES = 256 * 1024;

/** The settings file on the command line of a Gateway that IBC started; the user and password after it are already redacted. */
const CONFIG_ON_COMMAND_LINE = /(?:^|[\s/])(?:ibcalpha\.ibc|ibcontroller)\.[A-Za-z_]\w*\s+(\S+\.ini)(?:\s|$)/;

/** IBC's default settings file. */
function expectedIbcConfig(home: string): string {
  return join(home, 'ibc', 'config.ini');
}

/** The settings file named on a running Gateway's command line; null when there is none. */
export function usedIbcConfig(commandLines: readonly string[]): string | null {
  for (const line of commandLines) {
    const path = CONFIG_ON_COMMAND_LINE.exec(line)?.[1];
    if (path !== undefined) return path;
  }
  return null;
}

/** The command server's port in IBC's settings; null while it is off, which is the default (0). */
export function commandServerPort(text: string): number | null {
  const value = propertyOf(text, 'CommandServerPort')?.trim() ?? '';
  const port = /^\d{1,5}$/.test(value) ? Number(value) : 0;
  return port >= 1 && port <= 65_535 ? port : null;
}

/** Reads IBC's settings. The file holds user and password; only the command server's port is kept. */
export async function readIbc(home: string, commandLines: readonly string[]): Promise<IbcFacts> {
  const expected = expectedIbcConfig(home);
  const used = usedIbcConfig(commandLines);
  const found = await access(expected).then(
    () => true,
    () => false,
  );
  return { expected, used, found, commandPort: await readCommandPort(used ?? expected) };
}

async function readCommandPort(path: string): Promise<number | null> {
  const handle = await open(path, 'r').catch(() => null);
  if (handle === null) return null;
  try {
    if (!(await handle.stat()).isFile()) return null;
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(MAX_BYTES), 0, MAX_BYTES, 0);
    const port = commandServerPort(buffer.toString('latin1', 0, bytesRead));
    buffer.fill(0);
    return port;
  } catch {
    return null;
  } finally {
    await handle.close();
  }
}
