import { z } from 'zod';

/** How long a Gateway must have been gone before it is started again, in ms. */
export const CLEAR_WAIT_MS = 30_000;

/** A guided restart without progress for this long is over, because alerts are held back while one runs. */
const ABANDONED_MS = 12 * 3_600_000;

/** How long a finished guided restart stays on screen before it closes. */
const FINISHED_MS = 600_000;

const time = z.iso.datetime();
const count = z.number().int().min(0);

const notice = z.discriminatedUnion('kind', [
  /** Bots run again although they were all stopped. */
  z.object({ kind: z.literal('bots-back'), names: z.array(z.string().max(200)).max(50) }),
  /** The Gateway listened again before the wait was over; `replaced` is null where its process cannot be seen. */
  z.object({ kind: z.literal('early'), port: count, afterMs: count, replaced: z.boolean().nullable() }),
  /** The Gateway came back and holds zombies already. */
  z.object({ kind: z.literal('zombies'), port: count, zombies: count }),
  /** The Gateway went away again while the bots were awaited. */
  z.object({ kind: z.literal('gone-again'), port: count }),
]);

/** What was reverted. */
export type GuideNotice = z.infer<typeof notice>;

const guidePort = z.object({
  port: z.number().int().min(1).max(65_535),
  /** Who listened when the guide last looked; null where that cannot be seen. */
  gateway: z.object({ pid: count, startedAt: z.string().max(64) }).nullable(),
  /** `up`: the Gateway to be quit. `away`: nothing is listening. `back`: it was gone long enough and is listening again. */
  status: z.enum(['up', 'away', 'back']),
  awayMs: count,
  /** The wait is over and the port's sockets are gone. */
  cleared: z.boolean(),
  /** It came back too early, perhaps as another process: a person may accept that. */
  early: z.boolean(),
});

/** A port whose Gateway is to be restarted, and how far that is. */
export type GuidePort = z.infer<typeof guidePort>;

/** What the guided restart remembers between two scans, and on disk between two runs. */
export const guideStateSchema = z.object({
  version: z.literal(1),
  startedAt: time,
  /** Null until the first successful scan; then what listened, or all watched ports when nothing did. */
  ports: z.array(guidePort).min(1).max(64).nullable(),
  /** Nothing listened at the start: then one Gateway that starts is enough. */
  anyPort: z.boolean(),
  steps: z.array(z.object({ done: z.boolean(), at: time.nullable() })).length(5),
  /** Listed bots were seen running since the start. */
  botsFound: z.boolean(),
  /** A person continued although Sexton cannot tell whether bots are left. */
  wentOn: z.boolean(),
  /** Bots that a person continued without, as `pid startedAt`. */
  leftRunning: z.array(z.string().max(128)).max(500),
  notice: notice.nullable(),
  /** When a step was last completed or reverted. */
  progressAt: time,
  /** When the guided restart last scanned. */
  seenAt: time,
});

export type GuideState = z.infer<typeof guideStateSchema>;

/** The moment of a scan: wall time, and the time since the scan before it, both in ms. The latter is never negative. */
export interface Moment {
  wall: number;
  passedMs: number;
}

/** A guide that has just been started and has seen nothing yet. */
export function beginGuide(wall: number): GuideState {
  const at = new Date(wall).toISOString();
  return {
    version: 1,
    startedAt: at,
    ports: null,
    anyPort: false,
    steps: Array.from({ length: 5 }, () => ({ done: false, at: null })),
    botsFound: false,
    wentOn: false,
    leftRunning: [],
    notice: null,
    progressAt: at,
    seenAt: at,
  };
}

/** Have all five steps been completed? */
export function isFinished({ steps }: Pick<GuideState, 'steps'>): boolean {
  return steps.every(({ done }) => done);
}

/** Has it ended on its own: finished a while ago, or abandoned? A clock that was set back ends nothing. */
export function isOver(state: GuideState, wall: number): boolean {
  const quietMs = wall - Date.parse(state.progressAt);
  return quietMs > (isFinished(state) ? FINISHED_MS : ABANDONED_MS);
}
