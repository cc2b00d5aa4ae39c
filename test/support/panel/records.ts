import type { DoctorReport } from '../../../shared/doctor.ts';
import type { HistoryPoint, HistoryRange, HistoryView } from '../../../shared/history.ts';
import type { Level } from '../../../shared/snapshot.ts';
import { before, HOUR, MINUTE, NOW } from './moments.ts';

const SPANS: Readonly<Record<HistoryRange, { spanMs: number; count: number }>> = {
  '1h': { spanMs: MINUTE, count: 60 },
  '24h': { spanMs: MINUTE, count: 1_440 },
  '7d': { spanMs: 15 * MINUTE, count: 672 },
};

function levelOf(total: number): Level {
  if (total > 10) return 'critical';
  if (total > 5) return 'warning';
  return total > 0 ? 'notice' : 'clear';
}

/** A fake record that ends at this count: it rises, was cleaned once, and has a gap without scans. */
export function recordOf(range: HistoryRange, endsAt: number | null): HistoryView {
  const { spanMs, count } = SPANS[range];
  const end = endsAt ?? 3;
  const points = Array.from({ length: count }, (_, place): HistoryPoint => {
    const part = place / (count - 1);
    const early = part < 0.42 ? Math.round(Math.max(0, Math.sin(part * 7.4)) * (range === '1h' ? end * 0.4 : 6)) : 0;
    const late = part < 0.55 ? 0 : Math.round(((part - 0.55) / 0.45) * end);
    const total = early + late;
    const gateway = Math.round(total * (part > 0.8 ? 0.4 : 0.2));
    const seen = range === '1h' ? endsAt !== null || part < 0.97 : part < 0.47 || part > 0.5;
    const cleaned = Math.round(part * count) === Math.round(count * 0.425) ? 1 : 0;
    return {
      at: new Date(NOW - (count - place) * spanMs).toISOString(),
      spanMs,
      client: seen ? total - gateway : null,
      gateway: seen ? gateway : null,
      level: seen ? levelOf(total) : 'blind',
      cleanups: cleaned,
      cleanupsClean: cleaned,
      breakerChanges: cleaned,
      connectAttempts: place % 97 === 0 ? 1 : 0,
      connectRetries: place % 211 === 0 ? 1 : 0,
    };
  });
  return {
    points,
    events: [
      { at: before(4 * MINUTE), kind: 'alert', text: 'Warning: 7 zombie connections.' },
      { at: before(2 * HOUR), kind: 'breaker', text: 'The circuit breaker closed: bots may connect.' },
      { at: before(2 * HOUR + MINUTE), kind: 'breaker', text: 'The circuit breaker opened after 5 failures.' },
      { at: before(5 * HOUR), kind: 'cleaned', text: 'Stopped 2 bots. No zombie connections remain.' },
      { at: before(5 * HOUR + 2_000), kind: 'signal', text: 'SIGTERM was sent to runner_async.py (3980).' },
      { at: before(9 * HOUR), kind: 'restart', text: 'The guided restart was finished.' },
      { at: before(20 * HOUR), kind: 'app', text: 'Sexton started.' },
    ],
    cleanRate: 5 / 6,
  };
}

/** An empty record. */
export const NO_RECORD: HistoryView = { points: [], events: [], cleanRate: null };

/** The doctor's checks on a machine where one tool hangs and IBC uses another folder. */
export const DOCTOR: DoctorReport = {
  ok: false,
  at: new Date(NOW).toISOString(),
  checks: [
    { id: 'os', title: 'Operating system', status: 'ok', detail: 'macOS 26.1 on arm64', fix: null },
    { id: 'netstat', title: 'netstat', status: 'ok', detail: '/usr/sbin/netstat, 4 ms', fix: null },
    {
      id: 'lsof',
      title: 'lsof',
      status: 'failed',
      detail: '/usr/sbin/lsof did not answer within 5 s; a network mount may hang.',
      fix: 'umount -f /Volumes/Backup',
    },
    { id: 'flock', title: 'Handshake lock', status: 'ok', detail: 'flock(2) through koffi; free', fix: null },
    {
      id: 'ibc',
      title: 'IBC configuration',
      status: 'warning',
      detail: 'IBC looks for ~/ibc/config.ini, which is not there.',
      fix: 'cp ~/trader/ibc/config.ini ~/ibc/config.ini',
    },
    { id: 'settings', title: 'Settings file', status: 'ok', detail: 'read, no problems', fix: null },
    { id: 'journal', title: 'Journal', status: 'ok', detail: '1.2 MB of 5 MB', fix: null },
  ],
};
