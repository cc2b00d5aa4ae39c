import { z } from 'zod';
import { decodeJson } from '../files/json.ts';
import { type HistoryRing, LEVELS_BY_GRAVITY, MINUTE_MS, QUARTER_MS, type Stretch } from './ring.ts';

const count = z.number().int().min(0).nullable();
const row = z.tuple([
  z.number().int().min(0),
  count,
  count,
  z
    .number()
    .int()
    .min(0)
    .max(LEVELS_BY_GRAVITY.length - 1),
]);
const schema = z.object({ version: z.literal(1), minutes: z.array(row), quarters: z.array(row) });

type Row = z.infer<typeof row>;

const toRow =
  (span: number) =>
  ({ start, client, gateway, level }: Stretch): Row => [
    start / span,
    client,
    gateway,
    LEVELS_BY_GRAVITY.indexOf(level),
  ];

const fromRow =
  (span: number) =>
  ([start, client, gateway, level]: Row): Stretch => ({
    start: start * span,
    client,
    gateway,
    level: LEVELS_BY_GRAVITY[level] ?? 'blind',
  });

/** The ring as the text of its file: a row per stretch, [start in stretches since the epoch, client, gateway, gravity]. */
export function renderRing({ minutes, quarters }: HistoryRing): string {
  const file = { version: 1, minutes: minutes.map(toRow(MINUTE_MS)), quarters: quarters.map(toRow(QUARTER_MS)) };
  return `${JSON.stringify(file)}\n`;
}

/** The ring of a file's text; `null` when it is not a history. */
export function parseRing(text: string): HistoryRing | null {
  const stored = decodeJson(text, schema);
  if (stored === null) return null;
  const inOrder = (one: Stretch, other: Stretch) => one.start - other.start;
  return {
    minutes: stored.minutes.map(fromRow(MINUTE_MS)).sort(inOrder),
    quarters: stored.quarters.map(fromRow(QUARTER_MS)).sort(inOrder),
  };
}
