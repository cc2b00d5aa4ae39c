import { describe, expect, it } from 'vitest';
import { parseRunnerLine, type RunnerEvent } from '../../../electron/engine/connect/bot-log/lines.ts';
import { mirror } from '../../../electron/engine/connect/bot-log/mirror.ts';
import type { BreakerState } from '../../../shared/snapshot.ts';

const opened = { kind: 'breaker', state: 'open', failures: 5, successes: 0, recoveryMs: 60_000 };
const at = new Date('2026-01-05T10:00:00.123Z');
const extra = {
  metric_type: 'circuit_breaker_state',
  state: 'open',
  failure_count: 5,
  success_count: 0,
  timestamp: '2026-01-05T10:00:00.123Z',
};
const sentence = 'Circuit breaker OPENED after 5 failures. Blocking connections for 60.0s';

describe("a line of the bot's log", () => {
  it.each<[string, string, unknown]>([
    ['plain text', sentence, { ...opened, at: null }],
    ['plain text with a time', `[2026-01-05 10:00:00,123+0000] WARNING bot: ${sentence}`, { ...opened, at }],
    [
      'coloured console output',
      `\u001b[2m2026-01-05T10:00:00.123456Z\u001b[0m [\u001b[33mwarning\u001b[0m] \u001b[1m${sentence}\u001b[0m`,
      { ...opened, at },
    ],
    [
      'structlog JSON with the fields in extra',
      JSON.stringify({ extra, event: 'circuit_breaker_state_change', level: 'info' }),
      { ...opened, recoveryMs: null, at },
    ],
    [
      'structlog JSON with the fields beside',
      JSON.stringify({ ...extra, event: 'circuit_breaker_state_change' }),
      { ...opened, recoveryMs: null, at },
    ],
    [
      'flat JSON',
      JSON.stringify({ message: 'circuit_breaker_state_change', ...extra }),
      { ...opened, recoveryMs: null, at },
    ],
    [
      'JSON inside of JSON',
      JSON.stringify({
        timestamp: '2026-01-05T10:00:00.123+00:00',
        level: 'INFO',
        message: JSON.stringify({ extra, event: 'circuit_breaker_state_change' }),
      }),
      { ...opened, recoveryMs: null, at },
    ],
    [
      'the sentence as structlog event',
      JSON.stringify({ event: sentence, level: 'warning', timestamp: '2026-01-05T10:00:00.123Z' }),
      { ...opened, at },
    ],
    [
      'counters',
      JSON.stringify({
        event: 'circuit_breaker_metrics',
        extra: { metric_type: 'circuit_breaker_counters', failures: 3, successes: 1, state: 'half_open' },
      }),
      { kind: 'breaker', state: 'half_open', failures: 3, successes: 1, recoveryMs: null, at: null },
    ],
    [
      'closing',
      'Circuit breaker CLOSED - Normal operation resumed',
      { kind: 'breaker', state: 'closed', failures: 0, successes: 0, recoveryMs: null, at: null },
    ],
    [
      'half-open with a hyphen',
      'Circuit breaker HALF-OPEN - Testing connection recovery',
      { kind: 'breaker', state: 'half_open', failures: null, successes: 0, recoveryMs: null, at: null },
    ],
    [
      'half-open with an underscore',
      'Circuit breaker HALF_OPEN',
      { kind: 'breaker', state: 'half_open', failures: null, successes: 0, recoveryMs: null, at: null },
    ],
    [
      'an "Already connected" error',
      '2026-01-05 10:00:00.123Z ERROR ib: Already connected',
      { kind: 'already-connected', at },
    ],
    [
      'an "Already connected" error in JSON',
      JSON.stringify({
        event: 'Connect failed: Already connected.',
        level: 'error',
        timestamp: '2026-01-05T10:00:00.123Z',
      }),
      { kind: 'already-connected', at },
    ],
  ])('is understood as %s', (_, line, expected) => {
    expect(parseRunnerLine(line)).toEqual(expected);
  });

  it.each([
    ['about something else', 'Bought 100 AAPL'],
    ['an unknown state', JSON.stringify({ event: 'circuit_breaker_state_change', extra: { state: 'ajar' } })],
    ['calm about being connected', '2026-01-05 10:00:00 INFO ib: Already connected, reusing the session'],
    ['calm about being connected in JSON', JSON.stringify({ event: 'Already connected', level: 'info' })],
    ['a mere mention', 'Circuit breaker: Recording failure (state=open)'],
    ['half a line of JSON', '{"event":"circuit_breaker_state_change","extra":{"state":"op'],
    ['junk', '\u0000\u0001\ufffdcircuit breaker\u0000'],
    ['JSON that is no object', '["circuit breaker"]'],
  ])('is skipped when it is %s', (_, line) => {
    expect(parseRunnerLine(line)).toBeNull();
  });

  it('without a time zone is in local time', () => {
    const event = parseRunnerLine(`2026-01-05 10:00:00,123 WARNING ${sentence}`);
    expect(event?.at).toEqual(new Date(2026, 0, 5, 10, 0, 0, 123));
  });
});

describe("the mirror of the bot's breaker", () => {
  const unused: BreakerState = {
    state: 'unused',
    failures: 0,
    successes: 0,
    threshold: 5,
    changedAt: null,
    retryAt: null,
    reason: null,
  };
  const line = (text: string) => parseRunnerLine(text) as Extract<RunnerEvent, { kind: 'breaker' }>;
  const minutes = (count: number) => new Date(at.getTime() + count * 60_000);

  it('reads the threshold, the time of the change and the next try from the sentence', () => {
    const told = mirror(unused, line(sentence.replace('5 failures', '3 failures').replace('60.0', '30.0')), at);
    expect(told).toMatchObject({
      state: 'open',
      failures: 3,
      threshold: 3,
      changedAt: at.toISOString(),
      retryAt: '2026-01-05T10:00:30.123Z',
    });
  });

  it('treats a repeated line as the same change', () => {
    const first = mirror(unused, line(sentence.replace('60.0', '30.0')), at);
    const again = mirror(first, line(JSON.stringify({ event: 'circuit_breaker_state_change', extra })), minutes(0.1));
    expect(again).toEqual(first);
  });

  it('goes through half-open to closed, or back to open for another recovery time', () => {
    const open = mirror(unused, line(sentence), at);
    const half = mirror(open, line('Circuit breaker HALF-OPEN'), minutes(1));
    expect(half).toMatchObject({
      state: 'half_open',
      failures: 5,
      successes: 0,
      retryAt: null,
      changedAt: minutes(1).toISOString(),
    });
    const reopened = mirror(half, line(sentence.replace('5', '6')), minutes(2));
    expect(reopened).toMatchObject({ state: 'open', failures: 6, threshold: 5, retryAt: minutes(3).toISOString() });
    const closed = mirror(half, line('Circuit breaker CLOSED'), minutes(2));
    expect(closed).toMatchObject({ state: 'closed', failures: 0, retryAt: null, reason: null });
  });
});
