import { describe, expect, it } from 'vitest';
import { lookDarwin, observeDarwin, parseOpenFlags } from '../../../electron/engine/platform/darwin/locks.ts';
import { parseLocks } from '../../../electron/engine/platform/linux/locks.ts';
import type { LockSighting } from '../../../electron/engine/platform/lock/sighting.ts';
import { failure, success } from '../../../shared/result.ts';

describe('the rows of /proc/locks', () => {
  it('are read for flock(2) only, with holders and waiters separate', () => {
    const text = [
      '1: FLOCK  ADVISORY  WRITE 4312 fe:00:9977981 0 EOF',
      '1: -> FLOCK  ADVISORY  WRITE 4313 fe:00:9977981 0 EOF',
      '1:  -> FLOCK  ADVISORY  WRITE 4315 fe:00:9977981 0 EOF',
      '2: POSIX  ADVISORY  WRITE 4314 fe:00:9977981 0 EOF',
      '3: OFDLCK ADVISORY  WRITE -1 fe:00:9977981 0 EOF',
      '4: FLOCK  ADVISORY  READ 0 00:2d:12 0 EOF',
      'nonsense',
      '',
    ].join('\n');
    expect(parseLocks(text)).toEqual([
      { waits: false, pid: 4312, device: 'fe:00', inode: '9977981' },
      { waits: true, pid: 4313, device: 'fe:00', inode: '9977981' },
      { waits: true, pid: 4315, device: 'fe:00', inode: '9977981' },
      { waits: false, pid: 0, device: '00:2d', inode: '12' },
    ]);
  });
});

describe("lsof's open-file flags", () => {
  it('distinguish the lock’s holder from processes that wait with the file open', () => {
    const text = 'p71\ncpython3.11\nu501\nLann\nf3\nG0x4002;0x1\np72\ncPython\nu501\nLann\nf5\nG0x2;0x0\n';
    expect(parseOpenFlags(text)).toEqual({ kind: 'held', holders: [71], waiters: [72] });
  });

  it('show that the lock is free when no process has it', () => {
    expect(parseOpenFlags('')).toEqual({ kind: 'free', holders: [], waiters: [] });
    expect(parseOpenFlags('p72\nf5\nG0x2;0x0\n')).toEqual({ kind: 'free', holders: [], waiters: [72] });
  });

  it('count a process once, as holder, when it has the file open twice', () => {
    expect(parseOpenFlags('p71\nf3\nG0x2;0x0\nf4\nG0x4002;0x0\n')).toEqual({
      kind: 'held',
      holders: [71],
      waiters: [],
    });
  });

  it('make the lock unknown when they cannot be parsed', () => {
    expect(parseOpenFlags('p71\nf3\nGR,W\n')).toBeNull();
    expect(parseOpenFlags('pX\nf3\nG0x2\n')).toBeNull();
  });

  it('are not read as "free" when lsof fails or complains', async () => {
    const problem = { code: 'tool-timeout', tool: 'lsof', hint: '' } as const;
    expect(await lookDarwin('/tmp/l', async () => failure(problem))).toBeNull();
    const complaint = success({ stdout: '', stderr: "lsof: can't get PID byte count\n", exitCode: 1 });
    expect(await lookDarwin('/tmp/l', async () => complaint)).toBeNull();
    const silent = success({ stdout: '', stderr: '', exitCode: 1 });
    expect(await lookDarwin('/tmp/l', async () => silent)).toMatchObject({ kind: 'free' });
  });
});

describe('the lock on macOS', () => {
  const HAD_IT = success({ stdout: 'p71\nf3\nG0x4002;0x0\np72\nf3\nG0x2;0x0\n', stderr: '', exitCode: 0 });

  async function observe(lsof: typeof HAD_IT | null, ...kernel: LockSighting['kind'][]) {
    const asked: string[][] = [];
    const run = async (_: string, args: readonly string[]) => {
      asked.push([...args]);
      return lsof ?? failure({ code: 'tool-timeout', tool: 'lsof', hint: '' } as const);
    };
    const sighting = await observeDarwin('/tmp/l', run, async () => kernel.shift() ?? 'unknown');
    return { sighting, asked };
  }

  it('is free when the kernel says so, although a file is still open that once had the lock, and lsof is not run', async () => {
    const { sighting, asked } = await observe(HAD_IT, 'free');
    expect(sighting).toEqual({ kind: 'free', holders: [], waiters: [] });
    expect(asked).toEqual([]);
  });

  it('is held when the kernel says so, by whom lsof names, with descriptors alone and two seconds for a mount', async () => {
    const { sighting, asked } = await observe(HAD_IT, 'held', 'held');
    expect(sighting).toEqual({ kind: 'held', holders: [71], waiters: [72] });
    expect(asked).toEqual([['-w', '-X', '-S', '2', '-F', 'pcuLfG', '--', '/tmp/l']]);
  });

  it('is held by nobody in sight when lsof does not answer, and never free for that', async () => {
    expect((await observe(null, 'held', 'held')).sighting).toEqual({ kind: 'held', holders: [], waiters: [] });
  });

  it('is free when it was given back while lsof looked', async () => {
    expect((await observe(HAD_IT, 'held', 'free')).sighting).toEqual({ kind: 'free', holders: [], waiters: [] });
  });

  it('is what lsof says where the kernel cannot be asked', async () => {
    expect((await observe(HAD_IT, 'unknown')).sighting).toEqual({ kind: 'held', holders: [71], waiters: [72] });
    expect((await observe(null, 'unknown')).sighting).toBeNull();
  });
});
