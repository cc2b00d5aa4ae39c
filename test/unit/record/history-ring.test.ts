import { describe, expect, it } from 'vitest';
import { parseRing, renderRing } from '../../../electron/engine/record/history/format.ts';
import {
  EMPTY_RING,
  type HistoryRing,
  mergeRings,
  recordSample,
  type Sample,
  sampleOf,
} from '../../../electron/engine/record/history/ring.ts';
import type { PortState, ScanState } from '../../../shared/snapshot.ts';

const NOON = Date.parse('2026-03-01T12:00:00.000Z');
const MINUTE = 60_000;
const DAY = 86_400_000;

const sample = (client: number | null, gateway: number | null = 0, level: Sample['level'] = 'clear'): Sample => ({
  client,
  gateway,
  level,
});

const record = (ring: HistoryRing, ...looks: [Sample, number][]) =>
  looks.reduce((last, [look, time]) => recordSample(last, look, time), ring);

describe('a stretch', () => {
  it('keeps the largest counts and the worst level of its scans', () => {
    const ring = record(
      EMPTY_RING,
      [sample(1, 4, 'notice'), NOON],
      [sample(7, 0, 'warning'), NOON + 5_000],
      [sample(0, 0, 'clear'), NOON + 59_999],
      [sample(2, 0, 'notice'), NOON + MINUTE],
    );
    expect(ring.minutes).toEqual([
      { start: NOON, client: 7, gateway: 4, level: 'warning' },
      { start: NOON + MINUTE, client: 2, gateway: 0, level: 'notice' },
    ]);
    expect(ring.quarters).toEqual([{ start: NOON, client: 7, gateway: 4, level: 'warning' }]);
  });

  it('is unknown only when no scan in it saw anything', () => {
    const blind = sample(null, null, 'blind');
    expect(record(EMPTY_RING, [blind, NOON], [blind, NOON + 1]).minutes[0]).toMatchObject({
      client: null,
      level: 'blind',
    });
    expect(record(EMPTY_RING, [blind, NOON], [sample(3), NOON + 1]).minutes[0]).toMatchObject({
      client: 3,
      level: 'blind',
    });
  });

  it('is critical when any scan in it was, even if other scans failed', () => {
    const ring = record(EMPTY_RING, [sample(12, 0, 'critical'), NOON], [sample(null, null, 'blind'), NOON + 1]);
    expect(ring.minutes[0]?.level).toBe('critical');
  });
});

describe('the ring', () => {
  it('keeps a day of minutes and a week of quarters', () => {
    let ring = EMPTY_RING;
    for (let minute = 0; minute < 8 * 1_440; minute++)
      ring = recordSample(ring, sample(minute), NOON + minute * MINUTE);
    const end = NOON + (8 * 1_440 - 1) * MINUTE;
    expect(ring.minutes).toHaveLength(1_455);
    expect(ring.minutes.at(-1)?.start).toBe(end);
    expect(ring.quarters).toHaveLength(673);
    expect(ring.quarters[0]?.start).toBe(NOON + DAY - 900_000);
    expect(ring.quarters.at(-1)?.client).toBe(8 * 1_440 - 1);
  });

  it('has no stretches for time without scans', () => {
    const ring = record(EMPTY_RING, [sample(1), NOON], [sample(1), NOON + 3 * 3_600_000]);
    expect(ring.minutes).toHaveLength(2);
  });

  it('puts scans where they belong when the clock is set back, and discards nothing', () => {
    const ring = record(
      EMPTY_RING,
      [sample(1), NOON],
      [sample(2), NOON + MINUTE],
      [sample(5), NOON + 1_000],
      [sample(3), NOON - MINUTE],
    );
    expect(ring.minutes.map(({ start, client }) => [start, client])).toEqual([
      [NOON - MINUTE, 3],
      [NOON, 5],
      [NOON + MINUTE, 2],
    ]);
  });

  it('survives a clock that was years ahead for a while', () => {
    const ahead = NOON + 4 * 365 * DAY;
    let ring = EMPTY_RING;
    for (let minute = 0; minute < 1_400; minute++) ring = recordSample(ring, sample(1), NOON + minute * MINUTE);
    for (let minute = 0; minute < 100; minute++) ring = recordSample(ring, sample(9), ahead + minute * MINUTE);
    const now = NOON + 1_500 * MINUTE;
    for (let minute = 0; minute < 100; minute++) ring = recordSample(ring, sample(2), now + minute * MINUTE);
    const present = ring.minutes.filter(({ start }) => start < ahead);
    expect(present.filter(({ client }) => client === 1).length).toBeGreaterThan(1_300);
    expect(present.filter(({ client }) => client === 2)).toHaveLength(100);
  });
});

describe('merging', () => {
  const one = record(EMPTY_RING, [sample(1), NOON], [sample(4), NOON + MINUTE]);
  const other = record(EMPTY_RING, [sample(2), NOON + MINUTE], [sample(3, 1), NOON + 2 * MINUTE]);

  it('keeps what either ring saw, in order', () => {
    expect(mergeRings(one, other, NOON).minutes.map(({ client }) => client)).toEqual([1, 4, 3]);
    expect(mergeRings(one, other, NOON)).toEqual(mergeRings(other, one, NOON));
  });

  it('the same ring again changes nothing', () => {
    const both = mergeRings(one, other, NOON);
    expect(mergeRings(both, one, NOON)).toEqual(both);
    expect(mergeRings(both, both, NOON)).toEqual(both);
  });
});

describe('the file', () => {
  it('returns what was written, in compact form', () => {
    let ring = record(EMPTY_RING, [sample(null, null, 'blind'), NOON]);
    for (let minute = 1; minute < 1_500; minute++)
      ring = recordSample(ring, sample(3, 1, 'notice'), NOON + minute * MINUTE);
    expect(parseRing(renderRing(ring))).toEqual(ring);
    expect(renderRing(ring).length).toBeLessThan(40_000);
  });

  it.each([
    '',
    '{}',
    'null',
    '{"version":2,"minutes":[],"quarters":[]}',
    '{"version":1,"minutes":[[1,2,3]],"quarters":[]}',
  ])('is refused with the content %j', (text) => {
    expect(parseRing(text)).toBeNull();
  });
});

describe('a snapshot', () => {
  const scan = (kind: ScanState['kind']): ScanState => ({
    kind,
    at: '2026-03-01T12:00:00.000Z',
    durationMs: 4,
    problems: [],
  });
  const port = (client: number | null, gateway: number | null): PortState => ({
    port: 4002,
    label: '',
    listening: true,
    gateway: null,
    backlog: 0,
    jammed: false,
    zombies: { client, gateway, total: null },
    closing: 0,
    established: 0,
    forwarder: null,
  });

  it('counts the zombies of all ports', () => {
    const looked = { scan: scan('degraded'), ports: [port(1, 2), port(3, 4)], level: 'critical' as const };
    expect(sampleOf(looked)).toEqual({ client: 4, gateway: 6, level: 'critical' });
  });

  it('of a failed scan is unknown, never 0', () => {
    const looked = { scan: scan('failed'), ports: [port(0, 0)], level: 'blind' as const };
    expect(sampleOf(looked)).toEqual({ client: null, gateway: null, level: 'blind' });
    expect(sampleOf({ ...looked, scan: scan('ok'), ports: [port(1, 0), port(null, 0)] })).toMatchObject({
      client: null,
      gateway: 0,
    });
  });

  it('without a recent scan adds nothing', () => {
    expect(sampleOf({ scan: scan('stale'), ports: [port(3, 0)], level: 'notice' })).toBeNull();
  });
});
