import type { LockState, ProcessRef } from '../../../shared/snapshot.ts';
import type { Session } from './sessions.ts';

/** How long a bot that connected without the lock is remembered. */
const REMEMBERED_MS = 3_600_000;
/** Once or twice may be a gap between two reads; three times within the hour is a habit. */
const HABIT = 3;

/**
 * Detects bots that make a handshake while nobody holds the handshake lock: their session is new and unanswered. A
 * single observation can be chance, so a bot is named only after several.
 */
export class HandshakeWatch {
  #known: ReadonlySet<string> | null = null;
  #moments: { name: string; at: number }[] = [];

  /** Records a scan. `ownerOf` names the process that holds a session's client end; `now` is monotonic ms. */
  see(
    sessions: readonly Session[],
    lock: LockState['kind'],
    ownerOf: (session: Session) => ProcessRef | null,
    now: number,
  ): void {
    const before = this.#known;
    this.#known = new Set(sessions.map(({ key }) => key));
    this.#moments = this.#moments.filter(({ at }) => now - at < REMEMBERED_MS);
    if (before === null || lock !== 'free') return;
    for (const session of sessions) {
      if (session.answered !== false || before.has(session.key)) continue;
      const owner = ownerOf(session);
      if (owner !== null) this.#moments.push({ name: owner.name, at: now });
    }
  }

  /** The names of the bots that do this habitually. */
  names(): string[] {
    const counts = new Map<string, number>();
    for (const { name } of this.#moments) counts.set(name, (counts.get(name) ?? 0) + 1);
    return [...counts].filter(([, count]) => count >= HABIT).map(([name]) => name);
  }
}
