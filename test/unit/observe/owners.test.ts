import { describe, expect, it } from 'vitest';
import { compareCounts, missingFromTable } from '../../../electron/engine/observe/consistency.ts';
import { CulpritMemory } from '../../../electron/engine/observe/culprits.ts';
import { connectionKey, endpointText, indexHoldings } from '../../../electron/engine/observe/endpoints.ts';
import { attribute, listOwners } from '../../../electron/engine/observe/owners.ts';
import type { Holding, TcpRow } from '../../../electron/engine/platform/types.ts';
import type { ProcessRef } from '../../../shared/snapshot.ts';
import { held, ME, tcpRow, zombieOf } from '../clean/builders.ts';

const PORTS = new Set([4002, 7497]);
const refer = (pid: number): ProcessRef => ({ pid, startedAt: '', uid: ME, name: `bot ${pid}`, commandLine: '' });
const facts = { refer, verdict: () => ({ kind: 'cleanable', reason: 'python' }) as const, culprits: () => [] };
const zombie = (
  local: string | number,
  remote: string | number,
  about: Parameters<typeof zombieOf>[1] = {},
  inode: number | null = null,
) => zombieOf(tcpRow('CLOSE_WAIT', local, remote, { inode }), about);

describe('attribution', () => {
  const holders = (row: ReturnType<typeof tcpRow>, holdings: Holding[]) =>
    indexHoldings(holdings)(row).map(({ pid }) => pid);

  it('matches by inode where both have one, however the endpoints are written', () => {
    const row = tcpRow('CLOSE_WAIT', 50_001, 4002, { inode: 7 });
    expect(
      holders(row, [
        held(1, 'CLOSE_WAIT', 50_001, 4002, { inode: 7 }),
        held(2, 'CLOSE_WAIT', 50_001, 4002, { inode: 8 }),
      ]),
    ).toEqual([1]);
  });

  it('matches by both endpoints where there is no inode', () => {
    const row = tcpRow('CLOSE_WAIT', 50_001, 4002);
    const holdings = [
      held(1, 'CLOSE_WAIT', 50_001, 4002),
      held(2, 'CLOSE_WAIT', 4002, 50_001),
      held(3, 'CLOSE_WAIT', '10.0.0.1:50001', 4002),
    ];
    expect(holders(row, holdings)).toEqual([1]);
  });

  it('matches netstat’s truncated IPv6 address with the full one, but no short prefix and no IPv4', () => {
    const cut = tcpRow('CLOSE_WAIT', '[2001:db8:85a3::8]:50001', '[::1]:4002');
    cut.local.address = '2001:db8:85a3:8d';
    const whole = held(1, 'CLOSE_WAIT', 50_001, '[::1]:4002');
    whole.local.address = '2001:db8:85a3:8d3:1319:8a2e:370:7348';
    expect(holders(cut, [whole])).toEqual([1]);
    cut.local.address = '2001:db8';
    expect(holders(cut, [whole])).toEqual([]);
    expect(
      holders(tcpRow('CLOSE_WAIT', '10.0.0.1:50001', 4002), [held(1, 'CLOSE_WAIT', '10.0.0.10:50001', 4002)]),
    ).toEqual([]);
  });

  it('writes IPv6 endpoints in brackets', () => {
    expect(endpointText({ address: '::1', port: 4002 })).toBe('[::1]:4002');
    expect(connectionKey(tcpRow('LISTEN', 4002, null))).toBe('127.0.0.1:4002>*');
  });
});

describe('owners', () => {
  it('are grouped by process and side, worst first, with a shared socket under each holder', () => {
    const zombies = attribute(
      [zombie(50_001, 4002), zombie(50_002, 7497, { ageMs: 99_000.4 }), zombie(4002, 50_009)],
      [
        held(10, 'CLOSE_WAIT', 50_001, 4002),
        held(10, 'CLOSE_WAIT', 50_001, 4002, { fd: '8' }),
        held(10, 'CLOSE_WAIT', 50_002, 7497),
        held(11, 'CLOSE_WAIT', 50_001, 4002),
        held(12, 'CLOSE_WAIT', 4002, 50_009),
      ],
    );
    const owners = listOwners(zombies, [], PORTS, facts);
    expect(
      owners.map(({ process, side, zombies: count, ports, oldestMs }) => [process.pid, side, count, ports, oldestMs]),
    ).toEqual([
      [10, 'client', 2, [4002, 7497], 99_000],
      [11, 'client', 1, [4002], 10_000],
      [12, 'gateway', 1, [4002], 10_000],
    ]);
    expect(owners[0]?.sockets.map(({ fd }) => fd)).toEqual(['7', '8', '7']);
  });

  it('do not include holders of connections that are only closing', () => {
    const zombies = attribute([zombie(50_001, 4002, { counted: false })], [held(10, 'CLOSE_WAIT', 50_001, 4002)]);
    expect(listOwners(zombies, [], PORTS, facts)).toEqual([]);
  });

  it('show live sessions and held, closed sockets as details only', () => {
    const holdings = [
      held(10, 'CLOSE_WAIT', 50_001, 4002),
      held(10, 'ESTABLISHED', 50_002, 4002),
      held(10, 'ESTABLISHED', 50_002, 4002, { fd: '9' }),
      held(10, 'ESTABLISHED', 50_003, 443),
      held(10, 'CLOSED', 50_004, 4002),
      held(10, 'CLOSED', 50_005, 443),
    ];
    const [owner] = listOwners(attribute([zombie(50_001, 4002)], holdings), holdings, PORTS, facts);
    expect(owner).toMatchObject({ zombies: 1, established: 1 });
    expect(owner?.sockets.map(({ state, ageMs }) => [state, ageMs])).toEqual([
      ['CLOSE_WAIT', 10_000],
      ['CLOSED', null],
    ]);
  });
});

describe('port probes', () => {
  const probesOf = (row: Partial<TcpRow>, at: [number, number] = [4002, 50_001]) => {
    const seen = zombieOf(tcpRow('CLOSE_WAIT', ...at, row));
    const holdings = [held(7, 'CLOSE_WAIT', ...at)];
    return listOwners(attribute([seen], holdings), holdings, PORTS, facts)[0]?.probes;
  };

  it.each<[string, Partial<TcpRow>, number | undefined]>([
    ['on Linux, with the FIN unread', { recvQ: 1, bytesReceived: 0 }, 1],
    ['on Linux, with the FIN read', { recvQ: 0, bytesReceived: 0 }, 1],
    ['on macOS', { recvQ: 0, bytesReceived: 0 }, 1],
    ['not by a connection that carried a greeting', { recvQ: 18, bytesReceived: 17 }, undefined],
    ['not by one whose greeting was read', { recvQ: 1, bytesReceived: 17 }, undefined],
    ['not where received bytes are not told', { recvQ: 1, bytesReceived: null }, undefined],
    ['not where unread bytes are not told', { recvQ: null, bytesReceived: 0 }, undefined],
  ])('are recognised by having received nothing: %s', (_, row, probes) => {
    expect(probesOf(row)).toBe(probes);
  });

  it('leave nothing on the bots’ side', () => {
    expect(probesOf({ recvQ: 1, bytesReceived: 0 }, [50_001, 4002])).toBeUndefined();
  });
});

describe('culprits', () => {
  const left = zombie(4002, 50_001);
  const alive = held(10, 'ESTABLISHED', 50_001, 4002);
  const names = (memory: CulpritMemory) => memory.of(left.key).map(({ name }) => name);

  it('are who held the other end while it was alive', () => {
    const memory = new CulpritMemory();
    memory.see([alive], refer, PORTS);
    memory.bind([left]);
    expect(names(memory)).toEqual(['bot 10']);
  });

  it('stay with their zombie although the port is reused', () => {
    const memory = new CulpritMemory();
    memory.see([alive], refer, PORTS);
    memory.bind([left]);
    memory.see([{ ...alive, pid: 11 }], refer, PORTS);
    memory.bind([left]);
    expect(names(memory)).toEqual(['bot 10']);
    memory.bind([]);
    memory.bind([left]);
    expect(names(memory)).toEqual(['bot 11']);
  });

  it('are unknown when no holder was seen, or only on another port or in another state', () => {
    const memory = new CulpritMemory();
    memory.see([held(10, 'CLOSE_WAIT', 50_001, 4002), held(10, 'ESTABLISHED', 50_001, 9999)], refer, PORTS);
    memory.see([alive], () => null, PORTS);
    memory.bind([left]);
    expect(names(memory)).toEqual([]);
  });

  it('of the last 4,096 connections are remembered', () => {
    const memory = new CulpritMemory();
    memory.see([alive], refer, PORTS);
    memory.see(
      Array.from({ length: 4_096 }, (_, at) => held(20, 'ESTABLISHED', `10.0.0.2:${1_024 + at}`, 4002)),
      refer,
      PORTS,
    );
    memory.bind([left]);
    expect(names(memory)).toEqual([]);
  });
});

describe('count and attribution compared', () => {
  const compare = (
    rows: readonly (Parameters<typeof tcpRow>[3] & { owned?: boolean; counted?: boolean; gatewaySide?: boolean })[],
    { total = 5, unreadable = 0, uid = ME, backlog = new Map<number, number | null>() } = {},
  ) => {
    const zombies = rows.map(({ owned, counted = true, gatewaySide, ...about }, at) => {
      const row = gatewaySide
        ? tcpRow('CLOSE_WAIT', 4002, 50_000 + at, about)
        : tcpRow('CLOSE_WAIT', 50_000 + at, 4002, about);
      return { ...zombieOf(row, { counted }), holdings: owned ? [held(10, 'CLOSE_WAIT', 1, 2)] : [] };
    });
    const { problems, ...rest } = compareCounts(zombies, { total, unreadable }, { uid }, backlog);
    return { ...rest, codes: problems.map(({ code }) => code) };
  };

  it('agree when every zombie has an owner', () => {
    expect(compare([{ inode: 1, owned: true }])).toEqual({ unattributed: 0, suspicious: false, codes: [] });
  });

  it('disagree slightly when one of our own has none', () => {
    expect(compare([{ inode: 1 }, { inode: 2, owned: true }])).toEqual({
      unattributed: 1,
      suspicious: true,
      codes: ['counts-disagree'],
    });
  });

  it('show that lsof fails when it lists nothing at all', () => {
    expect(compare([{ inode: 1 }], { total: 0 })).toMatchObject({ suspicious: true, codes: ['tool-failed'] });
  });

  it('show another user’s zombie when the kernel says so, except to root', () => {
    expect(compare([{ inode: 1, uid: 0 }])).toEqual({ unattributed: 1, suspicious: false, codes: ['not-permitted'] });
    expect(compare([{ inode: 1, uid: 7 }], { uid: 0 }).codes).toEqual(['counts-disagree']);
  });

  it('agree on a zombie in the accept backlog, which has no owner yet', () => {
    const backlog = new Map([[4002, 1]]);
    expect(compare([{ inode: null, uid: null, gatewaySide: true }], { total: 0, backlog })).toEqual({
      unattributed: 1,
      suspicious: false,
      codes: [],
    });
    expect(compare([{ inode: null, uid: null, gatewaySide: true }], { backlog: new Map() }).suspicious).toBe(true);
  });

  it('report unreadable lines of lsof, and do not count closing connections', () => {
    expect(compare([{ inode: 1, counted: false }], { unreadable: 2 })).toEqual({
      unattributed: 0,
      suspicious: true,
      codes: ['counts-disagree', 'output-unreadable'],
    });
  });
});

describe('what the table lacks', () => {
  const leftOut = (rows: ReturnType<typeof tcpRow>[], holdings: Holding[]) => missingFromTable(rows, holdings, PORTS);

  it('is what lsof shows in CLOSE_WAIT on the ports and the table does not list, each socket once', () => {
    const twice = [held(1, 'CLOSE_WAIT', 50_001, 4002), held(2, 'CLOSE_WAIT', 50_001, 4002)];
    expect(leftOut([], [...twice, held(3, 'CLOSE_WAIT', 4002, 50_009)])).toBe(2);
    expect(leftOut([tcpRow('CLOSE_WAIT', 50_001, 4002)], twice)).toBe(0);
  });

  it('excludes connections that changed state, are elsewhere, or are alive', () => {
    expect(leftOut([tcpRow('LAST_ACK', 50_001, 4002)], [held(1, 'CLOSE_WAIT', 50_001, 4002)])).toBe(0);
    expect(leftOut([], [held(1, 'CLOSE_WAIT', 50_001, 14_002), held(1, 'ESTABLISHED', 50_001, 4002)])).toBe(0);
  });
});
