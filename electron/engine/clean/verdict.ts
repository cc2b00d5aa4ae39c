import type { Verdict } from '../../../shared/snapshot.ts';
import { interactiveKind } from '../observe/process/interactive.ts';
import { gatewayProgram, isForwarder } from '../observe/process/programs.ts';
import type { Holding, ProcessRecord } from '../platform/types.ts';
import { apiSessions } from './api-sessions.ts';
import { botReason, globMatcher } from './bot-list.ts';
import { ancestorsOf, childrenOf, descendantsOf, type Evidence, kinAbove, nameOf } from './evidence.ts';
import { findFamily, kinWords } from './family.ts';

/** Decides who may be signalled, by one evidence's process tree and sockets. */
export interface Judge {
  /** May this process be signalled? Deny beats allow. `included`: a person named it, which lifts liftable denials. */
  verdict(pid: number, included?: boolean): Verdict;
  /** Live or opening sessions that end when these processes and their descendants are stopped, each counted once. */
  sessions(...pids: readonly number[]): number;
}

type Protection = Extract<Verdict, { kind: 'protected' }>;

const protect = (reason: Protection['reason'], about: Omit<Protection, 'kind' | 'reason'> = {}): Protection => ({
  kind: 'protected',
  reason,
  ...about,
});

/** Makes the judge for one evidence. Pure and total: every pid gets a verdict, an unknown one a denial. */
export function createJudge(evidence: Evidence): Judge {
  const { processes, holdings, self } = evidence;
  const children = childrenOf(processes);
  const servers = new Set(holdings.filter((holding) => servesApi(holding, evidence)).map(({ pid }) => pid));
  const family = findFamily(servers, evidence, children);
  const ownLine = new Set([self.pid, ...ancestorsOf(self.pid, processes).map(({ pid }) => pid)]);
  const sessionsOf = apiSessions(evidence);
  const onBotList = globMatcher(evidence.botNames);

  const below = (pid: number): number[] => descendantsOf(pid, children).map((process) => process.pid);

  const sessions = (...pids: readonly number[]): number => {
    const members = pids.flatMap((pid) => [pid, ...below(pid)]);
    return new Set(members.flatMap((member) => (sessionsOf.get(member) ?? []).map(({ key }) => key))).size;
  };

  /** Its own sessions, those of its descendants, and those of its ancestors up to the first launcher. */
  const liveSession = (pid: number): Protection | null => {
    const mayTrade = (member: number) => sessionsOf.get(member)?.some(({ mayBeAnswered }) => mayBeAnswered) === true;
    const descendants = below(pid);
    const members = [pid, ...descendants, ...kinAbove(pid, processes)].filter((member) => sessionsOf.has(member));
    const holder = members.find(mayTrade) ?? members[0];
    if (holder === undefined) return null;
    const relative = `its ${descendants.includes(holder) ? 'child' : 'parent'} ${nameOf(holder, evidence)}`;
    if (mayTrade(holder)) {
      return protect('live-session', holder === pid ? {} : { detail: `${relative} has a live API session` });
    }
    const its = holder === pid ? 'its API session' : `the API session of ${relative}`;
    return protect('live-session', { detail: `${its} was never answered by the Gateway`, unanswered: true });
  };

  /** The verdict apart from kinship to a Gateway. */
  const beyondFamily = (pid: number, included: boolean): Verdict => {
    const process = processes.get(pid);
    if (process && gatewayProgram(process) !== null) return protect('gateway-program');
    if (process && isForwarder(process)) return protect('forwarder');
    if (pid <= 1 || ownLine.has(pid)) return protect('self');
    const uid = process?.uid ?? holdings.find((holding) => holding.pid === pid)?.uid ?? null;
    if (uid !== null && uid !== self.uid) return protect('other-user');
    if (process === undefined || !isProven(process) || evidence.unproven.has(pid)) return protect('unproven');
    const live = included ? null : liveSession(pid);
    if (live !== null) return live;
    const interactive = included ? null : interactiveKind(process);
    if (interactive !== null) return protect('interactive', { detail: INTERACTIVE_WORDS[interactive] });
    const reason = botReason(process, onBotList);
    return reason === null ? protect('not-a-bot') : { kind: 'cleanable', reason };
  };

  const verdict = (pid: number, included = false): Verdict => {
    if (servers.has(pid)) return protect('gateway-listener');
    const kin = family.get(pid);
    if (kin === undefined) return beyondFamily(pid, included);
    const detail = kinWords(kin, evidence);
    // Only for the parent of some other Java can a person lift this denial.
    const lifted = kin.because === 'java' ? beyondFamily(pid, true) : null;
    if (lifted?.kind !== 'cleanable') return protect('gateway-family', { detail });
    return included ? lifted : protect('gateway-family', { detail, liftable: true });
  };

  return { verdict, sessions };
}

const INTERACTIVE_WORDS = {
  notebook: 'a notebook',
  debugger: 'a bot under a debugger',
  prompt: 'an interactive Python',
} as const;

/** Holds a socket whose local port is protected, listening or not: a forked child outlives the listener. */
function servesApi({ local: { port } }: Holding, { protectedPorts, tunnelPorts }: Evidence): boolean {
  return protectedPorts.has(port) && tunnelPorts?.has(port) !== true;
}

/** False for an incomplete identity: no start time, no executable, or only a corpse. */
function isProven(process: ProcessRecord): boolean {
  return process.startToken !== '' && process.executable !== null && process.executable !== '' && !process.corpse;
}
