import type { Level } from './snapshot.ts';

/** One stretch of the record: the worst that was seen in it. `null` counts mean that Sexton could not see. */
export interface HistoryPoint {
  /** Start of the stretch. */
  at: string;
  /** How long the stretch is: 60,000 in the last 24 h, 900,000 before. */
  spanMs: number;
  client: number | null;
  gateway: number | null;
  level: Level;
  cleanups: number;
  cleanupsClean: number;
  breakerChanges: number;
  connectAttempts: number;
  connectRetries: number;
}

/** What happened, for the list below the chart and `sexton history`. */
export interface HistoryEvent {
  at: string;
  kind: 'cleaned' | 'signal' | 'breaker' | 'connect' | 'restart' | 'alert' | 'app';
  /** One plain sentence. */
  text: string;
}

export interface HistoryView {
  points: HistoryPoint[];
  events: HistoryEvent[];
  /** Share of cleanups that left the ports clean, 0 to 1; `null` without any. */
  cleanRate: number | null;
}

export type HistoryRange = '1h' | '24h' | '7d';
