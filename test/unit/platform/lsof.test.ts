import { describe, expect, it } from 'vitest';
import { judgeLsof } from '../../../electron/engine/platform/sockets/holdings.ts';
import { parseLsof } from '../../../electron/engine/platform/sockets/lsof.ts';
import { fixture, line } from './fixtures.ts';

const output = (stdout: string, exitCode = 0, stderr = '') => ({ stdout, stderr, exitCode });

describe('parseLsof', () => {
  it.each([
    ['lsof_F_Tqs.txt', 14],
    ['lsof_F_all.txt', 14],
    ['lsof_F_pcLnfTu.txt', 14],
    ['lsof_F_pcLnfTu0_NUL.txt', 14],
    ['lsof_F_pcR_pid.txt', 10],
    ['lsof_fd_over_999_and_9999_F.txt', 3],
    ['lsof_inherited_fd_F.txt', 3],
    ['lsof_names_escaped_F.txt', 16],
    ['lsof_nonroot_F.txt', 3],
    ['lsof_F_pufdtPnT0.txt', 7],
  ])('reads every socket of %s', (name, count) => {
    const parsed = parseLsof(fixture(`linux/${name}`));
    expect(parsed.rows).toHaveLength(count);
    expect(parsed.unreadable).toBe(0);
  });

  it('reads the same sockets from NUL and from newline output', () => {
    const bare = (name: string) => parseLsof(fixture(`linux/${name}`)).rows.map((row) => ({ ...row, inode: null }));
    expect(bare('lsof_F_pcLnfTu0_NUL.txt')).toEqual(bare('lsof_F_pcLnfTu.txt'));
    expect(bare('lsof_F_all.txt')).toEqual(bare('lsof_F_pcLnfTu.txt'));
  });

  it('reads process, user, descriptor, inode, state and both endpoints', () => {
    const rows = parseLsof(fixture('linux/lsof_F_all.txt')).rows;
    expect(rows[0]).toEqual({
      pid: 19693,
      uid: 0,
      fd: '4',
      inode: 42188,
      state: 'LISTEN',
      local: { address: '*', port: 4001 },
      remote: null,
    });
    expect(rows.filter((row) => row.state === 'CLOSE_WAIT').map((row) => `${row.pid} ${row.fd} ${line(row)}`)).toEqual([
      '19693 8 CLOSE_WAIT 127.0.0.1 4002 -> 127.0.0.1 54754',
      '19693 9 CLOSE_WAIT 127.0.0.1 7497 -> 127.0.0.1 34724',
      '19693 11 CLOSE_WAIT 127.0.0.1 4002 -> 127.0.0.1 54764',
      '19693 12 CLOSE_WAIT 127.0.0.1 4002 -> 127.0.0.1 54778',
      '19693 13 CLOSE_WAIT ::1 4002 -> ::1 33618',
      '19722 3 CLOSE_WAIT 127.0.0.1 47230 -> 127.0.0.1 7496',
    ]);
  });

  it('keeps a truncated descriptor as a label', () => {
    expect(parseLsof(fixture('linux/lsof_fd_over_999_and_9999_F.txt')).rows.map((row) => row.fd)).toEqual([
      '3',
      '1095',
      '*995',
    ]);
  });

  it('lists a socket once for each process that holds it', () => {
    const rows = parseLsof(fixture('linux/lsof_inherited_fd_F.txt')).rows;
    expect(rows.filter((row) => row.state === 'CLOSE_WAIT').map((row) => row.pid)).toEqual([28101, 28143]);
  });

  it('reads macOS output, where field d is an address and no inode', () => {
    const parsed = parseLsof(fixture('macos/lsof_F_pufdtPnT0.txt'));
    expect(parsed.unreadable).toBe(0);
    expect(parsed.rows.every((row) => row.inode === null)).toBe(true);
    expect(parsed.rows.map((row) => `${row.pid} ${line(row)}`)).toEqual([
      '812 LISTEN * 4002',
      '812 CLOSE_WAIT 127.0.0.1 4002 -> 127.0.0.1 54754',
      '812 CLOSE_WAIT ::1 4002 -> ::1 33618',
      '812 ESTABLISHED 192.168.1.23 51234 -> 208.245.107.3 4001',
      '4312 CLOSED 127.0.0.1 47230 -> 127.0.0.1 7496',
      '4312 FIN_WAIT_2 fe80:1::1 34724 -> fe80:1::1 7497',
    ]);
  });

  it('reads v4-mapped addresses as IPv4, and a state after the name', () => {
    const rows = parseLsof('p7\nf3\nPTCP\nn[::ffff:127.0.0.1]:4002->[::ffff:127.0.0.1]:5 (CLOSED)\n').rows;
    expect(rows.map(line)).toEqual(['CLOSED 127.0.0.1 4002 -> 127.0.0.1 5']);
  });

  it('lists only TCP', () => {
    expect(parseLsof('p7\nf3\nPUDP\nn127.0.0.1:4002->127.0.0.1:5\nf4\nPTCP\nn*:*\nTST=CLOSED\n')).toEqual({
      rows: [],
      unreadable: 0,
    });
  });

  it.each([
    ['a socket before any process', 'f3\nn127.0.0.1:4002\nTST=LISTEN\n'],
    ['a process that is no number', 'pabc\nf3\nn127.0.0.1:4002\nTST=LISTEN\n'],
    ['process 0', 'p0\nf3\nn127.0.0.1:4002\nTST=LISTEN\n'],
    ['a negative process', 'p-1\nf3\nn127.0.0.1:4002\nTST=LISTEN\n'],
    ['a socket without a state', 'p7\nf3\nn127.0.0.1:4002\n'],
    ['a port that is too large', 'p7\nf3\nn127.0.0.1:74970\nTST=LISTEN\n'],
    ['a far end without a port', 'p7\nf3\nn127.0.0.1:4002->nonsense\nTST=CLOSE_WAIT\n'],
  ])('counts %s as unreadable', (_, text) => {
    expect(parseLsof(text)).toEqual({ rows: [], unreadable: 1 });
  });

  it('attributes nothing from output that lacks states', () => {
    const parsed = parseLsof(fixture('linux/lsof_F_pcn.txt'));
    expect(parsed.rows).toEqual([]);
    expect(parsed.unreadable).toBe(14);
  });
});

describe('the judgement of lsof’s output', () => {
  it('reads no output with exit code 1 as "none"', () => {
    expect(judgeLsof(output(fixture('linux/lsof_none_rc1.txt'), 1))).toEqual({
      ok: true,
      value: { rows: [], unreadable: 0 },
    });
  });

  it('accepts good output whatever the exit code', () => {
    const judged = judgeLsof(output(fixture('linux/lsof_F_all.txt'), 1));
    expect(judged.ok && judged.value.rows).toHaveLength(14);
  });

  it.each([
    ['silence that succeeds, as of a file of zero bytes', output(''), 'tool-failed'],
    ['a complaint and nothing else', output('', 1, 'lsof: unsupported kernel'), 'tool-failed'],
    ['garbled output', output('}{ nonsense\nmore of it\n'), 'output-unreadable'],
    ['its own table form', output('COMMAND PID USER FD TYPE\n'), 'output-unreadable'],
  ])('rejects %s', (_, said, code) => {
    const judged = judgeLsof(said);
    expect(judged.ok ? null : judged.error.code).toBe(code);
  });
});
