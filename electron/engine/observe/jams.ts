import type { TcpRow } from '../platform/types.ts';
import { mirrored } from './endpoints.ts';
import type { Session } from './sessions.ts';
import type { TrackedZombie } from './zombies.ts';

/** How long bytes must stay unread at the gateway end before the Gateway counts as jammed, in ms. */
const JAMMED_AFTER_MS = 10_000;
/** How long a proven jam still counts once its signs are gone (its bots reset their connections), in ms. */
const JAM_LASTS_MS = 10_000;

/** For how many scans the accept backlog must stay above 0 before the Gateway counts as jammed. */
const JAMMED_BACKLOG_LOOKS = 3;
/** Scans closer together than this count as one: a clean verifies every 20 ms, and a backlog that lasts 60 ms is no jam. */
const BACKLOG_LOOK_MS = 400;

/**
 * More unread bytes than the close itself leaves: the end of a connection (FIN) counts as one byte in Linux's Recv-Q
 * and as none in netstat's on macOS, so a port probe leaves at most 1 on either, an API greeting 17 or 18.
 */
const MORE_THAN_A_CLOSE = 2;

/** Unread bytes at the gateway end of one connection. */
interface Unread {
  /** Monotonic time since which the Gateway has read none of them. */
  since: number;
  /** Bytes it had read before; `null` where the system does not say. */
  read: number | null;
}

/** What is remembered between scans to tell a jammed Gateway from a busy one. Times are monotonic ms. */
export interface JamMemory {
  /** By connection, from the bot's end, so that a session and the zombie it becomes are one entry. */
  unread: ReadonlyMap<string, Unread>;
  /** For how many scans in a row a port's backlog has been above 0, and the time of the last scan that counted. */
  backlogLooks: ReadonlyMap<number, { looks: number; at: number }>;
  /** Connections that were answered at the last scan; `null` before the first. */
  answered: ReadonlySet<string> | null;
  /** When a session on the port was last answered. */
  answeredAt: ReadonlyMap<number, number>;
  /** When a new session on the port was last answered: earlier unread bytes are no longer a sign of a jam. */
  recoveredAt: ReadonlyMap<number, number>;
  /** When the port last showed a sign of a jam. */
  jammedAt: ReadonlyMap<number, number>;
}

export const NO_JAM_MEMORY: JamMemory = {
  unread: new Map(),
  backlogLooks: new Map(),
  answered: null,
  answeredAt: new Map(),
  recoveredAt: new Map(),
  jammedAt: new Map(),
};

/** What one scan saw on the watched ports. */
export interface JamFacts {
  sessions: readonly Session[];
  zombies: Iterable<TrackedZombie>;
  /** Connections waiting to be accepted, by listening port; `null` where the system does not say. */
  backlog: ReadonlyMap<number, number | null>;
}

/** The gateway end of a connection in the table. */
interface GatewayEnd {
  key: string;
  port: number;
  row: TcpRow;
}

/**
 * Judges each port: true when jammed, `null` when it is too early or impossible to tell; absent means false. Signs of a
 * jam are bytes that stay unread for over 10 s at the gateway end of a session or of a zombie whose greeting was never
 * read, and a backlog above 0 for three scans. None of them counts while a session on that port is being answered: the
 * Gateway has sent it something, and either nothing is unread at its gateway end or the Gateway has read more since the
 * last scan.
 */
export function judgeJams(
  memory: JamMemory,
  { sessions, zombies, backlog }: JamFacts,
  now: number,
): { memory: JamMemory; jammed: ReadonlyMap<number, boolean | null> } {
  const ends = gatewayEnds(sessions, zombies);
  const unread = stillUnread(memory.unread, ends, now);
  const { answered, answeredAt, recoveredAt, reading, maybe } = rememberAnswers(memory, sessions, ends, unread, now);
  const backlogLooks = countBacklogLooks(memory.backlogLooks, backlog, answeredAt, now);
  const signs = new Map<number, boolean>();
  const sign = (port: number, proven: boolean) => signs.set(port, proven || signs.get(port) === true);
  for (const { key, port } of ends) {
    const bytes = unread.get(key);
    if (bytes === undefined || bytes.since < (recoveredAt.get(port) ?? Number.NEGATIVE_INFINITY)) continue;
    // A busy session has unread bytes in one scan and none in the next, so its bytes are timed from its last answer.
    sign(port, now - Math.max(bytes.since, answeredAt.get(port) ?? bytes.since) > JAMMED_AFTER_MS);
  }
  for (const [port, { looks }] of backlogLooks) sign(port, looks >= JAMMED_BACKLOG_LOOKS);

  const jammed = new Map<number, boolean | null>();
  const jammedAt = new Map<number, number>();
  for (const port of new Set([...signs.keys(), ...memory.jammedAt.keys()])) {
    if (answeredAt.get(port) === now) continue;
    const before = backlog.has(port) && !reading.has(port) ? memory.jammedAt.get(port) : undefined;
    const lasts = before !== undefined && (signs.has(port) || now - before <= JAM_LASTS_MS);
    if (signs.get(port) === true || lasts) {
      jammed.set(port, maybe.has(port) ? null : true);
      jammedAt.set(port, signs.has(port) ? now : (before ?? now));
    } else if (signs.has(port)) jammed.set(port, null);
  }
  return { memory: { unread, backlogLooks, answered, answeredAt, recoveredAt, jammedAt }, jammed };
}

function gatewayEnds(sessions: readonly Session[], zombies: Iterable<TrackedZombie>): GatewayEnd[] {
  const ends: GatewayEnd[] = [];
  for (const { key, port, gateway } of sessions) {
    if (gateway !== null) ends.push({ key, port, row: gateway });
  }
  for (const { key, port, side, row } of zombies) {
    if (side === 'gateway') ends.push({ key: mirrored(row) ?? key, port, row });
  }
  return ends;
}

/** Which connections have unread bytes, and since when. The time starts over whenever the Gateway reads some. */
function stillUnread(before: JamMemory['unread'], ends: readonly GatewayEnd[], now: number): Map<string, Unread> {
  const unread = new Map<string, Unread>();
  for (const { key, row } of ends) {
    const known = before.get(key);
    if (!hasUnread(row, known !== undefined)) continue;
    const read = row.bytesReceived === null ? null : row.bytesReceived - (row.recvQ ?? 0);
    // Unread bytes are at least as old as the last segment received: Linux proves a jam in the first scan.
    const since = known === undefined ? now - (row.lastSegmentMs ?? 0) : readOn(known, read) ? now : known.since;
    unread.set(key, { since, read: read ?? known?.read ?? null });
  }
  return unread;
}

function readOn(known: Unread, read: number | null): boolean {
  // The close itself may start to count as unread, which lowers the read bytes and is no reading.
  return read !== null && known.read !== null && read > known.read;
}

function hasUnread({ state, recvQ, bytesReceived }: TcpRow, known: boolean): boolean {
  const waiting = recvQ ?? 0;
  if (state !== 'CLOSE_WAIT') return waiting > 0;
  // A Gateway that read the greeting answered once; why it left the rest unread says nothing about other bots.
  return waiting >= MORE_THAN_A_CLOSE && (known || bytesReceived === null || waiting >= bytesReceived);
}

/** Ports where the Gateway was seen working, and ports where that cannot be told. */
interface Answers extends Pick<JamMemory, 'answeredAt' | 'recoveredAt'> {
  answered: ReadonlySet<string>;
  /** It has read what was unread in the last scan. */
  reading: ReadonlySet<number>;
  /** It has nothing unread on a session that may or may not have been answered. */
  maybe: ReadonlySet<number>;
}

function rememberAnswers(
  memory: JamMemory,
  sessions: readonly Session[],
  ends: readonly GatewayEnd[],
  unread: ReadonlyMap<string, Unread>,
  now: number,
): Answers {
  const answered = new Set<string>();
  const answeredAt = new Map(memory.answeredAt);
  const recoveredAt = new Map(memory.recoveredAt);
  const maybe = new Set<number>();
  const hasRead = (key: string) => {
    const known = memory.unread.get(key);
    const bytes = unread.get(key);
    return known !== undefined && (bytes === undefined || readOn(known, bytes.read));
  };
  for (const session of sessions) {
    const { key, port } = session;
    if (session.answered === true) answered.add(key);
    const idle = !unread.has(key) || hasRead(key);
    if (session.answered === true && idle) {
      answeredAt.set(port, now);
      if (memory.answered?.has(key) === false) recoveredAt.set(port, now);
    }
    if (session.answered === null && idle && session.gateway !== null && session.gateway.bytesReceived !== 0) {
      maybe.add(port);
    }
  }
  const reading = new Set(ends.filter(({ key }) => hasRead(key)).map(({ port }) => port));
  return { answered, answeredAt, recoveredAt, reading, maybe };
}

function countBacklogLooks(
  before: JamMemory['backlogLooks'],
  backlog: JamFacts['backlog'],
  answeredAt: ReadonlyMap<number, number>,
  now: number,
): JamMemory['backlogLooks'] {
  const counted = new Map<number, { looks: number; at: number }>();
  for (const [port, waiting] of backlog) {
    if ((waiting ?? 0) === 0 || answeredAt.get(port) === now) continue;
    const last = before.get(port);
    const counts = last === undefined || now - last.at >= BACKLOG_LOOK_MS;
    counted.set(port, counts ? { looks: (last?.looks ?? 0) + 1, at: now } : last);
  }
  return counted;
}
