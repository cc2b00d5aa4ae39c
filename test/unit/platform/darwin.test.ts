import { describe, expect, it } from 'vitest';
import { createDarwin } from '../../../electron/engine/platform/darwin/index.ts';
import { PS_COLUMNS, parsePs } from '../../../electron/engine/platform/darwin/process/ps-parse.ts';
import type { Output } from '../../../electron/engine/platform/run/command.ts';
import { failure, success } from '../../../shared/result.ts';
import { fixture, line } from './fixtures.ts';

const SELF = 4310;

/** macOS whose tools print what the test says, by tool and arguments; a number stands for an exit code without words. */
function mac(answers: Record<string, string | number | (() => string | number)>) {
  const asked: string[] = [];
  const platform = createDarwin({
    self: { pid: SELF, uid: 501 },
    run: async (tool, args) => {
      const command = `${tool} ${args.join(' ')}`;
      asked.push(command);
      const key = Object.keys(answers).find((start) => command === start || command.startsWith(`${start} `));
      const answer = key === undefined ? undefined : answers[key];
      const said = typeof answer === 'function' ? answer() : answer;
      if (said === undefined) return failure({ code: 'tool-missing', tool, hint: 'not in this test' });
      const output: Output = {
        stdout: typeof said === 'string' ? said : '',
        stderr: '',
        exitCode: typeof said === 'number' ? said : 0,
      };
      return success(output);
    },
  });
  return { platform, asked };
}

const NETSTAT = {
  'netstat -anlb': fixture('macos/netstat_anb.txt'),
  'netstat -anL': fixture('macos/netstat_anL.txt'),
};

async function table(answers: Parameters<typeof mac>[0], ports: number[]) {
  const { platform, asked } = mac(answers);
  return { read: await platform.readTable(ports), asked };
}

describe('the table of macOS', () => {
  it('has exactly the rows of the ports, with received bytes and backlogs', async () => {
    const { read, asked } = await table(NETSTAT, [4002]);
    if (!read.ok) throw new Error(read.error.hint);
    expect(read.value.rows.map((row) => `${line(row)} recvQ ${row.recvQ} received ${row.bytesReceived}`)).toEqual([
      'ESTABLISHED 127.0.0.1 4002 -> 127.0.0.1 54802 recvQ 0 received 17',
      'ESTABLISHED 127.0.0.1 54802 -> 127.0.0.1 4002 recvQ 0 received 31',
      'ESTABLISHED 127.0.0.1 4002 -> 127.0.0.1 54803 recvQ 17 received 17',
      'ESTABLISHED 127.0.0.1 54803 -> 127.0.0.1 4002 recvQ 0 received 0',
      'LISTEN * 4002 recvQ 3 received null',
    ]);
    expect([...read.value.backlog]).toEqual([[4002, 3]]);
    expect(read.value).toMatchObject({ source: 'netstat', problems: [] });
    expect(asked).toEqual(['netstat -anlb -p tcp', 'netstat -anL -p tcp']);
  });

  it('asks for backlogs only where something listens', async () => {
    expect((await table(NETSTAT, [7499])).asked).toEqual(['netstat -anlb -p tcp']);
    expect((await table(NETSTAT, [4002])).asked).toEqual(['netstat -anlb -p tcp', 'netstat -anL -p tcp']);
  });

  it('never mistakes a look-alike port', async () => {
    const { read } = await table(NETSTAT, [7497]);
    const ports = read.ok ? read.value.rows.flatMap((row) => [row.local.port, row.remote?.port]) : [];
    expect(ports).not.toContain(17497);
    const lookalike = await table(NETSTAT, [749]);
    expect(lookalike.read.ok && lookalike.read.value.rows).toEqual([]);
  });

  it('has whole IPv6 addresses', async () => {
    const { read } = await table({ 'netstat -anlb': fixture('macos/netstat_anl.txt') }, [4001]);
    expect(read.ok && read.value.rows.map(line)).toContain(
      'ESTABLISHED 2001:db8:85a3:8d3:1319:8a2e:370:7348 61234 -> 2001:db8:85a3:8d3::9 4001',
    );
  });

  it('reads once more when the table changed, but not forever', async () => {
    const answers = [fixture('macos/netstat_an_moved.txt'), fixture('macos/netstat_an.txt')];
    const settled = await table({ ...NETSTAT, 'netstat -anlb': () => answers.shift() ?? '' }, [7496]);
    expect(settled.read.ok && settled.read.value.rows).toHaveLength(3);
    const restless = await table({ 'netstat -anlb': fixture('macos/netstat_an_moved.txt') }, [4002]);
    expect(restless.read.ok && restless.read.value.rows).toHaveLength(1);
    expect(restless.asked.filter((command) => command === 'netstat -anlb -p tcp')).toHaveLength(2);
  });

  it('leaves bytes and backlog unknown when they cannot be read', async () => {
    const { read } = await table({ 'netstat -anlb': fixture('macos/netstat_an.txt') }, [4002]);
    expect(read.ok && read.value.rows.every((row) => row.bytesReceived === null)).toBe(true);
    expect(read.ok && [...read.value.backlog]).toEqual([[4002, null]]);
  });

  it.each([
    ['says nothing, and lsof does not answer', ''],
    ['fails', 1],
    ['prints garbage', 'nonsense\n'],
    ['prints nothing but a broken table', 'Proto Recv-Q Send-Q\ntcp4 what is this\n'],
  ])('is a failure when netstat %s', async (_, said) => {
    expect((await table({ 'netstat -anlb': said }, [4002])).read.ok).toBe(false);
  });

  it('is empty when netstat says nothing and lsof finds no socket', async () => {
    const { read, asked } = await table({ 'netstat -anlb': '', 'lsof -nPwb -iTCP': 1 }, [4002]);
    expect(read).toMatchObject({ ok: true, value: { rows: [], problems: [], unreadable: 0 } });
    expect(asked).toHaveLength(2);
  });

  it('is what lsof finds, and said to be so, when netstat says nothing although there are sockets', async () => {
    const hidden = { 'netstat -anlb': '', 'lsof -nPwb -iTCP': fixture('macos/lsof_F_pufdtPnT0.txt') };
    const { read } = await table(hidden, [4002]);
    expect(read).toMatchObject({ ok: true, value: { source: 'lsof', problems: [{ code: 'not-permitted' }] } });
    const elsewhere = await table(hidden, [7]);
    expect(elsewhere.read).toMatchObject({ ok: true, value: { rows: [], unreadable: 1 } });
  });

  it('says that rows may be missing when some cannot be read', async () => {
    const { read } = await table({ 'netstat -anlb': fixture('macos/netstat_an_touching.txt') }, [4002]);
    expect(read.ok && read.value.problems.map((problem) => problem.code)).toEqual(['output-unreadable']);
    expect(read.ok && read.value.unreadable).toBeGreaterThan(0);
  });
});

const PYTHON =
  '/opt/homebrew/Cellar/python@3.12/3.12.4/Frameworks/Python.framework/Versions/3.12/Resources/Python.app/Contents/MacOS/Python';
const JAVA = '/Users/ann/Applications/IB Gateway 10.45/.install4j/jre.bundle/Contents/Home/bin/java';

/** As `lsof -d txt -F pcfn0` prints it: a set for the process, and one for each mapped file. */
function mapped(pid: number, name: string, ...files: string[]): string {
  return `p${pid}\0c${name}\0\n${files.map((file) => `ftxt\0n${file}\0\n`).join('')}`;
}

const PS = {
  'ps -axww -o pid= -o ppid=': fixture('macos/ps.txt'),
  'ps -ww -p': fixture('macos/ps_comm.txt'),
  'lsof -nPwb -a -p': `${mapped(812, 'java', JAVA)}${mapped(4312, 'Python', PYTHON, '/usr/lib/dyld')}`,
};

describe('the processes of macOS', () => {
  it('are read with one -o per column, because a BSD ps takes the rest of a list for a header', () => {
    expect(PS_COLUMNS.filter((word) => word !== '-o').every((word) => /^[a-z]+=$/.test(word))).toBe(true);
  });

  it('are listed with path, start, user, session leadership and death', async () => {
    const read = await mac(PS).platform.readProcesses();
    if (!read.ok) throw new Error(read.error.hint);
    expect(read.value.get(4312)).toEqual({
      pid: 4312,
      ppid: 4310,
      uid: 501,
      startedAt: '2026-11-21T18:25:53.000Z',
      startToken: '2026-11-21T18:25:53.000Z',
      name: 'Python',
      executable: PYTHON,
      args: [expect.stringMatching(/Python$/), 'runner_async.py', '--token', '[redacted]', '--port', '4002'],
      sessionLeader: false,
      corpse: false,
    });
    expect(read.value.get(4310)).toMatchObject({ sessionLeader: true, executable: process.execPath });
    expect(read.value.get(4313)).toMatchObject({ corpse: true, executable: null });
    expect(read.value.get(812)).toMatchObject({
      name: 'java',
      executable: JAVA,
    });
    expect(read.value.get(1)?.startedAt).toBe('2026-11-02T07:01:12.000Z');
  });

  it('never show the user and password given to IBC', async () => {
    const read = await mac(PS).platform.readProcesses();
    const text = JSON.stringify(read.ok && [...read.value.values()]);
    expect(text).toContain('ibcalpha.ibc.IbcGateway');
    expect(text).not.toContain('hunter2');
    expect(text).not.toContain('annlogin');
    expect(text).not.toContain('s3cr3t');
  });

  it('have no path when the pid was reused between the two reads, and the kernel’s number for user nobody', async () => {
    const read = await mac(PS).platform.readProcesses();
    expect(read.ok && read.value.get(4400)).toMatchObject({ executable: null, uid: 4_294_967_294 });
  });

  it('are rejected from a ps that does not list the asking process', async () => {
    for (const said of ['', 1, fixture('macos/ps.txt').replace(/^ 4310.*$/m, '')]) {
      const { platform } = mac({ 'ps -axww': said, 'ps -ww': said });
      expect(await platform.readProcesses()).toMatchObject({ ok: false, error: { code: 'tool-failed' } });
      expect(await platform.readProcessesOf([4312])).toMatchObject({ ok: false });
    }
  });

  it('are read one at a time together with the asking process, which is then left out', async () => {
    const { platform, asked } = mac({
      'ps -ww -p 4312,9,4310 -o pid= -o ppid=': fixture('macos/ps.txt'),
      'ps -ww -p 4312,4310 -o pid= -o lstart=': fixture('macos/ps_comm.txt'),
    });
    const read = await platform.readProcessesOf([4312, 9, -4, 0]);
    expect(read.ok && [...read.value.keys()]).toEqual([4312]);
    expect(asked).toHaveLength(3);
  });

  it('have their programs asked for once, for as long as they are the same', async () => {
    const { platform, asked } = mac(PS);
    await platform.readProcesses();
    asked.splice(0);
    expect((await platform.readProcesses()).ok).toBe(true);
    expect(asked.filter((command) => !command.startsWith('ps -axww'))).toEqual([]);
  });

  it('have no executable that lsof does not confirm, whatever argv[0] says, and lsof is not asked again at once', async () => {
    const { platform, asked } = mac({ ...PS, 'lsof -nPwb -a -p': '' });
    const read = await platform.readProcesses();
    expect(read.ok && read.value.get(4312)).toMatchObject({ name: 'Python', executable: null });
    const silent = mac({ 'ps -axww -o pid= -o ppid=': PS['ps -axww -o pid= -o ppid='], 'ps -ww -p': PS['ps -ww -p'] });
    await silent.platform.readProcesses();
    await silent.platform.readProcesses();
    expect(silent.asked.filter((command) => command.startsWith('lsof'))).toHaveLength(1);
    expect(asked.filter((command) => command.startsWith('lsof'))).toHaveLength(1);
  });

  it('have another executable when they became another program', async () => {
    let executable = PYTHON;
    let args = fixture('macos/ps.txt');
    const { platform } = mac({
      ...PS,
      'ps -axww -o pid= -o ppid=': () => args,
      'lsof -nPwb -a -p': () => mapped(4312, 'Python', executable),
    });
    await platform.readProcesses();
    executable = '/opt/other/Python';
    args = args.replace('runner_async.py', 'other.py');
    const read = await platform.readProcesses();
    expect(read.ok && read.value.get(4312)?.executable).toBe('/opt/other/Python');
  });

  it('are left out when their pid is listed twice, as by an argument that imitates a line of ps', () => {
    const forged = `${fixture('macos/ps.txt')} 4312     1   501 S    Sat Nov 21 18:25:53 2026     python3 bot.py\n`;
    expect(parsePs(forged).has(4312)).toBe(false);
    expect(parsePs(forged).has(812)).toBe(true);
  });

  it('cannot be proved to hold a socket', async () => {
    expect(await mac({}).platform.readHeldSockets(4312)).toEqual({ inodes: new Set(), complete: false });
  });

  it('are not opened as a target while ps does not answer', async () => {
    const identity = { pid: process.ppid, startToken: 'x', uid: 501, executable: null };
    expect(await mac({}).platform.openTarget(identity)).toEqual({
      ok: false,
      error: { kind: 'failed', detail: 'not in this test' },
    });
  });
});
