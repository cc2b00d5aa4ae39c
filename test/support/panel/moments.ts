/** The time of every pictured state: a Saturday afternoon, UTC. */
export const NOW = Date.parse('2026-11-21T14:02:00.000Z');

/** An instant so many ms before the pictured moment. */
export function before(milliseconds: number): string {
  return new Date(NOW - milliseconds).toISOString();
}

export const SECOND = 1_000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
