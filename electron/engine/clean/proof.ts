import type { Attribution } from '../observe/attribution.ts';
import type { Look } from '../observe/observer.ts';
import { type AttributedZombie, attribute } from '../observe/owners.ts';
import type { HeldSockets, Platform } from '../platform/types.ts';
import { crossCheck } from './cross-check.ts';
import type { Evidence } from './evidence.ts';
import { createJudge, type Judge } from './verdict.ts';

/** What can be proved at this moment: who holds which zombie, and who may be signalled. */
export interface Proof {
  look: Look;
  attribution: Attribution;
  zombies: readonly AttributedZombie[];
  judge: Judge;
}

/** What a proof needs besides what was read. */
export interface ProofOptions {
  platform: Platform;
  botNames: readonly string[];
  /** `after`: the scan was taken after the attribution and covered the attribution's ports. */
  lookCame?: 'before' | 'after';
}

/**
 * Joins a scan with an attribution and checks lsof's answer with the kernel. The kernel's table need not be read again
 * when the scan itself came `after` the attribution and covered its ports.
 */
export async function buildProof(
  look: Look,
  attribution: Attribution,
  { platform, botNames, lookCame = 'before' }: ProofOptions,
): Promise<Proof> {
  const zombies = attribute(look.zombies.values(), attribution.holdings);
  const missed = await crossCheck(platform, attribution, lookCame === 'after' ? look.beyond : null);
  const newcomers = (missed?.newcomers ?? []).map((process) => [process.pid, process] as const);
  const processes = new Map([...attribution.processes, ...newcomers]);
  const evidence: Evidence = {
    processes,
    holdings: [...attribution.holdings, ...(missed?.holdings ?? [])],
    protectedPorts: attribution.ports,
    tunnelPorts: attribution.tunnelPorts,
    rows: look.beyond.rows,
    unproven: missed === null ? new Set(processes.keys()) : new Set(),
    self: platform.self,
    botNames,
  };
  const judge = createJudge({ ...evidence, unproven: await findUnproven(platform, zombies, evidence) });
  return { look, attribution: { ...attribution, processes }, zombies, judge };
}

/**
 * Processes that hold a zombie according to lsof, without the kernel's confirmation. macOS offers nothing but lsof, so
 * its answer stands there. A process that is protected anyway needs no proof: a Gateway may hold thousands of sockets.
 */
async function findUnproven(
  platform: Platform,
  zombies: readonly AttributedZombie[],
  evidence: Evidence,
): Promise<ReadonlySet<number>> {
  if (!platform.confirmsHoldings) return evidence.unproven;
  const unproven = new Set(evidence.unproven);
  const judge = createJudge(evidence);
  const open = new Map<number, boolean>();
  const held = new Map<number, HeldSockets>();
  const isOpen = (pid: number): boolean => {
    const verdict = judge.verdict(pid, true);
    return verdict.kind === 'cleanable' || verdict.reason === 'not-a-bot';
  };
  for (const { pid, inode } of zombies.flatMap(({ holdings }) => holdings)) {
    if (!open.has(pid)) open.set(pid, isOpen(pid));
    if (open.get(pid) !== true || unproven.has(pid)) continue;
    const sockets = held.get(pid) ?? (await platform.readHeldSockets(pid));
    held.set(pid, sockets);
    if (inode === null || !sockets.inodes.has(inode)) unproven.add(pid);
  }
  return unproven;
}
