import { describe, expect, it } from 'vitest';
import { type SeverityInput, severity, statusExitCode, totalZombies } from '../../../shared/severity.ts';
import type { Level } from '../../../shared/snapshot.ts';

const THRESHOLDS = { warningAbove: 5, criticalAbove: 10 };

const counts = (client: number | null, gateway: number | null) => ({
  client,
  gateway,
  total: client === null || gateway === null ? null : client + gateway,
});

function levelOf(zombies: number | null, about: Partial<SeverityInput> & { jammed?: boolean | null } = {}): Level {
  const { jammed = false, ...rest } = about;
  const ports = [{ zombies: counts(zombies, 0), jammed }];
  return severity(
    { scan: { kind: 'ok' }, ports, breaker: { state: 'closed' }, runnerBreaker: null, ...rest },
    THRESHOLDS,
  );
}

describe('the level', () => {
  it.each<[number | null, Level]>([
    [null, 'notice'],
    [0, 'clear'],
    [1, 'notice'],
    [5, 'notice'],
    [6, 'warning'],
    [10, 'warning'],
    [11, 'critical'],
  ])('of %s zombies is %s', (zombies, level) => {
    expect(levelOf(zombies)).toBe(level);
  });

  it('is blind when the scan failed, whatever else is known', () => {
    expect(levelOf(99, { scan: { kind: 'failed' }, jammed: true, breaker: { state: 'open' } })).toBe('blind');
  });

  it('is blind before the first look, of which every count is unknown', () => {
    const ports = [{ zombies: counts(null, null), jammed: null, closing: null, established: null }];
    const about = { ports, breaker: { state: 'closed' }, runnerBreaker: null } as const;
    expect(severity({ ...about, scan: { kind: 'stale' } }, THRESHOLDS)).toBe('blind');
    expect(severity({ ...about, scan: { kind: 'ok' } }, THRESHOLDS)).toBe('notice');
  });

  it('is at least a notice while a count is unknown, and what is known to be there still alarms', () => {
    const socket = (at: number) => ({
      local: `127.0.0.1:${50_000 + at}`,
      remote: '127.0.0.1:4002',
      state: 'CLOSE_WAIT',
      ageMs: 9_000,
      fd: '7',
    });
    const owners = (count: number) => [{ sockets: Array.from({ length: count }, (_, at) => socket(at)) }];
    expect(levelOf(null, { owners: owners(6) })).toBe('warning');
    expect(levelOf(null, { owners: [...owners(11), ...owners(11)] })).toBe('critical');
    const seen = { zombies: counts(7, null), jammed: null };
    expect(levelOf(0, { ports: [seen, seen] })).toBe('critical');
    expect(levelOf(0, { ports: [{ zombies: counts(0, 0), jammed: false, established: null }] })).toBe('notice');
    const accepted = { zombies: { client: 0, gateway: null, total: 0 }, jammed: null, closing: 0, established: 1 };
    expect(levelOf(0, { ports: [accepted] })).toBe('clear');
  });

  it('is a notice for connections of bots to Gateways elsewhere', () => {
    const elsewhere = [{ address: '10.9.9.2', port: 4002, zombies: 12, established: 0, processes: [] }];
    expect(levelOf(0, { elsewhere })).toBe('notice');
    expect(statusExitCode({ level: 'notice', ports: [{ zombies: counts(0, 0) }] as never, elsewhere })).toBe(1);
  });

  it.each(['degraded', 'stale'] as const)('goes by the count when the scan is %s', (kind) => {
    expect(levelOf(6, { scan: { kind } })).toBe('warning');
  });

  it('is critical for an open breaker, ours or the runner’s, and for a jam', () => {
    expect(levelOf(0, { breaker: { state: 'open' } })).toBe('critical');
    expect(levelOf(0, { runnerBreaker: { state: 'open' } })).toBe('critical');
    expect(levelOf(0, { jammed: true })).toBe('critical');
    expect(levelOf(0, { jammed: null })).toBe('clear');
  });

  it('is a notice for a manual hold only, not for a breaker that is half open or unused', () => {
    expect(levelOf(0, { breaker: { state: 'held' } })).toBe('notice');
    expect(levelOf(0, { breaker: { state: 'half_open' } })).toBe('clear');
    expect(levelOf(0, { breaker: { state: 'unused' } })).toBe('clear');
    expect(levelOf(0, { runnerBreaker: { state: 'held' } })).toBe('clear');
  });

  it('adds the ports up, and one unknown port makes the sum unknown', () => {
    const ports = [{ zombies: counts(3, 1) }, { zombies: counts(2, 0) }];
    expect([totalZombies(ports), totalZombies(ports, 'client'), totalZombies(ports, 'gateway')]).toEqual([6, 5, 1]);
    expect(totalZombies([...ports, { zombies: counts(0, null) }])).toBeNull();
    expect(totalZombies([])).toBe(0);
  });
});

describe('the exit code of status', () => {
  const code = (level: Level, zombies: number | null) =>
    statusExitCode({ level, ports: [{ zombies: counts(zombies, 0) }] as never });

  it.each<[Level, number | null, number]>([
    ['clear', 0, 0],
    ['notice', 0, 0],
    ['notice', 1, 1],
    ['warning', 6, 1],
    ['critical', 11, 2],
    ['critical', 0, 2],
    ['notice', null, 3],
    ['critical', null, 3],
    ['blind', null, 3],
    ['blind', 4, 3],
  ])('at %s with %s zombies is %i', (level, zombies, expected) => {
    expect(code(level, zombies)).toBe(expected);
  });
});
