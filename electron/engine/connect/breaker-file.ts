import { z } from 'zod';
import { type Breaker, type BreakerMode, type BreakerRules, type Moment, retryTime } from './breaker.ts';

const instant = z.iso.datetime();
const count = z.number().int().min(0).max(1_000_000);
const span = z.number().int().min(0).max(86_400_000);

const probe = z.object({
  id: z.string().min(1).max(100),
  prober: z.object({ pid: z.number().int().min(1), startToken: z.string().max(200) }),
  until: instant,
  withinMs: span,
});

const mode = z.discriminatedUnion('state', [
  z.object({ state: z.literal('unused') }),
  z.object({ state: z.literal('closed') }),
  z.object({ state: z.literal('open'), retryAt: instant }),
  z.object({ state: z.literal('half_open'), probe: probe.nullable() }),
  z.object({ state: z.literal('held') }),
]);

/** The breaker on the disk, in wall time because the monotonic clock means nothing to another process. */
const fileSchema = z.object({
  version: z.literal(1),
  /** New with each writing: tells whether a process's memory, with its better clock, is still of this text. */
  revision: z.string().min(1).max(100),
  mode,
  failures: count,
  successes: count,
  changedAt: instant.nullable(),
  reason: z.string().max(2_000).nullable(),
  /** When the counters were last written to the journal. */
  toldAt: instant.nullable(),
});

/** A breaker together with what its file says about itself. */
export interface StoredBreaker {
  breaker: Breaker;
  revision: string;
  toldAt: string | null;
  /** A deadline lay further ahead than any can: the wall clock was set back since. Writing it again mends it for everybody. */
  mended: boolean;
}

/**
 * Reads a breaker file's text; `null` when it is not one. What remains until a deadline is between 0 and its full length, so
 * that no jump of the wall clock, sleep or reboot can hold the breaker shut.
 */
export function decodeBreaker(text: string, now: Moment, rules: BreakerRules): StoredBreaker | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  const parsed = fileSchema.safeParse(value);
  if (!parsed.success) return null;
  const { revision, toldAt, failures, successes, changedAt, reason } = parsed.data;
  const { mode, mended } = decodeMode(parsed.data.mode, now, rules);
  return { breaker: { mode, failures, successes, changedAt, reason }, revision, toldAt, mended };
}

/** The text of a breaker file. */
export function encodeBreaker(breaker: Breaker, now: Moment, revision: string, toldAt: string | null): string {
  const { failures, successes, changedAt, reason } = breaker;
  const content: z.infer<typeof fileSchema> = {
    version: 1,
    revision,
    mode: encodeMode(breaker.mode, now),
    failures,
    successes,
    changedAt,
    reason: reason?.slice(0, 2_000) ?? null,
    toldAt,
  };
  return `${JSON.stringify(content, null, 2)}\n`;
}

function decodeMode(
  mode: z.infer<typeof fileSchema>['mode'],
  now: Moment,
  rules: BreakerRules,
): { mode: BreakerMode; mended: boolean } {
  if (mode.state === 'open') {
    const { remaining, tooFar } = remainingOf(mode.retryAt, rules.recoveryMs, now);
    const retryAt = tooFar ? new Date(now.wall.getTime() + remaining).toISOString() : mode.retryAt;
    return { mode: { kind: 'open', until: now.clock + remaining, retryAt }, mended: tooFar };
  }
  if (mode.state === 'half_open') {
    if (mode.probe === null) return { mode: { kind: 'half_open', probe: null }, mended: false };
    const { id, prober, withinMs } = mode.probe;
    const { remaining, tooFar } = remainingOf(mode.probe.until, withinMs, now);
    const probe = { id, prober, withinMs, until: now.clock + remaining };
    return { mode: { kind: 'half_open', probe }, mended: tooFar };
  }
  return { mode: { kind: mode.state }, mended: false };
}

function encodeMode(mode: BreakerMode, now: Moment): z.infer<typeof fileSchema>['mode'] {
  switch (mode.kind) {
    case 'open':
      return { state: 'open', retryAt: retryTime(mode, now) };
    case 'half_open':
      return {
        state: 'half_open',
        probe: mode.probe && {
          id: mode.probe.id,
          prober: mode.probe.prober,
          until: new Date(now.wall.getTime() + (mode.probe.until - now.clock)).toISOString(),
          withinMs: Math.round(mode.probe.withinMs),
        },
      };
    default:
      return { state: mode.kind };
  }
}

/** A second's grace: two processes' rounding is no jump of the clock. */
const TOLERANCE_MS = 1_000;

function remainingOf(deadline: string, fullMs: number, now: Moment): { remaining: number; tooFar: boolean } {
  const ahead = Date.parse(deadline) - now.wall.getTime();
  return { remaining: Math.min(fullMs, Math.max(0, ahead)), tooFar: ahead > fullMs + TOLERANCE_MS };
}
