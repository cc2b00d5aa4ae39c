import { isAbsolute } from 'node:path';
import { z } from 'zod';
import type { Proof } from '../clean/proof.ts';
import { indexHoldings } from '../observe/endpoints.ts';
import { scriptOf } from '../observe/process/scripts.ts';
import type { ProcessRecord } from '../platform/types.ts';
import { decodeJson } from '../record/files/json.ts';
import { keptValue, openStateFile, type StateFile, type StatePlace } from '../record/files/state-file.ts';

/** A bot is preselected for the guide's first step only if it was seen on a watched port within this time. */
export const SEEN_WITHIN_MS = 24 * 3_600_000;
/** A bot that is merely seen again is written at most this often. */
const WRITE_EVERY_MS = 300_000;
const MAX_SIGHTINGS = 500;

const fileSchema = z.object({
  version: z.literal(1),
  /** When each bot was last seen on a watched port, in ms since the epoch, by its key. */
  seen: z.record(z.string().max(8_192), z.number()),
});

type Seen = ReadonlyMap<string, number>;

/**
 * The key that recognises a bot from one run to the next: its script's path. Without a folder in its command line it could be
 * any `app.py`, so the key then stands for this one process.
 */
export function sightingKey(process: ProcessRecord): string | null {
  const script = scriptOf(process);
  if (script === null) return null;
  return isAbsolute(script.given) ? script.given : `${script.given} ${process.pid} ${process.startToken}`;
}

/** Remembers which scripts were seen on the watched ports, and when; kept on disk and shared by app and commands. */
export class Sightings {
  readonly #file: StateFile<Seen>;
  readonly #wall: () => number;
  #seen = new Map<string, number>();
  #writtenAt = Number.NEGATIVE_INFINITY;
  #last: { attribution: Proof['attribution']; at: number } | null = null;

  /** @param wall now, in ms since the epoch */
  constructor(place: StatePlace, wall: () => number) {
    this.#file = openStateFile<Seen>({
      ...place,
      decode: parseSightings,
      encode: (seen) => `${JSON.stringify({ version: 1, seen: Object.fromEntries(seen) })}\n`,
      what: 'a list of seen bots',
      // The next scan sees the same bots again.
      withoutLock: 'refuse-if-held',
      now: () => new Date(wall()),
    });
    this.#wall = wall;
  }

  /** Notes which processes hold the bot's end of a session or zombie on a watched port. Writes when one is new. */
  async see({ look, zombies, attribution }: Proof): Promise<void> {
    await this.refresh();
    const now = this.#wall();
    const isKnown = this.#last?.attribution === attribution && Math.abs(now - this.#last.at) < WRITE_EVERY_MS;
    if (isKnown) return;
    this.#last = { attribution, at: now };
    const holdersOf = indexHoldings(attribution.holdings);
    const clients = look.sessions.flatMap(({ client }) => (client ? holdersOf(client) : []));
    const left = zombies.filter(({ side }) => side === 'client').flatMap(({ holdings }) => holdings);
    let isNew = false;
    for (const pid of new Set([...clients, ...left].map((holding) => holding.pid))) {
      const process = attribution.processes.get(pid);
      const key = process ? sightingKey(process) : null;
      if (key === null) continue;
      isNew ||= !this.#isRecent(key);
      this.#seen.delete(key);
      this.#seen.set(key, now);
    }
    if (clients.length + left.length === 0) return;
    if (isNew || Math.abs(now - this.#writtenAt) >= WRITE_EVERY_MS) await this.#write(now);
  }

  /** Was this bot seen on a watched port within the last 24 h? */
  knows(process: ProcessRecord): boolean {
    const key = sightingKey(process);
    return key !== null && this.#isRecent(key);
  }

  /** Takes over what other programs of Sexton have seen in the meantime. */
  async refresh(): Promise<void> {
    const read = await this.#file.readIfChanged();
    if (read !== 'unchanged' && read.ok) this.#merge(keptValue(read.value));
  }

  #isRecent(key: string): boolean {
    const seenAt = this.#seen.get(key);
    return seenAt !== undefined && Math.abs(this.#wall() - seenAt) <= SEEN_WITHIN_MS;
  }

  /** Joins what is on disk with what is known here: the newer sighting counts. */
  #merge(kept: Seen | null): void {
    for (const [key, at] of kept ?? []) this.#seen.set(key, Math.max(at, this.#seen.get(key) ?? 0));
  }

  #write(now: number): Promise<void> {
    return this.#file.exclusively(async (file) => {
      const read = await file.read();
      if (read.ok) this.#merge(keptValue(read.value));
      const recent = [...this.#seen].filter(([key]) => this.#isRecent(key));
      this.#seen = new Map(recent.sort(([, one], [, other]) => one - other).slice(-MAX_SIGHTINGS));
      const written = read.ok ? await file.write(this.#seen) : read;
      if (written.ok) this.#writtenAt = now;
    });
  }
}

function parseSightings(text: string): Seen | null {
  const stored = decodeJson(text, fileSchema);
  return stored && new Map(Object.entries(stored.seen));
}
