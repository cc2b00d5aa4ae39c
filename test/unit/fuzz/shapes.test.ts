import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseRunnerLine } from '../../../electron/engine/connect/bot-log/lines.ts';
import { bridge } from '../../../shared/bridge/bridge.ts';
import { formatDuration, parseDuration } from '../../../shared/duration.ts';
import { layerSettings, mergeSettings, unknownSettings } from '../../../shared/settings/merge.ts';
import { DEFAULT_SETTINGS, settingsSchema } from '../../../shared/settings/settings.ts';
import { runs, TIMEOUT_MS } from './runs.ts';

/** Whatever can come out of JSON or a structured clone, with names that mean something to JavaScript itself. */
const name = fc.oneof(
  fc.constantFrom(
    ...Object.keys(DEFAULT_SETTINGS),
    '__proto__',
    'constructor',
    'toString',
    'hasOwnProperty',
    'port',
    'label',
  ),
  fc.string({ maxLength: 6 }),
);
const value = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...Object.values(DEFAULT_SETTINGS)) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, -0, 2 ** 53, '', null, undefined, 'on'),
  },
  { weight: 3, arbitrary: fc.anything({ key: name, maxDepth: 3, maxKeys: 4 }) },
);
/** `fromEntries` makes `__proto__` a name like any other, as JSON.parse does. */
const patch = fc.array(fc.tuple(name, value), { maxLength: 6 }).map((entries) => Object.fromEntries(entries));

describe('settings, under any patch', { timeout: TIMEOUT_MS }, () => {
  it('stay valid, and a patch is applied completely or not at all', () => {
    fc.assert(
      fc.property(patch, patch, (first, second) => {
        const base = layerSettings(DEFAULT_SETTINGS, first).settings;
        expect(settingsSchema.safeParse(base).success).toBe(true);
        const before = JSON.stringify(base);
        const merged = mergeSettings(base, second);
        if (merged.ok) expect(settingsSchema.safeParse(merged.value).success).toBe(true);
        else expect(merged.error.length).toBeGreaterThan(0);
        if (unknownSettings(second).length > 0) expect(merged.ok).toBe(false);
        expect(JSON.stringify(base)).toBe(before);
        expect(({} as Record<string, unknown>).port).toBeUndefined();
      }),
      runs(1_000),
    );
  });

  it('take every valid value of a layer and name every invalid one', () => {
    fc.assert(
      fc.property(patch, (layer) => {
        const { settings, refused } = layerSettings(DEFAULT_SETTINGS, layer);
        const paths = refused.map(({ path }) => path.split('.')[0]);
        for (const [setting, wanted] of Object.entries(layer)) {
          if (!Object.hasOwn(DEFAULT_SETTINGS, setting) || wanted === undefined || setting === 'breaker') continue;
          const alone = mergeSettings(DEFAULT_SETTINGS, { [setting]: wanted });
          if (!alone.ok)
            expect(settings[setting as keyof typeof settings]).toEqual(
              DEFAULT_SETTINGS[setting as keyof typeof settings],
            );
          if (!alone.ok) expect(paths.includes(setting) || paths.includes('criticalAbove')).toBe(true);
        }
      }),
      runs(1_000),
    );
  });
});

describe('a duration, whatever is typed', { timeout: TIMEOUT_MS }, () => {
  const typed = fc.oneof(
    fc.string({ maxLength: 12 }),
    fc
      .array(
        fc.tuple(
          fc.constantFrom('0', '1', '15', '1.5', '-1', '1e3', '٣', ''),
          fc.constantFrom('s', 'm', 'h', 'd', 'S', ' ', 'ms', ''),
        ),
        { maxLength: 4 },
      )
      .map((parts) => parts.flat().join('')),
  );

  it('is a whole number of milliseconds within its bounds, or one line that says what is wrong', () => {
    fc.assert(
      fc.property(typed, fc.integer({ min: 1_000, max: 86_400_000 }), (text, maxMs) => {
        const parsed = parseDuration(text, { maxMs });
        if (!parsed.ok) {
          expect(parsed.error).toContain(text);
          return;
        }
        expect(Number.isInteger(parsed.value) && parsed.value > 0 && parsed.value <= maxMs).toBe(true);
      }),
      runs(1_000),
    );
  });

  it('reads what it wrote', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 366 * 86_400 }), (seconds) => {
        expect(parseDuration(formatDuration(seconds * 1_000))).toEqual({ ok: true, value: seconds * 1_000 });
      }),
      runs(500),
    );
  });
});

describe("a line of a bot's log, whatever it says", { timeout: TIMEOUT_MS }, () => {
  const field = fc.constantFrom(
    'event',
    'message',
    'msg',
    'extra',
    'state',
    'failure_count',
    'failures',
    'timestamp',
    'level',
    'time',
  );
  const said = fc.oneof(
    fc.constantFrom(
      'circuit_breaker_state_change',
      'circuit_breaker_metrics',
      'open',
      'half_open',
      'Already connected',
    ),
    fc.constantFrom(
      'Circuit breaker OPENED after 5 failures. Blocking connections for 60.0s',
      '2026-11-21 09:00:00,123',
    ),
    fc.string({ maxLength: 20 }),
    fc.double(),
    fc.constant(null),
  );
  const entry = fc.dictionary(field, fc.oneof(said, fc.dictionary(field, said)), { maxKeys: 5 });
  const line = fc.oneof(
    entry.map((one) => JSON.stringify(one)),
    entry.map((one) => JSON.stringify({ message: JSON.stringify({ event: JSON.stringify(one), circuit_breaker: 1 }) })),
    fc.tuple(entry, fc.nat(80)).map(([one, at]) => `circuit breaker ${JSON.stringify(one).slice(0, at)}`),
    fc.tuple(fc.string(), said, fc.string()).map((parts) => parts.join(' ')),
    fc.nat(2_000).map((depth) => `${'{"circuit_breaker":'.repeat(depth)}1`),
  );

  it('is an event with valid numbers and a valid time, or nothing', () => {
    let events = 0;
    fc.assert(
      fc.property(line, (text) => {
        const event = parseRunnerLine(text);
        if (event === null) return;
        events += 1;
        if (event.at !== null) expect(Number.isNaN(event.at.getTime())).toBe(false);
        if (event.kind !== 'breaker') return;
        expect(['open', 'closed', 'half_open']).toContain(event.state);
        for (const number of [event.failures, event.successes]) {
          if (number !== null) expect(Number.isSafeInteger(number) && number >= 0).toBe(true);
        }
        if (event.recoveryMs !== null) expect(Number.isFinite(event.recoveryMs) && event.recoveryMs >= 0).toBe(true);
      }),
      runs(1_500),
    );
    expect(events).toBeGreaterThan(50);
  });
});

describe('what the panel sends, whatever it is', { timeout: TIMEOUT_MS }, () => {
  const asks = Object.entries(bridge).flatMap(([group, calls]) =>
    Object.entries(calls).flatMap(([call, one]) =>
      one.kind === 'ask' ? [[`${group}.${call}`, one.input] as const] : [],
    ),
  );
  const key = fc.oneof(
    fc.constantFrom('planId', 'includeLive', 'minutes', 'range', 'text', 'height', '__proto__', 'pid'),
    fc.string({ maxLength: 4 }),
  );
  const payload = fc.oneof(
    fc.anything({
      key,
      maxDepth: 3,
      maxKeys: 4,
      withBigInt: true,
      withDate: true,
      withMap: true,
      withSet: true,
      withTypedArray: true,
      withSparseArray: true,
    }),
    fc.record({
      planId: fc.string({ maxLength: 80 }),
      includeLive: fc.array(fc.string(), { maxLength: 120 }),
      minutes: fc.double(),
      height: fc.double(),
    }),
  );

  it.each(asks)(
    '%s is checked without a fault, and nothing gets through that the contract does not name',
    (path, input) => {
      fc.assert(
        fc.property(payload, (sent) => {
          const checked = input.safeParse(sent);
          if (!checked.success) return;
          // Every accepted payload is accepted again as it came out: what handlers see is of the contract's form.
          const again = input.safeParse(checked.data);
          expect(again.success && again.data).toEqual(checked.data);
          if (path !== 'settings.set' && typeof checked.data === 'object') {
            const named = new Set(['planId', 'includeLive', 'minutes', 'range', 'text', 'height']);
            for (const seen of Object.keys(checked.data ?? {})) expect(named.has(seen)).toBe(true);
          }
        }),
        runs(200),
      );
    },
  );
});
