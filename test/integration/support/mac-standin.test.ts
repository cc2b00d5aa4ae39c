/**
 * The stand-ins of Apple's tools: their output, byte for byte, for sockets and processes that the tests made themselves. The layouts
 * are those of Apple's sources; test/support/mac/README.md names file and function.
 */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type AppleTool, type MacosVersion, noMac, openMac } from '../../support/mac/as-mac.ts';
import { runSexton } from '../../support/sexton.ts';
import {
  backlogZombies,
  type Gateway,
  gatewayZombies,
  hungSessions,
  noOtherUser,
  OTHER_UID,
  openScene,
  pythonExecutable,
  type Scene,
  startBot,
  startGateway,
} from '../../support/simulator/index.ts';
import { until } from '../../support/until.ts';

const PORT = 4002;
let scene: Scene;
let mac: ReturnType<typeof openMac>;

function answer(tool: AppleTool, args: readonly string[], env: Record<string, string> = {}) {
  const [file = '', ...rest] = scene.network.wrap([mac.tools[tool], ...args]);
  const { stdout, stderr, status } = spawnSync(file, rest, {
    encoding: 'utf8',
    env: { LC_ALL: 'C', TZ: 'UTC', PATH: '/usr/bin:/bin:/usr/sbin:/sbin', ...env },
    timeout: 20_000,
  });
  return { stdout, stderr, status };
}

function netstat(flags: string, version: MacosVersion = '26.3'): string {
  mac.set({ version });
  const { stdout, stderr, status } = answer('netstat', [flags, '-p', 'tcp']);
  expect({ stderr, status }).toEqual({ stderr: '', status: 0 });
  return stdout;
}

/** The header lines as they are, the rows in any order: the kernel's lists have their own. */
function split(text: string): { header: string; rows: string[] } {
  const lines = text.split('\n');
  expect(lines.pop()).toBe('');
  return { header: lines.slice(0, 2).join('\n'), rows: lines.slice(2).sort() };
}

/** A row by inet.c's formats: `%-3.3s%-2.2s %6u %6u  `, two cells of a width and a blank, `%-11s`. */
function row(protocol: string, unread: number, ends: readonly [string, string], state: string, width = 22): string {
  const cells = ends.map((end) => `${end.padEnd(width)} `).join('');
  return `${protocol.padEnd(5)} ${String(unread).padStart(6)} ${'0'.padStart(6)}  ${cells}${state.padEnd(11)}`;
}

const blanks = (count: number) => ' '.repeat(count);
const NARROW = `Proto Recv-Q Send-Q  Local Address          Foreign Address        (state)    `;
const WIDE = `Proto Recv-Q Send-Q  Local Address${blanks(33)}Foreign Address${blanks(31)}(state)    `;
const TITLE = 'Active Internet connections (including servers)\n';

/** The number of a process's descriptor for its only socket with that local port, read from /proc. */
function descriptorOf(pid: number, inode: string): number {
  const folder = `/proc/${pid}/fd`;
  const found = readdirSync(folder).find((fd) => readlinkSync(join(folder, fd)) === `socket:[${inode}]`);
  if (found === undefined) throw new Error(`no descriptor of ${pid} for socket ${inode}`);
  return Number(found);
}

function inodeOf(local: number, remote: number): string {
  const hex = (port: number) => port.toString(16).toUpperCase().padStart(4, '0');
  const lines = readFileSync(join(scene.network.tables, 'tcp'), 'utf8').split('\n');
  const fields = lines.map((line) => line.trim().split(/\s+/));
  const found = fields.find(([, one, other]) => one?.endsWith(`:${hex(local)}`) && other?.endsWith(`:${hex(remote)}`));
  return found?.[9] ?? '';
}

describe.skipIf(noMac)(`the stand-ins of Apple's tools${noMac === null ? '' : ` (skipped: ${noMac})`}`, () => {
  beforeEach(async () => {
    scene = await openScene({ network: 'private' });
    mac = openMac();
  });
  afterEach(async () => {
    await scene.close();
    mac.close();
  });

  const gateway = (options: Parameters<typeof startGateway>[1] = {}): Promise<Gateway> =>
    startGateway(scene, { ports: [PORT], ...options });

  describe('netstat', () => {
    it('prints nothing at all, not even a header, when there is no socket', () => {
      for (const flags of ['-an', '-anl', '-anb', '-anlb', '-anL']) expect(netstat(flags)).toBe('');
    });

    it.each([
      ['13', NARROW],
      ['14', NARROW],
      ['15', NARROW],
      ['15.2', NARROW],
      ['26', NARROW],
      ['26.3', WIDE],
    ] as const)('prints a listener as macOS %s does', async (version, header) => {
      await gateway();
      const listener = 'tcp4       0      0  127.0.0.1.4002         *.*                    LISTEN     \n';
      expect(netstat('-an', version)).toBe(`${TITLE}${header}\n${listener}`);
    });

    it.each([
      ['15.2', WIDE],
      ['26.3', NARROW],
    ] as const)('swaps the widths of header and rows with -l from 26.3 on (%s)', async (version, header) => {
      await gateway();
      const cells = `127.0.0.1.4002${blanks(32)}*.*${blanks(43)}`;
      expect(netstat('-anl', version)).toBe(`${TITLE}${header}\ntcp4       0      0  ${cells}LISTEN     \n`);
    });

    it('shows both ends of a session, a zombie without counting its FIN, and its other end', async () => {
      const served = await gateway();
      const bot = await startBot(scene, { gateway: served });
      const [zombie = 0] = await gatewayZombies(served, 1, bot);
      await served.setMode('hang');
      const [hung = 0] = await hungSessions(served, bot);
      const { header, rows } = split(netstat('-an'));
      expect(header).toBe(`${TITLE}${WIDE}`);
      const [gatewayEnd, hungEnd, zombieEnd] = [PORT, hung, zombie].map((port) => `127.0.0.1.${port}`) as [
        string,
        string,
        string,
      ];
      const greeting = 17;
      expect(rows).toEqual(
        [
          row('tcp4', 0, [gatewayEnd, '*.*'], 'LISTEN'),
          row('tcp4', greeting, [gatewayEnd, hungEnd], 'ESTABLISHED'),
          row('tcp4', 0, [hungEnd, gatewayEnd], 'ESTABLISHED'),
          row('tcp4', 0, [gatewayEnd, zombieEnd], 'CLOSE_WAIT'),
          row('tcp4', 0, [zombieEnd, gatewayEnd], 'FIN_WAIT_2'),
        ].sort(),
      );
    });

    it('counts the unread bytes of a zombie in the backlog without the FIN', async () => {
      const served = await gateway();
      const bot = await startBot(scene, { gateway: served });
      const [left = 0] = await backlogZombies(served, bot);
      const ends = ['127.0.0.1.4002', `127.0.0.1.${left}`] as const;
      expect(split(netstat('-an')).rows).toContain(row('tcp4', 17, ends, 'CLOSE_WAIT'));
      expect(netstat('-anL')).toBe(
        `Current listen queue sizes (qlen/incqlen/maxqlen)\nListen         Local Address${blanks(26)}\n` +
          `1/0/128        127.0.0.1.4002         \n`,
      );
      expect(netstat('-anL', '15')).toBe(
        `Current listen queue sizes (qlen/incqlen/maxqlen)\nListen         Local Address${blanks(9)}\n` +
          `1/0/128        127.0.0.1.4002         \n`,
      );
    });

    it.each([
      ['14', 10],
      ['15.2', 12],
      ['26.3', 12],
    ] as const)('appends received and sent bytes with -b as macOS %s does', async (version, width) => {
      const served = await gateway({ mode: 'hang' });
      const bot = await startBot(scene, { gateway: served });
      const [client = 0] = await hungSessions(served, bot);
      const bytes = (...counts: [string | number, string | number]) =>
        counts.map((count) => ` ${String(count).padStart(width)}`).join('');
      const { header, rows } = split(netstat('-anb', version));
      expect(header.endsWith(bytes('rxbytes', 'txbytes'))).toBe(true);
      const clientRow = row('tcp4', 0, [`127.0.0.1.${client}`, '127.0.0.1.4002'], 'ESTABLISHED');
      const gatewayRow = row('tcp4', 17, ['127.0.0.1.4002', `127.0.0.1.${client}`], 'ESTABLISHED');
      expect(rows.find((line) => line.startsWith(clientRow))?.slice(clientRow.length)).toMatch(
        new RegExp(`^ {${width}}0 [ \\d]{${width}}$`),
      );
      // The greeting with 52 bytes of headers, and from macOS 15 on once more.
      const received = 52 + (version === '14' ? 17 : 34);
      expect(rows.find((line) => line.startsWith(gatewayRow))?.slice(gatewayRow.length)).toMatch(
        new RegExp(`^ ${String(received).padStart(width)} [ \\d]{${width}}$`),
      );
    });

    it('distinguishes IPv4, IPv6 and both on a dual-stack listener', async () => {
      const dual = await startGateway(scene, { ports: [4001], host: '::' });
      await startGateway(scene, { ports: [7497], host: '::1' });
      await startGateway(scene, { ports: [7496], host: '::ffff:127.0.0.1' });
      const bot = await startBot(scene, { gateway: dual });
      const [session] = await bot.connect({ port: 4001, host: '127.0.0.1' });
      const { rows } = split(netstat('-an'));
      const client = `127.0.0.1.${session?.port}`;
      expect(rows).toEqual(
        [
          row('tcp46', 0, ['*.4001', '*.*'], 'LISTEN'),
          row('tcp6', 0, ['::1.7497', '*.*'], 'LISTEN'),
          row('tcp4', 0, ['127.0.0.1.7496', '*.*'], 'LISTEN'),
          row('tcp4', 0, ['127.0.0.1.4001', client], 'ESTABLISHED'),
          row('tcp4', 0, [client, '127.0.0.1.4001'], 'ESTABLISHED'),
        ].sort(),
      );
    });

    it('cuts an IPv6 address to 16 characters unless -l is given', async () => {
      const address = '2001:db8:1234:5678::42';
      const [file = '', ...args] = scene.network.wrap([
        'ip',
        '-6',
        'address',
        'add',
        `${address}/64`,
        'dev',
        'lo',
        'nodad',
      ]);
      expect(spawnSync(file, args).status).toBe(0);
      await startGateway(scene, { ports: [PORT], host: address });
      expect(split(netstat('-an')).rows).toEqual([row('tcp6', 0, ['2001:db8:1234:56.4002', '*.*'], 'LISTEN')]);
      expect(split(netstat('-anl')).rows).toEqual([row('tcp6', 0, [`${address}.4002`, '*.*'], 'LISTEN', 45)]);
    });

    it('shows a plain user of macOS 27 no sockets of other users', async () => {
      await gateway();
      mac.set({ version: '27', uid: 501 });
      expect(answer('netstat', ['-an', '-p', 'tcp'])).toEqual({ stdout: '', stderr: '', status: 0 });
      mac.set({ version: '27', uid: 0 });
      expect(split(answer('netstat', ['-an', '-p', 'tcp']).stdout).rows).toHaveLength(1);
    });
  });

  describe('lsof', () => {
    const FIELDS = 'pufdtPnT0';

    it('prints the fields of a session in lsof’s order, one set a line', async () => {
      const served = await gateway({ mode: 'hang' });
      const bot = await startBot(scene, { gateway: served });
      const [client = 0] = await hungSessions(served, bot);
      const { stdout, stderr, status } = answer('lsof', ['-nPw', `-iTCP:4001,${PORT}`, '-F', FIELDS]);
      const end = (pid: number, unread: number, local: number, remote: number) => {
        const fd = descriptorOf(pid, inodeOf(local, remote));
        const name = `127.0.0.1:${local}->127.0.0.1:${remote}`;
        return `f${fd}\0tIPv4\0dDEVICE\0PTCP\0n${name}\0TST=ESTABLISHED\0TQR=${unread}\0TQS=0\0\n`;
      };
      const listener = `f${descriptorOf(served.pid, inodeOf(PORT, 0))}\0tIPv4\0dDEVICE\0PTCP\0n127.0.0.1:${PORT}\0TST=LISTEN\0TQR=0\0TQS=0\0\n`;
      const uid = `u${process.getuid?.()}\0\n`;
      const sets = [
        { pid: served.pid, text: `p${served.pid}\0${uid}${listener}${end(served.pid, 17, PORT, client)}` },
        { pid: bot.pid, text: `p${bot.pid}\0${uid}${end(bot.pid, 0, client, PORT)}` },
      ];
      sets.sort((one, other) => one.pid - other.pid);
      expect(stdout.replace(/d0x[\da-f]{8,16}\0/g, 'dDEVICE\0')).toBe(sets.map(({ text }) => text).join(''));
      expect({ stderr, status }).toEqual({ stderr: '', status: 0 });
    });

    it('prints IPv4 addresses for an IPv6 socket that carries IPv4, and brackets for IPv6', async () => {
      await startGateway(scene, { ports: [PORT], host: '::' });
      const bot = await startBot(scene);
      const [four] = await bot.connect({ port: PORT, host: '127.0.0.1' });
      const [six] = await bot.connect({ port: PORT, host: '::1' });
      const { stdout } = answer('lsof', ['-nPw', `-iTCP:${PORT}`, '-F', 'tn']);
      expect(stdout).toContain(`\ntIPv6\nn*:${PORT}\n`);
      expect(stdout).toContain(`\ntIPv6\nn127.0.0.1:${PORT}->127.0.0.1:${four?.port}\n`);
      expect(stdout).toContain(`\ntIPv4\nn127.0.0.1:${four?.port}->127.0.0.1:${PORT}\n`);
      expect(stdout).toContain(`\ntIPv6\nn[::1]:${six?.port}->[::1]:${PORT}\n`);
    });

    it('ends with 1 whenever something requested was not found, however much it printed', async () => {
      const served = await gateway();
      const list = (...args: string[]) => answer('lsof', ['-nPw', ...args]);
      expect(list('-iTCP:4009')).toEqual({ stdout: '', stderr: '', status: 1 });
      // All ports of one -i are one question.
      expect(list(`-iTCP:4009,${PORT}`, '-F', 'p')).toMatchObject({ status: 0 });
      expect(list('-iTCP:4009', `-iTCP:${PORT}`, '-F', 'p').status).toBe(1);
      const listening = list('-a', '-p', `${served.pid},99999`, '-iTCP', '-sTCP:LISTEN', '-F', 'p');
      expect(listening.stdout).toMatch(new RegExp(`^p${served.pid}\nf\\d+\n$`));
      expect(listening.status).toBe(1);
      expect(list('-a', '-p', String(served.pid), '-iTCP', '-sTCP:CLOSE_WAIT', '-F', 'p')).toMatchObject({
        stdout: '',
        status: 1,
      });
    });

    it('lists the executable first among the mapped files', async () => {
      const served = await gateway({ program: 'Applications/IB Gateway 10.45/java' });
      const { stdout, status } = answer('lsof', ['-a', '-p', String(served.pid), '-d', 'txt', '-F', 'n']);
      expect(
        stdout.startsWith(`p${served.pid}\nftxt\nn${scene.path('Applications/IB Gateway 10.45/java')}\nftxt\n`),
      ).toBe(true);
      expect(status).toBe(0);
    });

    it('prints columns as wide as their widest cell without -F', async () => {
      const served = await gateway({ program: 'JavaApplicationStub' });
      const device = /0x[\da-f]{8,16}/.exec(answer('lsof', ['-nPw', `-iTCP:${PORT}`]).stdout)?.[0] ?? '';
      const user = spawnSync('id', ['-un'], { encoding: 'utf8' }).stdout.trim();
      const fd = `${String(descriptorOf(served.pid, inodeOf(PORT, 0))).padStart(4)}u`;
      const [pid, width] = [String(served.pid), Math.max(3, String(served.pid).length)];
      expect(answer('lsof', ['-nPw', `-iTCP:${PORT}`]).stdout).toBe(
        `COMMAND   ${'PID'.padStart(width)} ${'USER'.padStart(Math.max(4, user.length))}   FD   TYPE ${'DEVICE'.padStart(device.length)} SIZE/OFF NODE NAME\n` +
          `JavaAppli ${pid.padStart(width)} ${user.padStart(4)} ${fd}  IPv4 ${device}      0t0  TCP 127.0.0.1:${PORT} (LISTEN)\n`,
      );
    });

    it('marks the process that has the lock', async () => {
      const bot = await startBot(scene);
      const path = scene.path('connect.lock');
      writeFileSync(path, '');
      await bot.lock(path);
      const flags = () => /^G(.*)$/m.exec(answer('lsof', ['-w', '-F', 'pcuLfG', '--', path]).stdout)?.[1];
      expect(flags()).toMatch(/^0x400[23];0x[02]$/);
      const listed = answer('lsof', ['-w', '-X', '-F', 'pcuLfG', '--', path]);
      expect(listed.stdout).toMatch(
        new RegExp(`^p${bot.pid}\ncpython[\\d.]+\nu\\d+\n(?:L.*\n)?f\\d+\nG0x400[23];0x[02]\n$`),
      );
      await bot.unlock(path);
      expect(answer('lsof', ['-w', '-F', 'p', '--', path])).toEqual({ stdout: '', stderr: '', status: 1 });
    });

    it('still marks a process that released the lock and kept the file open', async () => {
      const path = scene.path('connect.lock');
      const steps = `import fcntl, sys
file = open(sys.argv[1], 'w')
for lock in (fcntl.LOCK_EX, fcntl.LOCK_UN):
    fcntl.flock(file, lock)
    print('done', flush=True)
    sys.stdin.readline()`;
      const bot = spawn(pythonExecutable(), ['-c', steps, path], { stdio: ['pipe', 'pipe', 'inherit'] });
      try {
        const flags = () => /^G(.*)$/m.exec(answer('lsof', ['-w', '-F', 'G', '--', path]).stdout)?.[1];
        await once(bot.stdout, 'data');
        expect(flags()).toBe('0x4002;0x2');
        bot.stdin.write('\n');
        await once(bot.stdout, 'data');
        expect(flags()).toBe('0x4002;0x2');
      } finally {
        bot.kill('SIGKILL');
      }
    });

    it('cannot inspect a missing file, nor any file with -b', () => {
      const missing = scene.path('none.lock');
      const answered = answer('lsof', ['-w', '-F', 'p', '--', missing]);
      expect(answered).toMatchObject({ stdout: '', status: 1 });
      expect(answered.stderr).toMatch(
        new RegExp(`^lsof: status error on ${missing}: No such file or directory\nlsof 4\\.91\n latest revision: `),
      );
      const avoided = answer('lsof', ['-w', '-b', '-F', 'p', '--', scene.folder]);
      expect(avoided.stderr.split('\n')[0]).toBe(
        `lsof: status error on ${scene.folder}: Resource temporarily unavailable`,
      );
      expect(avoided.status).toBe(1);
    });

    it('waits for a dead mount as long as -S says, and not at all with -b', async () => {
      await gateway();
      mac.set({ deadMounts: ['/Volumes/nas'] });
      const took = (...args: string[]) => {
        const begun = performance.now();
        expect(answer('lsof', ['-nPw', ...args, `-iTCP:${PORT}`, '-F', 'p'])).toMatchObject({ stderr: '', status: 0 });
        return performance.now() - begun;
      };
      expect(took('-S', '2')).toBeGreaterThanOrEqual(2_000);
      // It would not end before `answer` loses patience if it waited.
      took('-b', '-S', '100');
      const warned = answer('lsof', ['-nP', '-b', `-iTCP:${PORT}`, '-F', 'p']);
      expect(warned.stderr).toContain("lsof: WARNING: can't stat() smbfs file system /Volumes/nas\n");
    });

    it('takes as long as it is configured to, or hangs', async () => {
      await gateway();
      mac.set({ delays: { lsof: 0.5 } });
      const begun = performance.now();
      expect(answer('lsof', ['-nPw', `-iTCP:${PORT}`, '-F', 'p']).status).toBe(0);
      expect(performance.now() - begun).toBeGreaterThanOrEqual(500);
      mac.set({ hanging: ['lsof'], lsofComplaint: 'PID 1: odd' });
      const hung = spawnSync(mac.tools.lsof, ['-nPw', '-iTCP'], { timeout: 1_000, killSignal: 'SIGKILL' });
      expect(hung.signal).toBe('SIGKILL');
      mac.set({ lsofComplaint: 'PID 1: odd' });
      expect(answer('lsof', ['-nPw', `-iTCP:${PORT}`, '-F', 'p'])).toMatchObject({
        stderr: 'lsof: PID 1: odd\n',
        status: 0,
      });
    });

    it.skipIf(noOtherUser)("silently leaves out other users' processes", async () => {
      const bot = await startBot(scene, { uid: OTHER_UID });
      const port = await bot.listen();
      mac.set({ uid: 501 });
      expect(answer('lsof', ['-nPw', `-iTCP:${port}`])).toEqual({ stdout: '', stderr: '', status: 1 });
      mac.set({ uid: OTHER_UID });
      expect(answer('lsof', ['-nPw', `-iTCP:${port}`, '-F', 'u']).stdout).toContain(`\nu${OTHER_UID}\n`);
    });
  });

  describe('ps', () => {
    /** The start of a process in whole seconds, from /proc. */
    function startOf(pid: number): string {
      const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
        .replace(/^.*\) /, '')
        .split(' ');
      const boot = Number(/^btime (\d+)$/m.exec(readFileSync('/proc/stat', 'utf8'))?.[1]);
      const [, weekday, day, month, year, time] =
        /^(\w+), (\d+) (\w+) (\d+) ([\d:]+) GMT$/.exec(
          new Date((boot + Math.floor(Number(fields[19]) / 100)) * 1000).toUTCString(),
        ) ?? [];
      return `${weekday} ${month} ${String(Number(day)).padStart(2)} ${time} ${year}`;
    }

    const columns = (...names: string[]) => names.flatMap((name) => ['-o', `${name}=`]);

    async function sleeper(name: string, env: Record<string, string> = {}): Promise<{ pid: number; end(): void }> {
      const child = spawn('sleep', ['60'], { argv0: name, env, stdio: 'ignore' });
      const { pid } = child;
      if (pid === undefined) throw new Error('sleep did not start');
      await until(() => readFileSync(`/proc/${pid}/cmdline`, 'utf8').startsWith(name));
      return { pid, end: () => void child.kill('SIGKILL') };
    }

    it('prints the columns that Sexton asks for at their widths', async () => {
      const one = await sleeper('python3');
      try {
        const ids = [one.pid, process.pid, process.getuid?.() ?? 0].map((id) => String(id).padStart(5)).join(' ');
        const asked = columns('pid', 'ppid', 'uid', 'stat', 'lstart', 'args');
        expect(answer('ps', ['-ww', '-p', String(one.pid), ...asked]).stdout).toBe(
          `${ids} S    ${startOf(one.pid)}     python3 60\n`,
        );
        expect(answer('ps', ['-ww', '-p', String(one.pid), ...columns('pid', 'lstart', 'comm')]).stdout).toBe(
          `${String(one.pid).padStart(5)} ${startOf(one.pid)}     python3\n`,
        );
        expect(answer('ps', ['-o', 'pid,ppid,stat,comm', '-p', String(one.pid)]).stdout).toBe(
          `  PID  PPID STAT COMM\n${ids.slice(0, 11)} S    python3\n`,
        );
      } finally {
        one.end();
      }
    });

    it('prints argv[0] as comm, whatever the executable is', async () => {
      const one = await sleeper('./.venv/bin/python');
      try {
        expect(answer('ps', ['-p', String(one.pid), ...columns('comm')]).stdout).toBe('./.venv/bin/python\n');
        expect(answer('ps', ['-p', String(one.pid), ...columns('ucomm')]).stdout).toBe('sleep           \n');
      } finally {
        one.end();
      }
    });

    it('escapes what the locale cannot print as vis(3) does', async () => {
      const one = await sleeper('jos\u00e9\tx\ny');
      try {
        const args = ['-p', String(one.pid), ...columns('comm')];
        expect(answer('ps', args).stdout).toBe('josM-CM-)\\011x\\012y\n');
        const utf8 = answer('ps', args, { LC_ALL: '', LC_CTYPE: 'UTF-8', LC_TIME: 'C' });
        expect(utf8.stdout).toBe('jos\u00e9\\011x\\012y\n');
      } finally {
        one.end();
      }
    });

    it("shows the environment of the user's programs with -E, except those that Apple restricts", async () => {
      const bot = await startBot(scene);
      const asked = ['-xEww', '-o', 'pid=,command='];
      const line = (pid: number) =>
        answer('ps', asked)
          .stdout.split('\n')
          .find((text) => text.trimStart().startsWith(`${pid} `));
      expect(line(bot.pid)).toContain(` PYTHONPATH=${scene.folder} `);
      const one = await sleeper('bot', { SEXTON_GUARD_ID: 'mark' });
      try {
        expect(line(one.pid)).toBe(`${String(one.pid).padStart(5)} bot 60`);
        mac.set({ restricted: ['zsh'] });
        expect(line(one.pid)).toBe(`${String(one.pid).padStart(5)} bot 60 SEXTON_GUARD_ID=mark`);
      } finally {
        one.end();
      }
    });

    it('lists a process that was not reaped as defunct, and ends with 1 when there is no process', async () => {
      const bot = await startBot(scene);
      const child = await bot.worker({ port: await bot.listen(), wait: false });
      process.kill(child.pid, 'SIGKILL');
      const asked = ['-p', String(child.pid), ...columns('stat', 'comm')];
      await until(() => answer('ps', asked).stdout.startsWith('Z'));
      expect(answer('ps', asked)).toEqual({ stdout: 'Z    <defunct>\n', stderr: '', status: 0 });
      expect(answer('ps', ['-p', '99999', ...columns('pid')])).toEqual({ stdout: '', stderr: '', status: 1 });
      expect(answer('ps', ['-p', '100000000', ...columns('pid')])).toEqual({
        stdout: '',
        stderr: 'ps: process id too large: 100000000\n',
        status: 1,
      });
    });

    it('appears under its own name', () => {
      const { stdout } = answer('ps', ['-axww', '-o', 'comm=', '-o', 'args=']);
      expect(stdout).toMatch(/^\/bin\/ps +\/bin\/ps -axww -o comm= -o args=$/m);
    });
  });

  describe('a command that is run as on a Mac', () => {
    it('uses the darwin platform with these tools', async () => {
      await gateway();
      const command = mac.wrap([
        process.execPath,
        '-e',
        'console.log(process.platform, require("os").release(), require("fs").existsSync("/proc"))',
      ]);
      const [file = '', ...args] = command;
      const told = spawnSync(file, args, { encoding: 'utf8', env: { ...process.env, ...mac.env } });
      expect(told.stdout).toBe('darwin 25.3.0 false\n');
      const network = {
        ...scene.network,
        wrap: (inner: readonly string[], uid?: number) => scene.network.wrap(mac.wrap(inner), uid),
      };
      const run = await runSexton(['status', '--json', '--port', String(PORT)], { network, env: mac.env });
      expect(run.stderr).toBe('');
      expect(JSON.parse(run.stdout)).toMatchObject({ level: 'clear', ports: [{ port: PORT, listening: true }] });
      expect(run.code).toBe(0);
      expect(mac.calls()[0]).toEqual({ tool: 'netstat', args: ['-anlb', '-p', 'tcp'] });
      const doctor = await runSexton(['doctor'], { network, env: mac.env });
      expect(doctor.stdout).toMatch(/System +macOS 26 \(Darwin 25\.3\.0\)/);
      expect(doctor.stdout).toMatch(/\u2713 lsof +\/usr\/sbin\/lsof/);
    });
  });
});
