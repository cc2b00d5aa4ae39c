import { connectionKey } from '../observe/endpoints.ts';
import { isUnanswered } from '../observe/sessions.ts';
import type { Evidence } from './evidence.ts';

/** A live or opening session to a protected port, on any host. */
export interface ApiSession {
  key: string;
  /** False when the Gateway has not sent a single byte on it; true where that is not known. */
  mayBeAnswered: boolean;
}

/** The sessions of each process, each counted once however many descriptors the process holds. */
export function apiSessions({
  holdings,
  protectedPorts,
  rows = [],
}: Evidence): ReadonlyMap<number, readonly ApiSession[]> {
  const unanswered = new Set(rows.filter(isUnanswered).map(connectionKey));
  const sessions = new Map<number, Map<string, ApiSession>>();
  for (const holding of holdings) {
    const { pid, state, remote } = holding;
    if (remote === null || !protectedPorts.has(remote.port)) continue;
    if (state !== 'ESTABLISHED' && state !== 'SYN_SENT') continue;
    const key = connectionKey(holding);
    const ofProcess = sessions.get(pid) ?? new Map<string, ApiSession>();
    ofProcess.set(key, { key, mayBeAnswered: !unanswered.has(key) });
    sessions.set(pid, ofProcess);
  }
  return new Map([...sessions].map(([pid, ofProcess]) => [pid, [...ofProcess.values()]]));
}
