import { readFile } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import { z } from 'zod';
import type { Proof } from '../clean/proof.ts';
import { indexHoldings } from '../observe/endpoints.ts';
import { scriptOf } from '../observe/process/scripts.ts';
import type { ProcessRecord } from '../platform/types.ts';
import { moveAside, replaceFile } from '../record/files/atomic-file.ts';

/** A bot is preselected for the guide's first step only if it was seen on a watched port within this time. */
export const SEEN_WITHIN_MS = 24 * 3_600_000;
/** A sighting that only became newer is written this often at the most. */
const WRITE_EVERY_MS = 300_000;
const MAX_SIGHTINGS = 500;

const fileSchema = z.object({
  version: z.literal(1),
  /** When each bot was last seen on a watched port, in ms since the epoch, by its key. */
  seen: z.record(z.string().max(8_192), z.number()),
});

/**
 * What a bot is known by from one run to the next: its script's path. One whose command line tells no folder may be anybody's
 * `app.py`, so only the very process is known again.
 */
export function sightingKey(process: ProcessRecord): string | null {
  const script = scriptOf(process);
  if (script === null) return null;
  return isAbsolute(script.given) ? script.given : `${script.given} ${process.pid} ${process.startToken}`;
}

/** Remembers which scripts were seen on the watched ports, and when; kept on disk and shared by app and commands. */
export class Sightings {
  readonly #path: string;
  readonly #wall: () => number;
  #seen = new Map<string, number>();
  #loaded = false;
  #writtenAt = Number.NEGATIVE_INFINITY;
  #last: { attribution: Proof['attribution']; at: number } | null = null;

  /** @param wall now, in ms since the epoch */
  constructor(directory: string, wall: () => number) {
    this.#path = join(directory, 'sightings.json');
    this.#wall = wall;
  }

  /** Takes note of who holds the bot's end of a session or of a zombie on a watched port. Writes when somebody is new. */
  async see({ look, zombies, attribution }: Proof): Promise<void> {
    await this.#load();
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

  /** Was this bot on a watched port within the last 24 h, as far as it is known here? */
  knows(process: ProcessRecord): boolean {
    const key = sightingKey(process);
    return key !== null && this.#isRecent(key);
  }

  /** Takes note of what other programs of Sexton saw meanwhile. */
  async refresh(): Promise<void> {
    await this.#merge();
  }

  #isRecent(key: string): boolean {
    const seenAt = this.#seen.get(key);
    return seenAt !== undefined && Math.abs(this.#wall() - seenAt) <= SEEN_WITHIN_MS;
  }

  async #load(): Promise<void> {
    if (this.#loaded) return;
    this.#loaded = true;
    await this.#merge();
  }

  /** Joins what is on disk with what is known here: the newer sighting counts. */
  async #merge(): Promise<void> {
    this.#loaded = true;
    const text = await readFile(this.#path, 'utf8').catch(() => null);
    if (text === null) return;
    const kept = parseSightings(text);
    if (kept === null) {
      await moveAside(this.#path, new Date(this.#wall()));
      return;
    }
    for (const [key, at] of kept) this.#seen.set(key, Math.max(at, this.#seen.get(key) ?? 0));
  }

  async #write(now: number): Promise<void> {
    await this.#merge();
    const recent = [...this.#seen].filter(([key]) => this.#isRecent(key));
    this.#seen = new Map(recent.sort(([, one], [, other]) => one - other).slice(-MAX_SIGHTINGS));
    const written = await replaceFile(
      this.#path,
      `${JSON.stringify({ version: 1, seen: Object.fromEntries(this.#seen) })}\n`,
    );
    if (written.ok) this.#writtenAt = now;
  }
}

function parseSightings(text: string): Map<string, number> | null {
  try {
    const parsed = fileSchema.safeParse(JSON.parse(text));
    return parsed.success ? new Map(Object.entries(parsed.data.seen)) : null;
  } catch {
    return null;
  }
}
