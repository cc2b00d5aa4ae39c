import type { Platform } from '../types.ts';
import { lives } from './identity.ts';

/** How a file names a process, so that another program can recognise it: pids alone are used again. */
export interface ProcessKey {
  pid: number;
  /** The start time as the system tells it; empty where it could not be read. */
  startToken: string;
}

/** This process as others can recognise it; without the start time where that cannot be read. */
export async function selfKey({
  readProcessesOf,
  self,
}: Pick<Platform, 'readProcessesOf' | 'self'>): Promise<ProcessKey> {
  const table = await readProcessesOf([self.pid]);
  return { pid: self.pid, startToken: (table.ok && table.value.get(self.pid)?.startToken) || '' };
}

/** Is the process still there, and the same one? Taken for alive when it cannot be read: its deadline frees the place then. */
export async function isAlive(
  { readProcessesOf }: Pick<Platform, 'readProcessesOf'>,
  key: ProcessKey,
): Promise<boolean> {
  const table = await readProcessesOf([key.pid]);
  if (!table.ok) return true;
  const record = table.value.get(key.pid);
  if (key.startToken === '') return record !== undefined && !record.corpse;
  return lives(key, record);
}
