import { failure, type Result, success } from './result.ts';

const UNITS_MS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

const WHOLE = /^(?:\d+(?:\.\d+)?[smhd])+$/;
const PART = /(\d+(?:\.\d+)?)([smhd])/g;

/**
 * A duration as people type it, in milliseconds: 90s, 15m, 2h, 1d, 1h30m, 1.5h. Refuses what is none, and what is not above 0 and at
 * most `maxMs`, with one line that says what is allowed.
 */
export function parseDuration(text: string, { maxMs = 366 * 86_400_000 } = {}): Result<number, string> {
  const trimmed = text.trim().toLowerCase();
  if (trimmed.length > 32 || !WHOLE.test(trimmed)) {
    return failure(`"${text}" is not a duration: use a number with s, m, h or d, such as 90s, 15m or 2h`);
  }
  let milliseconds = 0;
  for (const [, amount, unit] of trimmed.matchAll(PART)) milliseconds += Number(amount) * (UNITS_MS[unit ?? ''] ?? 0);
  milliseconds = Math.round(milliseconds);
  if (milliseconds <= 0 || milliseconds > maxMs) {
    return failure(`"${text}" is not allowed: more than 0s and at most ${formatDuration(maxMs)}`);
  }
  return success(milliseconds);
}

/** A duration as `parseDuration` reads it, without what is below a second: "1h30m", "45s". */
export function formatDuration(milliseconds: number): string {
  let left = Math.max(0, Math.floor(milliseconds / 1_000)) * 1_000;
  const parts: string[] = [];
  for (const unit of ['d', 'h', 'm', 's']) {
    const size = UNITS_MS[unit] ?? 1;
    const amount = Math.floor(left / size);
    if (amount > 0) parts.push(`${amount}${unit}`);
    left -= amount * size;
  }
  return parts.join('') || '0s';
}
