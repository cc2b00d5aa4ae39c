import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ALWAYS_PROTECTED_PORTS } from '../../../electron/engine/clean/evidence.ts';
import { createJudge } from '../../../electron/engine/clean/verdict.ts';
import { readAttribution } from '../../../electron/engine/observe/attribution.ts';
import type { Holding, Platform, ProcessRecord } from '../../../electron/engine/platform/types.ts';
import { success } from '../../../shared/result.ts';
import { botRecord, held, ME, processRecord, SELF } from '../clean/builders.ts';
import { runs, TIMEOUT_MS } from './runs.ts';

const FIRST = 100;
const MOST = 60;
/** A port of a Gateway's own that no setting names, and a database's. */
const UNUSUAL = 5_555;
const DATABASE = 5_432;
const TUNNELS = [14_001, 14_002, 14_003];

/** What a process truly is, by construction. The oracle below never asks the product. */
interface Kind {
  make: Partial<ProcessRecord>;
  is: 'gateway' | 'other-java' | 'forwarder' | 'tunnel' | 'bot' | 'interactive' | 'launcher' | 'bystander';
  /** Where a tunnel says that it leads; `null` is somewhere it does not tell. */
  forward?: readonly [local: number, target: number | null];
}

const program = (args: string, about: Partial<ProcessRecord> = {}): Partial<ProcessRecord> => {
  const words = args.split(' ');
  return { name: words[0] ?? '', executable: `/usr/bin/${words[0]}`, args: words, ...about };
};

const tunnel = (local: number, target: number): Kind[] => [
  { is: 'tunnel', forward: [local, target], make: program(`ssh -N -L ${local}:gw:${target} trader`) },
  { is: 'tunnel', forward: [local, target], make: program(`socat TCP-LISTEN:${local},fork TCP:localhost:${target}`) },
];

/** Programs that are a Gateway, TWS or IBC, however they are spelled, packed or started. */
const GATEWAYS: Partial<ProcessRecord>[] = [
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
  program('java'),
  program('java -cp /home/me/Jts/jars/* Main'),
];

/** Bots whose names, folders and arguments are about Gateways; all of them may be stopped. */
const BOTS: Partial<ProcessRecord>[] = [
  botRecord(1),
  botRecord(1, '/home/me/IB Gateway tools/tws_bot/run.py'),
  botRecord(1, '', { args: ['python3', '/x/run.py', '--main', 'ibcalpha.ibc.IbcGateway', 'java', 'socat', 'pdb'] }),
  { name: 'Python', executable: '/Library/Frameworks/Python.app/Contents/MacOS/Python' },
  botRecord(1, '', { args: ['python3', '-m', 'robo_trader.runner_async'] }),
  program('pypy3 -m robo_trader.runner_async'),
  program('uv run --with ib_async runner_async.py'),
];

const KINDS: readonly { weight: number; kinds: Kind[] }[] = [
  { weight: 3, kinds: GATEWAYS.map((make) => ({ is: 'gateway', make })) },
  { weight: 1, kinds: [{ is: 'other-java', make: program('java -jar python_runner.jar') }] },
  {
    weight: 1,
    kinds: ['docker-proxy -host-port 4002', 'com.docker.backend', 'nginx'].map((args) => ({
      is: 'forwarder',
      make: program(args),
    })),
  },
  {
    weight: 2,
    kinds: [
      ...TUNNELS.flatMap((local) => [4002, DATABASE, 14_001].flatMap((target) => tunnel(local, target))),
      { is: 'tunnel', make: program('ssh trader') },
      { is: 'tunnel', make: program('stunnel4 /etc/stunnel.conf') },
    ],
  },
  { weight: 24, kinds: BOTS.map((make) => ({ is: 'bot', make })) },
  {
    weight: 3,
    kinds: ['python3', 'python3 -m ipykernel_launcher -f k', 'python3 -m debugpy --listen 5 app.py'].map((args) => ({
      is: 'interactive',
      make: program(args),
    })),
  },
  { weight: 3, kinds: [{ is: 'launcher', make: program('zsh', { executable: '/bin/zsh', sessionLeader: true }) }] },
  {
    weight: 2,
    kinds: [
      program('cron', { executable: '/usr/sbin/cron' }),
      program('sh start-gateway.sh', { sessionLeader: true }),
      program('sudo -u trader gateway', { sessionLeader: true }),
    ].map((make) => ({ is: 'bystander', make })),
  },
];

const member = fc.record({
  // Mostly near the end: deep trees, and circles as in a table that was torn while it was read.
  parent: fc.oneof({ weight: 2, arbitrary: fc.constant(-1) }, fc.nat(MOST), fc.nat(5)),
  kind: fc.oneof(...KINDS.map(({ weight, kinds }) => ({ weight, arbitrary: fc.constantFrom(...kinds) }))),
  uid: fc.constantFrom(ME, ME, ME, ME, ME, 0, 65_534),
});

const HOSTS = ['127.0.0.1', '::1', '192.168.1.20', '203.0.113.9'];
const socket = fc.record({
  holder: fc.nat(MOST),
  state: fc.constantFrom<Holding['state']>('LISTEN', 'ESTABLISHED', 'SYN_SENT', 'CLOSE_WAIT', 'CLOSED', 'FIN_WAIT_2'),
  host: fc.constantFrom(...HOSTS),
  port: fc.constantFrom(...ALWAYS_PROTECTED_PORTS, 443, DATABASE, UNUSUAL, ...TUNNELS),
  serves: fc.boolean(),
});

interface World {
  truths: ReadonlyMap<number, { kind: Kind; uid: number }>;
  processes: ReadonlyMap<number, ProcessRecord>;
  holdings: readonly Holding[];
}

const world: fc.Arbitrary<World> = fc
  .tuple(fc.array(member, { minLength: 2, maxLength: MOST }), fc.array(socket, { maxLength: 12 }), fc.nat(MOST))
  .map(([members, sockets, selfParent]) => {
    const pidAt = (index: number) => (index < 0 ? 1 : FIRST + (index % members.length));
    const records = members.map(({ kind, parent, uid }, index) =>
      processRecord(FIRST + index, {
        ...kind.make,
        pid: FIRST + index,
        ppid: pidAt(parent),
        uid,
        startToken: `${index}`,
      }),
    );
    const others = [
      processRecord(1, { ppid: 0, uid: 0, name: 'launchd', executable: '/sbin/launchd' }),
      processRecord(SELF, { ppid: pidAt(selfParent) }),
    ];
    return {
      truths: new Map(members.map((one, index) => [FIRST + index, one])),
      processes: new Map([...others, ...records].map((process) => [process.pid, process])),
      holdings: sockets.map(({ holder, state, host, port, serves }, index) => {
        const near = serves || state === 'LISTEN' ? port : 50_000 + index;
        const far = `${host}:${serves ? 50_000 + index : port}`;
        return held(pidAt(holder), state, near, state === 'LISTEN' ? null : far);
      }),
    };
  });

/** A machine on which exactly this is so. */
function platformOf({ processes, holdings }: World): Platform {
  return {
    readProcesses: async () => success(processes),
    readListeningPorts: async (pids: readonly number[]) =>
      success(
        holdings.filter(({ pid, state }) => state === 'LISTEN' && pids.includes(pid)).map(({ local }) => local.port),
      ),
    readHoldings: async (ports: readonly number[]) =>
      success({
        rows: holdings.filter(({ local, remote }) => ports.includes(local.port) || ports.includes(remote?.port ?? 0)),
        unreadable: 0,
      }),
  } as unknown as Platform;
}

/** All above a process, the nearest first, until a circle closes. */
function lineOf(pid: number, processes: World['processes']): number[] {
  const line: number[] = [];
  const above = (of: number) => processes.get(of)?.ppid;
  for (let at = above(pid); at !== undefined && at !== pid && !line.includes(at); at = above(at)) line.push(at);
  return line;
}

/** Who may be stopped, by the rules in words of their own. */
function oracle({ truths, processes, holdings }: World): (pid: number, included: boolean) => boolean {
  const pidsOf = (...kinds: Kind['is'][]) =>
    [...truths].filter(([, { kind }]) => kinds.includes(kind.is)).map(([pid]) => pid);
  const isLauncher = (pid: number) => pid === 1 || truths.get(pid)?.kind.is === 'launcher';
  /** The line up to the first launcher, which is left out. */
  const kinOf = (pid: number) => {
    const line = lineOf(pid, processes);
    const end = line.findIndex(isLauncher);
    return end < 0 ? line : line.slice(0, end);
  };
  const listens = (pids: readonly number[]) =>
    holdings.filter(({ pid, state }) => state === 'LISTEN' && pids.includes(pid)).map(({ local }) => local.port);

  const api = new Set<number>([...ALWAYS_PROTECTED_PORTS, ...listens(pidsOf('gateway'))]);
  const java = pidsOf('other-java').filter((pid) => listens([pid]).some((port) => api.has(port)));
  for (const port of listens(java)) api.add(port);

  const forwards = [...truths.values()].flatMap(({ kind }) => (kind.forward ? [kind.forward] : []));
  const told = new Set(forwards.map(([local]) => local));
  const through = new Set(listens(pidsOf('tunnel')).filter((port) => !told.has(port)));
  for (let round = 0; round <= TUNNELS.length; round += 1) {
    for (const [local, target] of forwards) if (api.has(target ?? 0) || through.has(target ?? 0)) through.add(local);
  }

  const servers = holdings.filter(({ local }) => api.has(local.port)).map(({ pid }) => pid);
  const gateways = [...new Set([...servers, ...pidsOf('gateway')])];
  const live = holdings
    .filter(({ state, remote }) => state === 'ESTABLISHED' || (state === 'SYN_SENT' && remote !== null))
    .filter(({ remote }) => api.has(remote?.port ?? 0) || through.has(remote?.port ?? 0))
    .map(({ pid }) => pid);

  /** Is `upper` above `lower` with no launcher between them? */
  const isKinBelow = (lower: number, upper: number) => {
    const line = lineOf(lower, processes);
    const at = line.indexOf(upper);
    return at >= 0 && !line.slice(0, at).some(isLauncher);
  };

  return (pid, included) => {
    const truth = truths.get(pid);
    if (truth === undefined || truth.uid !== ME || !['bot', 'interactive'].includes(truth.kind.is)) return false;
    if (lineOf(SELF, processes).includes(pid)) return false;
    if (gateways.some((one) => one === pid || kinOf(one).includes(pid) || isKinBelow(pid, one))) return false;
    if (included) return true;
    if (truth.kind.is === 'interactive') return false;
    if (pidsOf('other-java').some((one) => kinOf(one).includes(pid))) return false;
    return !live.some(
      (holder) => holder === pid || lineOf(holder, processes).includes(pid) || kinOf(pid).includes(holder),
    );
  };
}

describe('the verdict, on random machines of up to 60 processes in deep trees', { timeout: TIMEOUT_MS }, () => {
  it('signals exactly whom the rules free, and never a protected process', async () => {
    let freed = 0;
    await fc.assert(
      fc.asyncProperty(world, fc.boolean(), async (one, included) => {
        const read = await readAttribution(platformOf(one), ALWAYS_PROTECTED_PORTS);
        if (!read.ok) throw new Error('nothing was read');
        const { processes, holdings, ports, tunnelPorts } = read.value;
        const judge = createJudge({
          processes,
          holdings,
          protectedPorts: ports,
          tunnelPorts,
          unproven: new Set(),
          self: { pid: SELF, uid: ME },
          botNames: ['python*', 'runner*', 'websocket_server*'],
        });
        const mayDie = oracle(one);
        for (const pid of one.processes.keys()) {
          const isFree = judge.verdict(pid, included).kind === 'cleanable';
          if (isFree) freed += 1;
          if (isFree === mayDie(pid, included)) continue;
          throw new Error(`${isFree ? 'freed' : 'protected'} ${pid}: ${JSON.stringify(judge.verdict(pid, included))}`);
        }
      }),
      runs(1_000),
    );
    expect(freed).toBeGreaterThan(100);
  });
});
