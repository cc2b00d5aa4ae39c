import { expect, it } from 'vitest';
import { formatDuration, parseDuration } from '../../../shared/duration.ts';

it.each([
  ['90s', 90_000],
  ['15m', 900_000],
  ['2h', 7_200_000],
  ['1d', 86_400_000],
  ['1h30m', 5_400_000],
  ['1.5h', 5_400_000],
  [' 5M ', 300_000],
])('reads the duration %j as %i ms', (text, milliseconds) => {
  expect(parseDuration(text)).toEqual({ ok: true, value: milliseconds });
});

it.each(['', '15', 'm', '15 m', '-5m', '1e3s', '2h ago', '5x', `${'1'.repeat(40)}s`])(
  'refuses the duration %j in one line',
  (text) => {
    expect(parseDuration(text)).toEqual({
      ok: false,
      error: `"${text}" is not a duration: use a number with s, m, h or d, such as 90s, 15m or 2h`,
    });
  },
);

it.each(['0s', '0m', '25h', '0.0001s'])('refuses the duration %j as out of bounds', (text) => {
  expect(parseDuration(text, { maxMs: 86_400_000 })).toEqual({
    ok: false,
    error: `"${text}" is not allowed: more than 0s and at most 1d`,
  });
});

it.each([
  [0, '0s'],
  [999, '0s'],
  [45_000, '45s'],
  [5_400_000, '1h30m'],
  [90_061_000, '1d1h1m1s'],
])('writes a duration of %i ms as %j', (milliseconds, text) => {
  expect(formatDuration(milliseconds)).toBe(text);
});
