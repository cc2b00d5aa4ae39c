import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ALWAYS_PROTECTED_PORTS } from '../../../electron/engine/clean/evidence.ts';
import { createGuard } from '../../../electron/engine/clean/guard.ts';
import type { Holding, ProcessRecord } from '../../../electron/engine/platform/types.ts';
import { botRecord, evidence, held, ME, processRecord, SELF } from '../clean/builders.ts';
import { runs, TIMEOUT_MS } from './runs.ts';

const FIRST = 100;
const MOST = 60;

/** Programs that are a Gateway, TWS, IBC or a forwarder, however they are spelled, packed or started. */
const UNTOUCHABLE: Partial<ProcessRecord>[] = [
  { name: 'java', executable: '/usr/bin/java', args: ['java', '-jar', 'python_runner.jar'] },
  {
    name: 'JavaAppli',
    executable: '/Users/me/Applications/IB Gateway 10.45/IB Gateway 10.45-1.app/Contents/MacOS/JavaApplicationStub',
  },
  {
    name: 'java',
    executable: '/home/me/.local/share/i4j_jres/x/bin/java',
    args: ['java', 'install4j.ibgateway.GWClient'],
  },
  { name: 'python3', executable: '/opt/i4j_jres/1.8/bin/java', args: ['python3', 'runner_async.py'] },
  { name: 'socat', executable: '/usr/bin/socat', args: ['socat', 'TCP-LISTEN:4002,fork', 'TCP:localhost:4001'] },
  { name: 'ssh', executable: '/usr/bin/ssh', args: ['ssh', '-L', '4002:localhost:4002', 'trader'] },
  { name: 'docker-proxy', executable: '/usr/bin/docker-proxy', args: ['docker-proxy', '-host-port', '4002'] },
  { name: 'com.docker.backend', executable: '/Applications/Docker.app/Contents/MacOS/com.docker.backend', args: [] },
];

/** Bots whose names, folders and arguments are about Gateways; all of them may be stopped. */
const INNOCENT: ((pid: number) => ProcessRecord)[] = [
  (pid) => botRecord(pid),
  (pid) => botRecord(pid, '/home/me/IB Gateway tools/tws_bot/run.py'),
  (pid) =>
    botRecord(pid, '/x/run.py', {
      args: ['python3', '/x/run.py', '--main', 'ibcalpha.ibc.IbcGateway', 'java', 'socat'],
    }),
  (pid) => processRecord(pid, { name: 'Python', executable: '/Library/Frameworks/Python.app/Contents/MacOS/Python' }),
];

interface Member {
  parent: number;
  kind: { untouchable: number } | { innocent: number } | 'shell' | 'daemon';
  uid: number;
}

const member: fc.Arbitrary<Member> = fc.record({
  // Mostly near the end: deep trees, and circles as in a table that was torn while it was read.
  parent: fc.oneof(fc.constant(-1), fc.nat(MOST), fc.nat(5)),
  kind: fc.oneof(
    { weight: 1, arbitrary: fc.record({ untouchable: fc.nat(UNTOUCHABLE.length - 1) }) },
    { weight: 5, arbitrary: fc.record({ innocent: fc.nat(INNOCENT.length - 1) }) },
    { weight: 1, arbitrary: fc.constantFrom('shell' as const, 'daemon' as const) },
  ),
  uid: fc.constantFrom(ME, ME, ME, ME, ME, 0, 65_534),
});

const HOSTS = ['127.0.0.1', '::1', '192.168.1.20', '203.0.113.9'];
const socket = fc.record({
  holder: fc.nat(MOST),
  state: fc.constantFrom<Holding['state']>('LISTEN', 'ESTABLISHED', 'SYN_SENT', 'CLOSE_WAIT', 'CLOSED', 'FIN_WAIT_2'),
  host: fc.constantFrom(...HOSTS),
  port: fc.constantFrom(...ALWAYS_PROTECTED_PORTS, 443, 17_497),
  serves: fc.boolean(),
});

function recordOf({ kind, uid }: Member, pid: number, ppid: number): ProcessRecord {
  const about = { ppid, uid };
  if (kind === 'shell')
    return processRecord(pid, { name: 'zsh', executable: '/bin/zsh', sessionLeader: true, ...about });
  if (kind === 'daemon') return processRecord(pid, { name: 'cron', executable: '/usr/sbin/cron', ...about });
  if ('untouchable' in kind) return processRecord(pid, { ...UNTOUCHABLE[kind.untouchable], ...about });
  return { ...(INNOCENT[kind.innocent] ?? botRecord)(pid), ...about };
}

/** All above a process, the nearest first, until a circle closes. */
function lineOf(pid: number, parents: ReadonlyMap<number, number>): number[] {
  const line: number[] = [];
  for (let at = parents.get(pid); at !== undefined && at !== pid && !line.includes(at); at = parents.get(at))
    line.push(at);
  return line;
}

describe('the guard, over random tables of up to 60 processes in deep trees', { timeout: TIMEOUT_MS }, () => {
  it('frees nobody who serves, is kin to who serves, is no bot of ours, or carries a live session', () => {
    let freed = 0;
    const table = fc.tuple(fc.array(member, { minLength: 2, maxLength: MOST }), fc.array(socket, { maxLength: 12 }));
    fc.assert(
      fc.property(table, fc.nat(MOST), ([members, sockets], selfParent) => {
        const pidAt = (index: number) => (index < 0 ? 1 : FIRST + (index % members.length));
        const records = members.map((one, index) => recordOf(one, FIRST + index, pidAt(one.parent)));
        const holdings = sockets.map(({ holder, state, host, port, serves }, index) => {
          const far = `${host}:${serves || state === 'LISTEN' ? 50_000 + index : port}`;
          const near = serves || state === 'LISTEN' ? port : 50_000 + index;
          return held(pidAt(holder), state, near, state === 'LISTEN' ? null : far);
        });
        const all = evidence(records, holdings);
        const sexton = { ...processRecord(SELF), ppid: pidAt(selfParent) };
        const processes = new Map([...all.processes, [SELF, sexton]]);
        const guard = createGuard({ ...all, processes });

        const parents = new Map([...processes.values()].map(({ pid, ppid }) => [pid, ppid]));
        const guarded = new Set<number>(ALWAYS_PROTECTED_PORTS);
        const servers = holdings.filter(({ local }) => guarded.has(local.port)).map(({ pid }) => pid);
        const live = holdings
          .filter(
            ({ state, remote }) => (state === 'ESTABLISHED' || state === 'SYN_SENT') && guarded.has(remote?.port ?? 0),
          )
          .map(({ pid }) => pid);
        for (const [index, { kind, uid }] of members.entries()) {
          const pid = FIRST + index;
          if (guard.verdict(pid).kind !== 'cleanable') continue;
          freed += 1;
          const innocent = typeof kind === 'object' && 'innocent' in kind;
          const parent = parents.get(pid) ?? 0;
          // Whoever stands right beside it; through shells kinship ends, so only direct kin is asked here.
          const kin = servers.some((server) => server === parent || parents.get(server) === pid);
          const serves = servers.includes(pid) || kin;
          const carries = live.some((holder) => holder === pid || lineOf(holder, parents).includes(pid));
          const mine = uid === ME && !lineOf(SELF, parents).includes(pid);
          const kinToLauncher =
            kin && [parent, pid].some((one) => ['shell'].includes(String(members[one - FIRST]?.kind)));
          if (!innocent || (serves && !kinToLauncher) || carries || !mine) {
            throw new Error(`freed ${pid}: ${JSON.stringify({ innocent, serves, carries, mine })}`);
          }
        }
      }),
      runs(1_000),
    );
    expect(freed).toBeGreaterThan(100);
  });
});
