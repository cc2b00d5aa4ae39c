import { failure, type Result, success } from '../../../../../shared/result.ts';
import type { Problem } from '../../../../../shared/snapshot.ts';
import { verdictSentence } from '../../../../../shared/words/verdict.ts';
import { crossCheck } from '../../../clean/cross-check.ts';
import { ALWAYS_PROTECTED_PORTS, ancestorsOf, childrenOf, descendantsOf } from '../../../clean/evidence.ts';
import type { Reading } from '../../../clean/signal/freshness.ts';
import { createJudge, type Judge } from '../../../clean/verdict.ts';
import { readAttribution } from '../../../observe/attribution.ts';
import { connectionKey } from '../../../observe/endpoints.ts';
import { gatewayProgram } from '../../../observe/process/programs.ts';
import { describeProcess } from '../../../observe/process/scripts.ts';
import { isSameProcess } from '../../../platform/process/identity.ts';
import type { Platform, ProcessRecord, ProcessTable } from '../../../platform/types.ts';

/** The reason to stop nothing while nothing can be seen. */
export const CANNOT_SEE = 'Sexton cannot see its connections.';

/** Denials that stand whatever a person wants, and for our own children too. */
const NEVER = new Set([
  'gateway-listener',
  'gateway-family',
  'gateway-program',
  'forwarder',
  'self',
  'other-user',
  'unproven',
]);

/** What decides about the members of a guard's own tree, read at one moment. */
export interface OwnTreeEvidence {
  processes: ProcessTable;
  judge: Judge;
  /**
   * The port of an answered session on a protected port, by the pid that holds it. Where answers cannot be read, every
   * session counts.
   */
  answered: ReadonlyMap<number, number>;
  reading: Reading;
}

/** Reads the evidence for these ports and all that are always protected; `now` is monotonic milliseconds. */
export async function readOwnTree(
  platform: Platform,
  ports: readonly number[],
  now: () => number,
): Promise<Result<OwnTreeEvidence, Problem>> {
  const began = now();
  const attribution = await readAttribution(platform, [...ports, ...ALWAYS_PROTECTED_PORTS]);
  if (!attribution.ok) return attribution;
  const { ports: protectedPorts, tunnelPorts } = attribution.value;
  const table = await platform.readTable([...protectedPorts]);
  if (!table.ok) return table;
  const missed = await crossCheck(platform, attribution.value, table.value);
  if (missed === null) {
    return failure({ code: 'counts-disagree', tool: table.value.source, hint: 'Not every holder could be found.' });
  }
  const newcomers = missed.newcomers.map((process) => [process.pid, process] as const);
  const processes = new Map([...attribution.value.processes, ...newcomers]);
  const holdings = [...attribution.value.holdings, ...missed.holdings];
  const received = new Map(table.value.rows.map((row) => [connectionKey(row), row.bytesReceived]));
  const answered = new Map<number, number>();
  for (const holding of holdings) {
    const { pid, state, remote } = holding;
    if (state !== 'ESTABLISHED' || remote === null || !protectedPorts.has(remote.port)) continue;
    if (received.get(connectionKey(holding)) !== 0) answered.set(pid, remote.port);
  }
  const { self } = platform;
  const evidence = {
    processes,
    holdings,
    protectedPorts,
    tunnelPorts,
    rows: table.value.rows,
    unproven: new Set<number>(),
    self,
    botNames: ['*'],
  };
  return success({
    processes,
    judge: createJudge(evidence),
    answered,
    reading: { by: attribution.value.by, began, ended: now() },
  });
}

/**
 * Why a running member of a guard's own tree must not be stopped, as a sentence; `null` when it may be. A Gateway among
 * the members protects them all; an answered session protects its holder with its ancestors and descendants. An
 * unanswered session is no reason (that is what hanging looks like), and neither is a name that is not on the bot list.
 */
export function whyLeave(pid: number, members: readonly ProcessRecord[], evidence: OwnTreeEvidence): string | null {
  const { processes, judge, answered } = evidence;
  const children = childrenOf(processes);
  const family = new Map<number, ProcessRecord>();
  for (const member of members) {
    const now = processes.get(member.pid);
    if (now === undefined || !isSameProcess(member, now)) continue;
    for (const one of [now, ...descendantsOf(now.pid, children)]) family.set(one.pid, one);
  }
  for (const one of family.values()) {
    if (!one.corpse && gatewayProgram(one) !== null) return gatewayWords(one);
  }
  // It has already ended; its parent will reap it.
  if (processes.get(pid)?.corpse !== false) return null;
  // Judged without inclusion: a Java that it started may be a Gateway, whatever its arguments say.
  const verdict = judge.verdict(pid);
  if (verdict.kind === 'protected' && NEVER.has(verdict.reason)) return verdictSentence(verdict);
  const above = ancestorsOf(pid, processes).filter((ancestor) => family.has(ancestor.pid));
  for (const relative of [pid, ...descendantsOf(pid, children).map((one) => one.pid), ...above.map((one) => one.pid)]) {
    const port = answered.get(relative);
    if (port === undefined) continue;
    if (relative === pid) return `It has a live API session on ${port} and may be trading.`;
    const holder = processes.get(relative);
    const name = holder ? `${describeProcess(holder).name} (${relative})` : `process ${relative}`;
    return `${name}, which belongs to it, has a live API session on ${port} and may be trading.`;
  }
  return null;
}

function gatewayWords(process: ProcessRecord): string {
  const { name } = describeProcess(process);
  const what = gatewayProgram(process) === 'Java' ? ', which may be a Gateway,' : '';
  return `${name} (${process.pid})${what} runs in its tree, and Sexton never stops a Gateway.`;
}
