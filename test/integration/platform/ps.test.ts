import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import { createDarwinProcesses } from '../../../electron/engine/platform/darwin/process/processes.ts';
import { createLinuxProcesses } from '../../../electron/engine/platform/linux/processes.ts';
import { SYSTEM_TOOLS } from '../../../electron/engine/platform/run/tools.ts';
import { toolRunner } from '../../support/system.ts';
import { until } from '../../support/until.ts';

const ps = SYSTEM_TOOLS.ps.some((path) => existsSync(path));
const stop: (() => void)[] = [];

afterEach(() => {
  for (const one of stop.splice(0)) one();
});

const processes = createDarwinProcesses(toolRunner(), { pid: process.pid, uid: process.geteuid?.() ?? -1 });

describe.skipIf(!ps)(`the reader of ps on this system’s real ps${ps ? '' : ': needs ps'}`, () => {
  it('finds a process with redacted arguments, and no longer finds it once it has ended', async () => {
    const child = spawn('/bin/sh', ['-c', 'read x', 'bot.py', '--password', 'hunter2'], {
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    stop.push(() => child.kill('SIGKILL'));
    const pid = child.pid ?? 0;
    const record = await until(async () => {
      const found = await processes.one(pid);
      return found?.args.includes('bot.py') ? found : undefined;
    });
    expect(record).toMatchObject({ pid, ppid: process.pid, uid: process.geteuid?.(), corpse: false });
    expect(record.args.slice(-2)).toEqual(['--password', '[redacted]']);
    child.kill('SIGKILL');
    await until(async () => (await processes.one(pid)) === null, { what: 'the end of the process' });
  });

  it.skipIf(process.platform !== 'linux')('reports the same as /proc about every process', async () => {
    const proc = createLinuxProcesses();
    const [listed, read] = [await processes.all(), await proc.all()];
    if (!listed.ok || !read.ok) throw new Error('not read');
    const both = [...read.value.values()].filter((record) => listed.value.has(record.pid));
    expect(both.length).toBeGreaterThan(1);
    for (const record of both) {
      const shown = listed.value.get(record.pid);
      if (record.corpse || shown?.ppid !== record.ppid) continue;
      expect(shown).toMatchObject({ uid: record.uid, sessionLeader: record.sessionLeader });
      expect(Math.abs(Date.parse(shown.startedAt) - Date.parse(record.startedAt))).toBeLessThan(2_500);
    }
  });
});
