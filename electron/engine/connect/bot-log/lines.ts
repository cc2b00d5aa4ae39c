/** What a line of a bot's log says about its breaker or its connects. `at` is `null` when the line has no time. */
export type RunnerEvent = { at: Date | null } & (
  | {
      kind: 'breaker';
      state: 'open' | 'closed' | 'half_open';
      failures: number | null;
      successes: number | null;
      recoveryMs: number | null;
    }
  | { kind: 'already-connected' }
);

type BreakerFacts = Omit<Extract<RunnerEvent, { kind: 'breaker' }>, 'at' | 'kind'>;

/** Lines without any of these words are skipped: a trading bot's log is mostly about other things. */
const OF_INTEREST = /circuit.?breaker|already connected/i;
const STATES = new Set(['open', 'closed', 'half_open']);
/** Levels at which "already connected" is not an error. */
const CALM_LEVEL = /^(debug|info|notice|trace)$/i;
const CALM_WORD = /\b(DEBUG|INFO)\b/;
/** The standard library's JSON formatter around structlog's puts one line's JSON into the other's `message`. */
const NESTING_MAX = 3;
// biome-ignore lint/suspicious/noControlCharactersInRegex: coloured console output is made of them
const COLOURS = /\u001b\[[\d;]*m/g;
const TIME = /(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(?:[.,](\d{1,9}))?\s?(Z|[+-]\d\d:?\d\d)?/;

/**
 * Reads one line: structlog JSON (`event`, with the fields beside it or in `extra`), flat JSON (`message` and fields),
 * one nested in the other, or plain text. `null` for lines about anything else.
 */
export function parseRunnerLine(line: string): RunnerEvent | null {
  if (!OF_INTEREST.test(line)) return null;
  const event = parseObject(line, NESTING_MAX);
  return event === undefined ? parseText(line.replace(COLOURS, '')) : event;
}

/** `undefined` when the text is not a JSON object. */
function parseObject(text: string, depth: number): RunnerEvent | null | undefined {
  const start = text.trimStart();
  if (!start.startsWith('{') || depth === 0) return undefined;
  let entry: Record<string, unknown>;
  try {
    entry = JSON.parse(start) as Record<string, unknown>;
  } catch {
    return undefined;
  }
  const extra = typeof entry.extra === 'object' && entry.extra !== null ? entry.extra : {};
  const fields: Record<string, unknown> = { ...entry, ...extra };
  const at = parseTime(fields.timestamp ?? fields.time ?? fields.asctime);
  const said = [entry.event, entry.message, entry.msg].find((value): value is string => typeof value === 'string');
  if (said === undefined) return null;
  const inner = parseObject(said, depth - 1);
  if (inner !== undefined) return inner && { ...inner, at: inner.at ?? at };
  if (said === 'circuit_breaker_state_change' || said === 'circuit_breaker_metrics') {
    const { state } = fields;
    if (typeof state !== 'string' || !STATES.has(state)) return null;
    return {
      at,
      kind: 'breaker',
      state: state as BreakerFacts['state'],
      failures: count(fields.failure_count ?? fields.failures),
      successes: count(fields.success_count ?? fields.successes),
      recoveryMs: null,
    };
  }
  const level = typeof fields.level === 'string' ? fields.level : '';
  const event = parseSentence(said, CALM_LEVEL.test(level));
  return event && { ...event, at };
}

function parseText(line: string): RunnerEvent | null {
  const event = parseSentence(line, CALM_WORD.test(line));
  return event && { ...event, at: parseTime(line.slice(0, 64)) };
}

function parseSentence(
  text: string,
  calm: boolean,
): ({ kind: 'breaker' } & BreakerFacts) | { kind: 'already-connected' } | null {
  const change = /circuit breaker (OPENED|CLOSED|HALF[-_ ]OPEN)\b/i.exec(text);
  if (change === null) return !calm && /\balready connected\b/i.test(text) ? { kind: 'already-connected' } : null;
  const word = change[1]?.toUpperCase();
  if (word === 'CLOSED') return { kind: 'breaker', state: 'closed', failures: 0, successes: 0, recoveryMs: null };
  if (word !== 'OPENED') return { kind: 'breaker', state: 'half_open', failures: null, successes: 0, recoveryMs: null };
  const failures = /OPENED after (\d{1,6}) failures?/i.exec(text)?.[1];
  const seconds = /for (\d{1,6}(?:\.\d{1,6})?) ?s/i.exec(text.slice(change.index))?.[1];
  return {
    kind: 'breaker',
    state: 'open',
    failures: failures === undefined ? null : Number(failures),
    successes: 0,
    recoveryMs: seconds === undefined ? null : Number(seconds) * 1_000,
  };
}

function count(value: unknown): number | null {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : null;
}

/** A time without a zone is local, as Python's `datetime.now()` and `logging` write it; a number is seconds since 1970. */
function parseTime(value: unknown): Date | null {
  if (typeof value === 'number' && value > 0 && value < 1e11) return new Date(value * 1_000);
  if (typeof value !== 'string') return null;
  const [, day, time, fraction = '0', zone = ''] = TIME.exec(value) ?? [];
  if (day === undefined) return null;
  const colonZone = zone.replace(/^([+-]\d\d)(\d\d)$/, '$1:$2');
  const parsed = new Date(`${day}T${time}.${fraction.padEnd(3, '0').slice(0, 3)}${colonZone}`);
  return Number.isNaN(parsed.getTime()) ? null : parsed;
}
