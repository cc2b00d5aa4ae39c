import { describe, expect, it } from 'vitest';
import { parseProcNetTcp } from '../../../electron/engine/platform/linux/sockets/proc-net-parse.ts';
import { parseSs } from '../../../electron/engine/platform/linux/sockets/ss-parse.ts';
import { fixture, line } from './fixtures.ts';

describe('parseSs', () => {
  it.each([
    ['ss_H_tanpO.txt', 23],
    ['ss_tanp.txt', 23],
    ['ss_tanp_nonroot.txt', 23],
    ['ss_after_bot_sigkill.txt', 23],
    ['ss_after_fin_timeout.txt', 20],
    ['ss_after_gateway_gone.txt', 6],
    ['ss_names_escaped.txt', 32],
    ['ss_inherited_fd.txt', 3],
    ['ss_socat_client_gone.txt', 22],
    ['ss_H_tanieO.txt', 10],
    ['ss_H_tanie.txt', 10],
  ])('reads every row of %s', (name, count) => {
    const parsed = parseSs(fixture(`linux/${name}`));
    expect(parsed.rows).toHaveLength(count);
    expect(parsed.unreadable).toBe(0);
  });

  it('normalises states and addresses', () => {
    const rows = parseSs(fixture('linux/ss_tanp.txt')).rows.map(line);
    expect(rows).toContain('LISTEN * 4002');
    expect(rows).toContain('FIN_WAIT_2 ::1 33618 -> ::1 4002');
    expect(rows).toContain('CLOSE_WAIT 127.0.0.1 4002 -> 127.0.0.1 54764');
    expect(rows).toContain('ESTABLISHED 127.0.0.1 54792 -> 127.0.0.1 4002');
  });

  it('reads one line and continuation lines as the same rows', () => {
    const still = (name: string) => parseSs(fixture(`linux/${name}`)).rows.map((row) => ({ ...row, lastSegmentMs: 0 }));
    expect(still('ss_H_tanie.txt')).toEqual(still('ss_H_tanieO.txt'));
  });

  it('reads the age, the received bytes, the user and the inode of a zombie', () => {
    const text =
      'CLOSE-WAIT 18 0 127.0.0.1:4002 127.0.0.1:39468 uid:65534 ino:16824 sk:1002 cgroup:/ --> ts rto:200 bytes_received:18 lastsnd:9 lastrcv:1404 lastack:1304\n';
    expect(parseSs(text).rows).toEqual([
      {
        state: 'CLOSE_WAIT',
        local: { address: '127.0.0.1', port: 4002 },
        remote: { address: '127.0.0.1', port: 39468 },
        recvQ: 18,
        lastSegmentMs: 1304,
        // Linux counts the FIN as a byte.
        bytesReceived: 17,
        uid: 65534,
        inode: 16824,
      },
    ]);
  });

  it('reads how many data segments were received', () => {
    const segments = parseSs(fixture('linux/ss_H_tanieO.txt')).rows.map((row) => row.dataSegmentsIn);
    expect(segments.filter((count) => count === 1).length).toBeGreaterThan(0);
    const row = (rest: string) => parseSs(`ESTAB 0 0 127.0.0.1:5 127.0.0.1:4002 ino:7 sk:1 <-> ${rest}`).rows[0];
    expect(row('rto:200 bytes_received:512 segs_in:12 data_segs_in:8')?.dataSegmentsIn).toBe(8);
    expect(row('rto:200 bytes_received:512 segs_in:12')).not.toHaveProperty('dataSegmentsIn');
  });

  it('reads an absent bytes_received as 0 where the kernel gave details, otherwise as unknown', () => {
    const row = (rest: string) => parseSs(`ESTAB 0 0 127.0.0.1:5 127.0.0.1:4002 ino:7 sk:1 <-> ${rest}`).rows[0];
    expect(row('rto:200 lastrcv:5 lastack:6')).toMatchObject({ bytesReceived: 0, lastSegmentMs: 5 });
    expect(row('rto:200 lastack:6')).toMatchObject({ lastSegmentMs: 0 });
    expect(row('')).toMatchObject({ bytesReceived: null, lastSegmentMs: null });
  });

  it('ignores ages inside the name of a cgroup', () => {
    const text =
      'CLOSE-WAIT 1 0 127.0.0.1:5 127.0.0.1:4002 ino:7 sk:1 cgroup:/x uid:9 ino:99 --> rto:1 lastrcv:99999 lastack:99999 --> rto:200 lastrcv:10 lastack:20';
    expect(parseSs(text).rows[0]).toMatchObject({ lastSegmentMs: 10, inode: 7, uid: 0 });
  });

  it('finds neither user nor inode for a socket that was not accepted yet', () => {
    const waiting = parseSs(fixture('linux/ss_H_tanieO.txt')).rows.find(
      (row) => row.state === 'ESTABLISHED' && row.inode === null,
    );
    expect(waiting).toMatchObject({ local: { address: '::1', port: 39403 }, uid: null });
  });

  it.each([
    ['127.0.0.1%lo:4002', '127.0.0.1'],
    ['[fe80::1]%eth0:4002', 'fe80::1'],
    ['[::ffff:10.0.0.7]:4002', '10.0.0.7'],
    ['[::]:4002', '*'],
    ['0.0.0.0:4002', '*'],
    ['*:4002', '*'],
  ])('reads %s', (text, address) => {
    expect(parseSs(`LISTEN 0 5 ${text} *:*`).rows[0]?.local).toEqual({ address, port: 4002 });
  });

  it('counts lines that are no rows, and output without its state column, as unreadable', () => {
    expect(parseSs('garbage\nmore garbage 1 2 3\n')).toEqual({ rows: [], unreadable: 2 });
    expect(parseSs('ESTAB 0 0 127.0.0.1:99999 127.0.0.1:4002\n')).toEqual({ rows: [], unreadable: 1 });
    const stateless = parseSs(fixture('linux/ss_tanpe_close_wait.txt'));
    expect(stateless.rows).toEqual([]);
    expect(stateless.unreadable).toBe(6);
  });
});

describe('parseProcNetTcp', () => {
  it('reads the same connections as ss did at that moment', () => {
    const proc = [fixture('linux/proc_net_tcp.txt'), fixture('linux/proc_net_tcp6.txt')].map(parseProcNetTcp);
    expect(proc.map((parsed) => parsed.unreadable)).toEqual([0, 0]);
    const lines = proc.flatMap((parsed) => parsed.rows).map((row) => `${line(row)} ${row.recvQ}`);
    const ss = parseSs(fixture('linux/ss_H_tanpO.txt')).rows.map((row) => `${line(row)} ${row.recvQ}`);
    expect(lines.sort()).toEqual(ss.sort());
  });

  it('reads user and inode, and finds neither for an orphan', () => {
    const rows = parseProcNetTcp(fixture('linux/proc_net_tcp.txt')).rows;
    expect(rows[0]).toMatchObject({
      state: 'LISTEN',
      uid: 65534,
      inode: 42200,
      lastSegmentMs: null,
      bytesReceived: null,
    });
    expect(rows[2]).toMatchObject({ state: 'FIN_WAIT_2', uid: null, inode: null });
  });

  it('writes IPv6 addresses like every other tool', () => {
    const row = (hex: string) =>
      parseProcNetTcp(
        `   0: ${hex}:0FA2 00000000000000000000000000000000:0000 0A 00000000:00000003 00:00000000 00000000     0        0 42190 1 0 100 0 0 10 0`,
      ).rows[0];
    expect(row('B80D0120000000000000000001000000')).toMatchObject({
      local: { address: '2001:db8::1', port: 4002 },
      recvQ: 3,
    });
    expect(row('000080FE00000000FF2AF8EEDE480011')?.local.address).toBe('fe80::eef8:2aff:1100:48de');
    expect(row('00000000000000000000000001000000')?.local.address).toBe('::1');
    expect(row('0000000000000000FFFF00000700000A')?.local.address).toBe('10.0.0.7');
  });

  it('counts other lines as unreadable', () => {
    expect(parseProcNetTcp('sl\nnonsense\n')).toEqual({ rows: [], unreadable: 2 });
  });
});
