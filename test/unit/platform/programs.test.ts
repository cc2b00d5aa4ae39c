import { describe, expect, it } from 'vitest';
import { createPrograms } from '../../../electron/engine/platform/darwin/process/programs.ts';
import type { PsRow } from '../../../electron/engine/platform/darwin/process/ps-parse.ts';
import { success } from '../../../shared/result.ts';

const NOW = Date.parse('2026-11-21T18:30:00.000Z');
const START = '2026-11-21T18:25:53.000Z';

function row(pid: number, args: string, details: Partial<PsRow> = {}): PsRow {
  return { pid, ppid: 1, uid: 501, stat: 'S', startedAt: START, args, ...details };
}

/** A Mac whose lsof knows these executables, and whose ps these names; `null` is a lsof that fails. */
function mac(executables: Record<number, string> | null, names: Record<number, string> = {}) {
  const asked = { names: [] as number[], executables: [] as number[] };
  const programs = createPrograms({
    uid: 501,
    now: () => NOW,
    readNames: async (pids) => {
      asked.names.push(...pids);
      const entries = Object.entries(names).map(
        ([pid, command]) => [Number(pid), { startedAt: START, command }] as const,
      );
      return success(new Map(entries));
    },
    readExecutables: async (pids) => {
      asked.executables.push(...pids);
      return executables && new Map(Object.entries(executables).map(([pid, path]) => [Number(pid), path]));
    },
  });
  const of = async (...rows: PsRow[]) => {
    const known = await programs.of(rows);
    return known.ok ? [...known.value.values()] : known;
  };
  return { of, asked, programs };
}

describe('the programs of processes on macOS', () => {
  it('are named by the executable, and not by what a process calls itself', async () => {
    const { of } = mac({ 7: '/opt/trader' }, { 7: 'python3' });
    expect(await of(row(7, 'python3 bot.py'))).toEqual([{ name: 'trader', executable: '/opt/trader' }]);
  });

  it('are not known when lsof fails, nor for a process that claims to be one of the system', async () => {
    const failing = mac(null, { 7: '/opt/python3' });
    expect(await failing.of(row(7, '/opt/python3 bot.py'))).toEqual([{ name: 'python3', executable: null }]);
    const claiming = mac({ 7: '/usr/libexec/python3' });
    expect(await claiming.of(row(7, '/usr/libexec/python3 bot.py'))).toEqual([{ name: 'python3', executable: null }]);
    expect(claiming.asked.executables).toEqual([]);
  });

  it('of other users are what they call themselves: nobody signals these', async () => {
    const { of, asked } = mac({}, { 8: '/opt/ib gateway/java' });
    expect(await of(row(8, '/opt/ib gateway/java -cp x', { uid: 0 }))).toEqual([
      { name: 'java', executable: '/opt/ib gateway/java' },
    ]);
    expect(asked.executables).toEqual([]);
  });

  it('are asked for once, and again when the arguments, the start or the user change', async () => {
    const { of, asked } = mac({ 7: '/opt/python3' });
    for (const details of [{}, {}, { args: 'title' }, { startedAt: '2026-11-21T18:26:00.000Z' }]) {
      await of(row(7, 'python3 bot.py', details));
    }
    expect(asked.executables).toEqual([7, 7, 7]);
  });

  it('are asked for each time while a process is young: it may still become another program under the same name', async () => {
    const { of, asked } = mac({ 7: '/opt/python3' });
    const young = { startedAt: new Date(NOW - 1_000).toISOString() };
    await of(row(7, 'python3 bot.py', young));
    await of(row(7, 'python3 bot.py', young));
    expect(asked.executables).toEqual([7, 7]);
  });

  it('are forgotten with their processes', async () => {
    const { of, asked, programs } = mac({ 7: '/opt/python3' });
    await of(row(7, 'python3 bot.py'));
    programs.forgetOthers(new Map());
    await of(row(7, 'python3 bot.py'));
    expect(asked.executables).toEqual([7, 7]);
  });
});
