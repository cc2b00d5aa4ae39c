import { z } from 'zod';
import { decodeJson } from '../../record/files/json.ts';
import { type BreakerMode, type BreakerRules, type Moment, retryTime } from './breaker.ts';
import type { BreakerKey, Breakers, KeptBreaker } from './set.ts';

const instant = z.iso.datetime();
const count = z.number().int().min(0).max(1_000_000);
const span = z.number().int().min(0).max(86_400_000);
const MAX_REASON = 2_000;

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

/** A breaker on disk, in wall time because the monotonic clock means nothing to another process. */
const kept = z.object({
  mode,
  failures: count,
  successes: count,
  changedAt: instant.nullable(),
  reason: z.string().max(MAX_REASON).nullable(),
  /** When the counters were last written to the journal. */
  toldAt: instant.nullable(),
});
type KeptInFile = z.infer<typeof kept>;

/** New with each write: tells whether a process's memory, with its better clock, still matches this text. */
const revision = z.string().min(1).max(100);

const fileSchema = z.discriminatedUnion('version', [
  z.object({
    version: z.literal(2),
    revision,
    breakers: z.array(kept.extend({ port: z.number().int().min(1).max(65_535).nullable() })),
  }),
  /** The first format, with one breaker for all guards: it becomes the shared one. */
  kept.extend({ version: z.literal(1), revision }),
]);

/** The breakers together with what their file says about itself. */
export interface StoredBreakers {
  breakers: Breakers;
  revision: string;
  /** The file must be written again: it has the first format, or a deadline further ahead than any can be (the wall clock was set back). */
  mended: boolean;
}

/**
 * Reads the text of the breakers' file; `null` when it does not hold them. What remains until a deadline is between 0 and its full length, so
 * that no jump of the wall clock, sleep or reboot can hold a breaker shut.
 */
export function decodeBreakers(text: string, now: Moment, rules: BreakerRules): StoredBreakers | null {
  const data = decodeJson(text, fileSchema);
  if (data === null) return null;
  const entries = data.version === 1 ? [{ ...data, port: null }] : data.breakers;
  const breakers = new Map<BreakerKey, KeptBreaker>();
  let mended = data.version === 1;
  for (const { port, toldAt, failures, successes, changedAt, reason, mode } of entries) {
    const decoded = decodeMode(mode, now, rules);
    breakers.set(port, { breaker: { mode: decoded.mode, failures, successes, changedAt, reason }, toldAt });
    mended ||= decoded.mended;
  }
  return { breakers, revision: data.revision, mended };
}

/** The text of the breakers' file. */
export function encodeBreakers(breakers: Breakers, now: Moment, revision: string): string {
  const entries = [...breakers].map(([port, { breaker, toldAt }]) => ({
    port,
    mode: encodeMode(breaker.mode, now),
    failures: breaker.failures,
    successes: breaker.successes,
    changedAt: breaker.changedAt,
    reason: breaker.reason?.slice(0, MAX_REASON) ?? null,
    toldAt,
  }));
  const content: z.infer<typeof fileSchema> = { version: 2, revision, breakers: entries };
  return `${JSON.stringify(content, null, 2)}\n`;
}

function decodeMode(
  mode: KeptInFile['mode'],
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

function encodeMode(mode: BreakerMode, now: Moment): KeptInFile['mode'] {
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

/** A second of tolerance: rounding in two processes is not a jump of the clock. */
const TOLERANCE_MS = 1_000;

function remainingOf(deadline: string, fullMs: number, now: Moment): { remaining: number; tooFar: boolean } {
  const ahead = Date.parse(deadline) - now.wall.getTime();
  return { remaining: Math.min(fullMs, Math.max(0, ahead)), tooFar: ahead > fullMs + TOLERANCE_MS };
}
