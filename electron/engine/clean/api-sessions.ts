import { connectionKey } from '../observe/endpoints.ts';
import { isUnanswered } from '../observe/sessions.ts';
import type { Evidence } from './evidence.ts';

/** A live or opening session towards a protected port, at any host. */
export interface ApiSession {
  key: string;
  /** False when the Gateway has not sent a single byte on it; true as well where that is not known. */
  mayBeAnswered: boolean;
}

/** The sessions of every process that has any, each once however many descriptors of the process hold it. */
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
    const mine = sessions.get(pid) ?? new Map<string, ApiSession>();
    mine.set(key, { key, mayBeAnswered: !unanswered.has(key) });
    sessions.set(pid, mine);
  }
  return new Map([...sessions].map(([pid, mine]) => [pid, [...mine.values()]]));
}
