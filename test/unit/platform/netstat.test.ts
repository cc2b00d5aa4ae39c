import { describe, expect, it } from 'vitest';
import { parseListenQueues } from '../../../electron/engine/platform/darwin/sockets/listen-queues.ts';
import { parseNetstat } from '../../../electron/engine/platform/darwin/sockets/netstat-parse.ts';
import { parseSs } from '../../../electron/engine/platform/linux/sockets/ss-parse.ts';
import { fixture, line } from './fixtures.ts';

describe('parseNetstat', () => {
  it('reads macOS rows of every family and state', () => {
    const parsed = parseNetstat(fixture('macos/netstat_an.txt'));
    expect(parsed).toMatchObject({ unreadable: 0, moved: false, printed: true });
    expect(parsed.rows.map(line)).toEqual([
      'ESTABLISHED 127.0.0.1 4002 -> 127.0.0.1 54802',
      'ESTABLISHED 127.0.0.1 54802 -> 127.0.0.1 4002',
      'CLOSE_WAIT 127.0.0.1 4002 -> 127.0.0.1 54754',
      'FIN_WAIT_2 127.0.0.1 54754 -> 127.0.0.1 4002',
      'CLOSE_WAIT 127.0.0.1 47230 -> 127.0.0.1 7496',
      'FIN_WAIT_2 127.0.0.1 7496 -> 127.0.0.1 47230',
      'ESTABLISHED 192.168.1.23 51234 -> 208.245.107.3 4001',
      'ESTABLISHED 192.168.1.23 17497 -> 17.57.146.20 5223',
      'CLOSE_WAIT 127.0.0.1 17497 -> 127.0.0.1 74',
      'CLOSE_WAIT ::1 4002 -> ::1 33618',
      'FIN_WAIT_1 ::1 33618 -> ::1 4002',
      'CLOSE_WAIT fe80::1 7497 -> fe80::1 34724',
      'ESTABLISHED 2001:db8:85a3:8d 61234 -> 2001:db8:85a3:8d 4001',
      'LISTEN * 4001',
      'LISTEN * 4002',
      'LISTEN 127.0.0.1 7496',
      'LISTEN ::1 7497',
      'TIME_WAIT 127.0.0.1 59990 -> 127.0.0.1 4004',
      'CLOSED 127.0.0.1 7497 -> 127.0.0.1 50001',
      'SYN_SENT 127.0.0.1 50002 -> 127.0.0.1 7497',
      'SYN_RECEIVED 127.0.0.1 7497 -> 127.0.0.1 50002',
      'LAST_ACK 127.0.0.1 7497 -> 127.0.0.1 50003',
      'CLOSING 127.0.0.1 7497 -> 127.0.0.1 50004',
    ]);
  });

  it('does not use a listener’s Recv-Q as its backlog on macOS', () => {
    const rows = parseNetstat(fixture('macos/netstat_an.txt')).rows;
    expect(rows.find((row) => row.state === 'LISTEN')?.recvQ).toBeNull();
    expect(rows.find((row) => row.state === 'CLOSE_WAIT')?.recvQ).toBe(18);
  });

  it.each(['netstat_anb.txt', 'netstat_anb_26.txt', 'netstat_anb_before_state.txt'])(
    'finds received bytes by the header’s words in %s',
    (name) => {
      const parsed = parseNetstat(fixture(`macos/${name}`));
      expect(parsed.unreadable).toBe(0);
      expect(parsed.rows.find((row) => row.local.port === 54802)?.bytesReceived).toBe(31);
      expect(parsed.rows.find((row) => row.state === 'LISTEN')?.bytesReceived).toBeNull();
    },
  );

  it('reads rows whose columns touch when there is only one way to read them', () => {
    const parsed = parseNetstat(fixture('macos/netstat_an_touching.txt'));
    expect(parsed.rows.map(line)).toEqual([
      'CLOSE_WAIT fe80::1234:5678: 54754 -> fe80::1234:5679: 4002',
      'CLOSE_WAIT 192.168.100.200 54754 -> 192.168.100.201 4002',
      'ESTABLISHED 192.168.100.200 54755 -> 192.168.100.201 4002',
    ]);
    expect(parsed.unreadable).toBe(1);
  });

  it('notices that the table changed', () => {
    expect(parseNetstat(fixture('macos/netstat_an_moved.txt')).moved).toBe(true);
  });

  it.each(['netstat_an_tcp.txt', 'netstat_tanp.txt', 'netstat_tanp_nonroot.txt', 'netstat_W_tanpe.txt'])(
    'reads %s of Linux the same as ss at that moment',
    (name) => {
      const parsed = parseNetstat(fixture(`linux/${name}`));
      expect(parsed.unreadable).toBe(0);
      const ss = parseSs(fixture('linux/ss_H_tanpO.txt')).rows.map((row) => `${line(row)} ${row.recvQ}`);
      expect(parsed.rows.map((row) => `${line(row)} ${row.recvQ}`).sort()).toEqual(ss.sort());
    },
  );

  it.each(['netstat_names_escaped.txt', 'netstat_after_fin_timeout.txt', 'netstat_inherited_fd.txt'])(
    'reads all of %s',
    (name) => {
      const text = fixture(`linux/${name}`);
      const parsed = parseNetstat(text);
      expect(parsed.unreadable).toBe(0);
      expect(parsed.rows).toHaveLength(text.split('\n').filter((row) => row.startsWith('tcp')).length);
    },
  );

  it('reports that garbage is no table', () => {
    expect(parseNetstat('nonsense\n')).toMatchObject({ rows: [], unreadable: 1, printed: false });
    expect(parseNetstat('')).toMatchObject({ rows: [], unreadable: 0, printed: false });
  });
});

describe('parseListenQueues', () => {
  it('reads how many connections wait to be accepted', () => {
    const parsed = parseListenQueues(fixture('macos/netstat_anL.txt'));
    expect(parsed.unreadable).toBe(0);
    expect(parsed.rows.map((row) => `${row.local.address} ${row.local.port} ${row.waiting}`)).toEqual([
      '* 4001 0',
      '* 4002 3',
      '127.0.0.1 7496 2',
      '::1 7497 0',
      '* 17497 0',
    ]);
  });
});
