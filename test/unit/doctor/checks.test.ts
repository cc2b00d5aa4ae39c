import { describe, expect, it } from 'vitest';
import { appChecks } from '../../../electron/engine/doctor/app.ts';
import { shellPath } from '../../../electron/engine/doctor/check.ts';
import { clockFinding } from '../../../electron/engine/doctor/clock.ts';
import { lockChecks } from '../../../electron/engine/doctor/lock.ts';
import { privilegeChecks, type SystemFacts, systemCheck } from '../../../electron/engine/doctor/system.ts';
import { probeTools, type ToolBench, toolChecks } from '../../../electron/engine/doctor/tools.ts';
import { DARWIN_NOTES } from '../../../electron/engine/platform/darwin/notes.ts';
import { LINUX_NOTES } from '../../../electron/engine/platform/linux/notes.ts';
import { doctorView } from '../../../electron/terminal/commands/doctor/view.ts';
import { renderAll } from '../../../electron/terminal/screen/paint.ts';
import { failure, success } from '../../../shared/result.ts';
import type { LockState } from '../../../shared/snapshot.ts';

const FACTS: SystemFacts = {
  name: 'Linux 6.1.0-18-amd64',
  lacks: null,
  architecture: 'x64',
  node: '24.9.0',
  electron: null,
  uid: 501,
  inContainer: false,
};

describe('the system', () => {
  it.each([
    ['macOS 14 (Darwin 23.6.0)', DARWIN_NOTES, '23.6.0'],
    ['macOS 15 (Darwin 24.5.0)', DARWIN_NOTES, '24.5.0'],
    ['macOS 26 (Darwin 25.1.0)', DARWIN_NOTES, '25.1.0'],
    ['Linux 6.1.0', LINUX_NOTES, '6.1.0'],
  ] as const)('is called %s', (name, notes, release) => {
    expect(notes.name(release)).toBe(name);
  });

  it('is reported as fine, old or too old', () => {
    expect(systemCheck(FACTS).status).toBe('ok');
    expect(systemCheck({ ...FACTS, lacks: LINUX_NOTES.lacks('5.2.9') })).toMatchObject({
      status: 'warning',
      detail: expect.stringContaining('Kernels before 5.3'),
    });
    expect(systemCheck({ ...FACTS, lacks: LINUX_NOTES.lacks('5.10.0') }).status).toBe('ok');
    expect(DARWIN_NOTES.lacks('4.0.0')).toBeNull();
    expect(systemCheck({ ...FACTS, node: '20.10.0' }).status).toBe('failed');
    expect(systemCheck({ ...FACTS, node: '20.11.0' }).status).toBe('ok');
    expect(systemCheck({ ...FACTS, electron: '45.4.1' }).detail).toContain('Electron 45.4.1');
  });

  it('warns about root and a container, and not about an ordinary user', () => {
    expect(privilegeChecks(FACTS, '/home/me').map(({ status }) => status)).toEqual(['ok']);
    expect(privilegeChecks({ ...FACTS, uid: 0, inContainer: true }, '/root').map(({ status }) => status)).toEqual([
      'warning',
      'warning',
    ]);
  });
});

describe('the tools of macOS', () => {
  const bench = (answers: Record<string, string | 'hangs' | 'missing'>): ToolBench => ({
    now: () => 0,
    find: async (tool) =>
      answers[tool] === 'missing'
        ? failure({ code: 'tool-missing', tool, hint: `${tool} is part of macOS` })
        : success(`/usr/sbin/${tool}`),
    run: async (tool) =>
      answers[tool] === 'hangs'
        ? failure({ code: 'tool-timeout', tool, hint: `${tool} gave no answer` })
        : success({ stdout: '', stderr: answers[tool] ?? '', exitCode: answers[tool] === '' ? 0 : 1 }),
  });
  const checks = async (answers: Record<string, string>) =>
    toolChecks(DARWIN_NOTES, await probeTools(DARWIN_NOTES, bench(answers)));

  it('are netstat, lsof and ps, of which only lsof reports a version', async () => {
    const found = await checks({ netstat: 'Active Internet connections', lsof: '    revision: 4.91', ps: '    1' });
    expect(found.map(({ id, status, detail }) => [id, status, detail])).toEqual([
      ['tool-netstat', 'ok', '/usr/sbin/netstat · 0 ms'],
      ['tool-lsof', 'ok', '/usr/sbin/lsof · 4.91 · 0 ms'],
      ['tool-ps', 'ok', '/usr/sbin/ps · 0 ms'],
    ]);
  });

  it('get the fix that suits their failure', async () => {
    const [netstat, lsof, ps] = await checks({ netstat: 'missing', lsof: 'hangs', ps: '' });
    expect(netstat).toMatchObject({ status: 'failed', fix: expect.stringContaining('softwareupdate') });
    expect(lsof).toMatchObject({ status: 'failed', fix: expect.stringContaining('mount -t nfs,smbfs') });
    expect(ps).toMatchObject({ status: 'failed', detail: expect.stringContaining('prints nothing at all') });
  });

  it('are not broken when netstat shows this user nothing: the count is only a part then', async () => {
    const [netstat] = await checks({ netstat: '', lsof: '    revision: 4.91', ps: '    1' });
    expect(netstat).toMatchObject({
      status: 'warning',
      detail: expect.stringContaining('shows this user no connections'),
    });
  });
});

describe('the clock', () => {
  const at = (wall: string, monotonic = 0) => ({ wall: Date.parse(wall), monotonic });
  const now = at('2026-03-01T10:00:00Z');

  it('is fine when it runs, and not when it is unset, jumps, or has gone back behind the journal', () => {
    expect(clockFinding(LINUX_NOTES.repairs.clock, now, now, null).status).toBe('ok');
    expect(
      clockFinding(LINUX_NOTES.repairs.clock, at('1970-01-01T00:01:00Z'), at('1970-01-01T00:01:00Z'), null),
    ).toMatchObject({
      status: 'failed',
      fix: 'sudo timedatectl set-ntp true',
    });
    expect(clockFinding(LINUX_NOTES.repairs.clock, now, at('2026-03-01T10:00:05Z', 300), null).detail).toContain(
      'jumped by 4700 ms',
    );
    const later = Date.parse('2026-03-01T11:00:00Z');
    expect(clockFinding(DARWIN_NOTES.repairs.clock, now, now, later)).toMatchObject({
      status: 'warning',
      fix: expect.stringContaining('Date & Time'),
    });
    expect(clockFinding(LINUX_NOTES.repairs.clock, now, now, now.wall - 5).status).toBe('ok');
  });
});

describe('the handshake lock', () => {
  const free: LockState = { kind: 'free', path: '/tmp/x.lock', holder: null, since: null, waiters: [] };
  const backend = { name: 'flock' as const, tryLock: async () => ({ kind: 'locked' as const }) };

  it('says by what it is taken, what else was tried, and that none works', () => {
    expect(lockChecks(LINUX_NOTES.repairs.flock, { backend, rejected: [] }, free)[0]?.status).toBe('ok');
    const second = lockChecks(
      LINUX_NOTES.repairs.flock,
      { backend, rejected: [{ name: 'koffi', reason: 'no such file\nstack' }] },
      free,
    );
    expect(second[0]).toMatchObject({ status: 'warning', detail: expect.stringContaining('koffi: no such file.') });
    expect(lockChecks(LINUX_NOTES.repairs.flock, { backend: null, rejected: [] }, free)[0]?.status).toBe('failed');
    expect(lockChecks(LINUX_NOTES.repairs.flock, { backend, rejected: [] }, { ...free, kind: 'unknown' })[1]?.fix).toBe(
      'lsof -- /tmp/x.lock',
    );
  });
});

describe('the app', () => {
  const item = { wished: true, actual: true };

  it('tells only from within whether notifications and the login item work', () => {
    expect(appChecks(DARWIN_NOTES.repairs, null).map(({ detail }) => detail)).toEqual([
      'Only the app can check this: open its panel, then Settings.',
      'Only the app can check this: open its panel, then Settings.',
    ]);
    expect(
      appChecks(DARWIN_NOTES.repairs, { notificationProblem: null, loginItem: item }).map(({ status }) => status),
    ).toEqual(['ok', 'ok']);
    const wrong = appChecks(DARWIN_NOTES.repairs, {
      notificationProblem: 'They are denied.',
      loginItem: { ...item, actual: false },
    });
    expect(wrong.map(({ fix }) => fix)).toEqual([
      'System Settings > Notifications > Sexton: switch on "Allow notifications"',
      'System Settings > General > Login Items: allow Sexton',
    ]);
  });

  it('uses the name "Open at login" like settings, menu and welcome', () => {
    const facts = { notificationProblem: null, loginItem: { ...item, actual: false } };
    expect(appChecks(LINUX_NOTES.repairs, facts).at(1)).toMatchObject({
      title: 'Open at login',
      fix: 'Switch "Open at login" off and on again in the settings',
    });
  });
});

describe('the report on a terminal', () => {
  const checks = [
    { id: 'a', title: 'One', status: 'ok', detail: 'fine', fix: null },
    {
      id: 'b',
      title: 'Another',
      status: 'failed',
      detail: 'it is broken in a long way '.repeat(5),
      fix: `fix ${'x'.repeat(80)}`,
    },
  ] as const;

  it('never wraps a command to copy, and counts the failed checks', () => {
    const report = { ok: false, at: '', checks: [...checks] };
    const lines = renderAll(doctorView(report, { columns: 60 }), { columns: Number.POSITIVE_INFINITY, colour: false });
    expect(lines).toContain(`           → fix ${'x'.repeat(80)}`);
    expect(lines.at(-1)).toBe('1 thing Sexton needs does not work here.');
    expect(lines.filter((line) => !line.includes('→')).every((line) => line.length <= 60)).toBe(true);
  });
});

describe('a path in a command', () => {
  it.each([
    ['/usr/bin/x', '/usr/bin/x'],
    ['/Users/me/Library/Application Support/x', "'/Users/me/Library/Application Support/x'"],
    ["/tmp/it's", "'/tmp/it'\\''s'"],
    ['/tmp/$(rm)', "'/tmp/$(rm)'"],
  ])('%s is written %s', (path, written) => {
    expect(shellPath(path)).toBe(written);
  });
});
