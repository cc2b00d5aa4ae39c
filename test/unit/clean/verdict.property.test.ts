import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ALWAYS_PROTECTED_PORTS, type Evidence } from '../../../electron/engine/clean/evidence.ts';
import { createJudge } from '../../../electron/engine/clean/verdict.ts';
import type { Holding, ProcessRecord } from '../../../electron/engine/platform/types.ts';
import { isLiftable } from '../../../shared/liftable.ts';
import type { Verdict } from '../../../shared/snapshot.ts';
import { botRecord, gatewayRecord, held, ME, processRecord, SELF } from './builders.ts';

const RUNS = 10_000;
const SEED = 20_260_102;

/** What a process truly is, by construction: the oracle never asks the product. */
interface Truth {
  make: (pid: number) => ProcessRecord;
  /** TWS, IB Gateway, IBC, Java, or a forwarder. */
  untouchable?: true;
  /** May be a Gateway, though it listens on nothing. */
  gateway?: true;
  /** A Java without a Gateway's words, known by its arguments. */
  otherJava?: true;
  /** A notebook, a debugger or a prompt. */
  interactive?: true;
  /** Leads a session and starts all kinds of things: no family. */
  launcher?: true;
  /** On the bot list. */
  bot?: true;
}

/** A module run by a Python whose own name is on no list. */
const module = (pid: number, ...args: string[]) =>
  processRecord(pid, { name: 'pypy3', executable: '/opt/pypy3.10', args: ['pypy3', ...args] });

const KINDS: readonly Truth[] = [
  { bot: true, make: (pid) => botRecord(pid) },
  { bot: true, make: (pid) => botRecord(pid, '/home/me/tws_bot/gateway_tools/run.py') },
  {
    bot: true,
    make: (pid) => processRecord(pid, { name: 'Python', executable: '/Library/Python.app/Contents/MacOS/Python' }),
  },
  { bot: true, make: (pid) => processRecord(pid, { name: 'websocket_server', executable: '/opt/websocket_server' }) },
  { bot: true, make: (pid) => botRecord(pid, '/srv/lead.py', { sessionLeader: true }) },
  { bot: true, make: (pid) => module(pid, '-m', 'robo_trader.runner_async') },
  {
    bot: true,
    make: (pid) => processRecord(pid, { name: 'uv', executable: '/x/uv', args: ['uv', 'run', 'runner.py'] }),
  },
  { bot: true, interactive: true, make: (pid) => module(pid, '-m', 'debugpy', '--listen', '5', '-m', 'x.runner') },
  { bot: true, interactive: true, make: (pid) => botRecord(pid, '', { args: ['python3'] }) },
  {
    bot: true,
    interactive: true,
    make: (pid) => botRecord(pid, '', { args: ['python3', '-m', 'ipykernel_launcher'] }),
  },
  { untouchable: true, gateway: true, make: (pid) => gatewayRecord(pid) },
  {
    untouchable: true,
    gateway: true,
    make: (pid) => botRecord(pid, '/x/run.py', { executable: '/Applications/IB Gateway 10.45/python3' }),
  },
  {
    untouchable: true,
    gateway: true,
    make: (pid) => processRecord(pid, { name: 'JavaAppli', executable: '/x/JavaApplicationStub' }),
  },
  {
    untouchable: true,
    otherJava: true,
    make: (pid) => processRecord(pid, { name: 'java', executable: '/x/java', args: ['java', '-jar', 'spark.jar'] }),
  },
  { untouchable: true, make: (pid) => processRecord(pid, { name: 'socat', executable: '/usr/bin/socat' }) },
  { untouchable: true, make: (pid) => processRecord(pid, { name: 'ssh', executable: '/usr/bin/ssh' }) },
  { launcher: true, make: (pid) => processRecord(pid, { name: 'zsh', executable: '/bin/zsh', sessionLeader: true }) },
  {
    make: (pid) =>
      processRecord(pid, { name: 'bash', executable: '/bin/bash', args: ['bash', 'start.sh'], sessionLeader: true }),
  },
  { make: (pid) => processRecord(pid, { name: 'Safari', executable: '/Applications/Safari' }) },
];

const SOCKETS: readonly ((pid: number, port: number) => Holding)[] = [
  (pid, port) => held(pid, 'CLOSE_WAIT', 50_000 + pid, port),
  (pid, port) => held(pid, 'ESTABLISHED', 51_000 + pid, `203.0.113.9:${port}`),
  (pid, port) => held(pid, 'SYN_SENT', 52_000 + pid, port),
  (pid, port) => held(pid, 'LISTEN', port, null),
  (pid, port) => held(pid, 'CLOSE_WAIT', port, 53_000 + pid),
  (pid, port) => held(pid, 'ESTABLISHED', port, 54_000 + pid),
  (pid, port) => held(pid, 'LISTEN', 10_000 + port, null),
];

/** Leads to a protected port through a tunnel. */
const TUNNEL = 14_002;
const PORTS = [...ALWAYS_PROTECTED_PORTS, 5_555, 17_497, 443, TUNNEL];
const [FIRST, MOST] = [100, 9];

interface World {
  evidence: Evidence;
  truths: ReadonlyMap<number, Truth>;
}

const member = fc.record({
  kind: fc.nat(KINDS.length - 1),
  parent: fc.nat(MOST + 1),
  uid: fc.constantFrom(ME, ME, ME, ME, 0),
  flaw: fc.constantFrom(
    'none',
    'none',
    'none',
    'none',
    'none',
    'corpse',
    'no-executable',
    'no-start',
    'unproven',
    'absent',
  ),
});
const socket = fc.record({
  holder: fc.nat(MOST - 1),
  kind: fc.nat(SOCKETS.length - 1),
  port: fc.nat(PORTS.length - 1),
});
const world: fc.Arbitrary<World> = fc
  .record({
    members: fc.array(member, { minLength: 1, maxLength: MOST }),
    sockets: fc.array(socket, { maxLength: 7 }),
    selfParent: fc.nat(MOST + 1),
    extra: fc.boolean(),
  })
  .map(({ members, sockets, selfParent, extra }) => {
    // 0 is init; circles are possible, as in a table that was torn while it was read.
    const parentPid = (parent: number) => (parent === 0 ? 1 : FIRST + ((parent - 1) % members.length));
    const truths = new Map<number, Truth>();
    const processes = new Map<number, ProcessRecord>();
    const unproven = new Set<number>();
    processes.set(1, processRecord(1, { ppid: 0, uid: 0, name: 'launchd', executable: '/sbin/launchd' }));
    processes.set(SELF, processRecord(SELF, { ppid: parentPid(selfParent) }));
    for (const [index, { kind, parent, uid, flaw }] of members.entries()) {
      const pid = FIRST + index;
      const truth = KINDS[kind] as Truth;
      truths.set(pid, truth);
      if (flaw === 'absent') continue;
      const record = { ...truth.make(pid), ppid: parentPid(parent), uid };
      if (flaw === 'corpse') record.corpse = true;
      if (flaw === 'no-executable' && !truth.untouchable) record.executable = null;
      if (flaw === 'no-start') record.startToken = '';
      if (flaw === 'unproven') unproven.add(pid);
      processes.set(pid, record);
    }
    const holdings = sockets.flatMap(({ holder, kind, port }) => {
      const make = SOCKETS[kind];
      return holder < members.length && make ? [make(FIRST + holder, PORTS[port] ?? 4002)] : [];
    });
    return {
      truths,
      evidence: {
        processes,
        holdings,
        unproven,
        protectedPorts: new Set([...ALWAYS_PROTECTED_PORTS, TUNNEL, ...(extra ? [5_555] : [])]),
        tunnelPorts: new Set([TUNNEL]),
        self: { pid: SELF, uid: ME },
        botNames: ['python*', 'runner*', 'websocket_server*'],
      },
    };
  });

/** Is `upper` above `lower`, with nobody between them whom `wall` names? Follows the parents' numbers, step by step. */
function isAbove({ evidence: { processes } }: World, upper: number, lower: number, wall: (pid: number) => boolean) {
  let at = processes.get(lower)?.ppid;
  for (let steps = 0; steps < 50 && at !== undefined && at !== lower; steps += 1) {
    if (at === upper) return true;
    if (wall(at)) return false;
    at = processes.get(at)?.ppid;
  }
  return false;
}

/** The denials in words of their own; the product's code is not asked. */
function mayDie(world: World, pid: number, included: boolean): boolean {
  const { evidence, truths } = world;
  const { processes, holdings, protectedPorts, unproven } = evidence;
  const me = processes.get(pid);
  const truth = truths.get(pid);
  if (!me || !truth || truth.untouchable || !truth.bot) return false;
  if (me.uid !== ME || me.corpse || me.executable === null || me.startToken === '' || unproven.has(pid)) return false;
  if (isAbove(world, pid, SELF, () => false)) return false;
  const isLauncher = (other: number) => other === 1 || (truths.get(other)?.launcher === true && processes.has(other));
  const servers = holdings.filter(({ local }) => local.port !== TUNNEL && protectedPorts.has(local.port));
  const living = (which: 'gateway' | 'otherJava') =>
    [...processes.values()].filter((one) => truths.get(one.pid)?.[which] && !one.corpse).map((one) => one.pid);
  for (const server of [...servers.map((one) => one.pid), ...living('gateway')]) {
    if (server === pid || isAbove(world, pid, server, isLauncher) || isAbove(world, server, pid, isLauncher))
      return false;
  }
  if (included) return true;
  if (truth.interactive || living('otherJava').some((java) => isAbove(world, pid, java, isLauncher))) return false;
  return !holdings.some(
    ({ pid: holder, state, remote }) =>
      remote !== null &&
      protectedPorts.has(remote.port) &&
      (state === 'ESTABLISHED' || state === 'SYN_SENT') &&
      (holder === pid ||
        isAbove(world, pid, holder, () => false) ||
        (!isLauncher(holder) && isAbove(world, holder, pid, isLauncher))),
  );
}

const everyPid = (world: World) => [...world.truths.keys(), 1, SELF, 0, -1, 77];

/** Thousands of tables: a plain comparison costs a hundredth of an `expect`. */
function must(holds: boolean, what: string, pid: number): void {
  if (!holds) throw new Error(`${what} (pid ${pid})`);
}

describe(`the guard, over ${RUNS.toLocaleString('en')} random process tables`, { timeout: 60_000 }, () => {
  it('calls cleanable exactly the processes that the rules allow, and never a protected one', () => {
    let freed = 0;
    fc.assert(
      fc.property(world, fc.boolean(), (one, included) => {
        const judge = createJudge(one.evidence);
        for (const pid of everyPid(one)) {
          const cleanable = judge.verdict(pid, included).kind === 'cleanable';
          if (cleanable) freed += 1;
          const allowed = mayDie(one, pid, included);
          must(!cleanable || allowed, 'freed a protected process', pid);
          must(cleanable || !allowed, 'protected somebody whom the rules free', pid);
        }
      }),
      { numRuns: RUNS, seed: SEED },
    );
    // The tables must not be such that nobody is ever freed: then nothing would have been shown.
    expect(freed).toBeGreaterThan(RUNS / 10);
  });

  it('never frees a protected process by more ports, more sockets or a wider list, and lifts only liftable denials', () => {
    fc.assert(
      fc.property(world, fc.array(fc.constantFrom(...PORTS), { maxLength: 3 }), socket, (one, ports, extra) => {
        const { evidence } = one;
        const more = SOCKETS[extra.kind]?.(FIRST + extra.holder, PORTS[extra.port] ?? 4002);
        const judge = createJudge(evidence);
        const narrower = [
          createJudge({ ...evidence, protectedPorts: new Set([...evidence.protectedPorts, ...ports]) }),
          createJudge({ ...evidence, holdings: [...evidence.holdings, ...(more ? [more] : [])] }),
          createJudge({ ...evidence, tunnelPorts: new Set() }),
        ];
        const everybody = createJudge({ ...evidence, botNames: ['*'] });
        for (const pid of everyPid(one)) {
          const verdict = judge.verdict(pid);
          for (const included of [false, true]) {
            if (judge.verdict(pid, included).kind === 'cleanable') continue;
            for (const other of narrower) {
              must(other.verdict(pid, included).kind === 'protected', 'freed by what protects', pid);
            }
          }
          if (verdict.kind !== 'protected') continue;
          const same = (other: Verdict) => other.kind === 'protected' && other.reason === verdict.reason;
          must(verdict.reason === 'not-a-bot' || same(everybody.verdict(pid)), 'freed by the bot list', pid);
          must(isLiftable(verdict) || same(judge.verdict(pid, true)), 'lifted by inclusion', pid);
        }
      }),
      { numRuns: 2_000, seed: SEED },
    );
  });
});
