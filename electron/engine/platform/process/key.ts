import type { Platform } from '../types.ts';
import { lives } from './identity.ts';

/** How files identify a process for other programs: a pid alone may be reused. */
export interface ProcessKey {
  pid: number;
  /** The start time as the system reports it; empty where it could not be read. */
  startToken: string;
}

/** This process's own key; without the start time where that cannot be read. */
export async function selfKey({
  readProcessesOf,
  self,
}: Pick<Platform, 'readProcessesOf' | 'self'>): Promise<ProcessKey> {
  const table = await readProcessesOf([self.pid]);
  return { pid: self.pid, startToken: (table.ok && table.value.get(self.pid)?.startToken) || '' };
}

/** Is the same process still running? True when it cannot be read: then its deadline frees the place. */
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
