import type { Attribution } from '../observe/attribution.ts';
import type { Look } from '../observe/observer.ts';
import { type AttributedZombie, attribute } from '../observe/owners.ts';
import type { HeldSockets, Platform } from '../platform/types.ts';
import { findOverlooked } from './cross-check.ts';
import type { Evidence } from './evidence.ts';
import { createGuard, type Guard } from './verdict.ts';

/** What is true at this moment, as far as it can be proved: who holds which zombie, and whom the guard lets be signalled. */
export interface Proof {
  look: Look;
  attribution: Attribution;
  zombies: readonly AttributedZombie[];
  guard: Guard;
}

/** What judging needs besides what was read. */
export interface JudgeOptions {
  platform: Platform;
  botNames: readonly string[];
  /** `after`: the look was taken when the attribution had been read, and read the attribution's ports too. */
  lookCame?: 'before' | 'after';
}

/**
 * Joins a look with an attribution, asks the kernel whether lsof told the truth, and lets the guard judge. The kernel need not be
 * asked again when the look itself came `after` the attribution and read its ports too.
 */
export async function judge(
  look: Look,
  attribution: Attribution,
  { platform, botNames, lookCame = 'before' }: JudgeOptions,
): Promise<Proof> {
  const zombies = attribute(look.zombies.values(), attribution.holdings);
  const overlooked = await findOverlooked(platform, attribution, lookCame === 'after' ? look.beyond : null);
  const newcomers = (overlooked?.newcomers ?? []).map((process) => [process.pid, process] as const);
  const processes = new Map([...attribution.processes, ...newcomers]);
  const evidence: Evidence = {
    processes,
    holdings: [...attribution.holdings, ...(overlooked?.holdings ?? [])],
    protectedPorts: attribution.ports,
    tunnelPorts: attribution.tunnelPorts,
    rows: look.beyond.rows,
    unproven: overlooked === null ? new Set(processes.keys()) : new Set(),
    self: platform.self,
    botNames,
  };
  const guard = createGuard({ ...evidence, unproven: await findUnproven(platform, zombies, evidence) });
  return { look, attribution: { ...attribution, processes }, zombies, guard };
}

/**
 * Processes of which lsof says that they hold a zombie although the kernel does not confirm it. On macOS there is nothing else
 * to ask than lsof itself, so there its word stands. Of a process that is protected anyway nothing needs proof: a Gateway may hold
 * thousands.
 */
async function findUnproven(
  platform: Platform,
  zombies: readonly AttributedZombie[],
  evidence: Evidence,
): Promise<ReadonlySet<number>> {
  if (!platform.confirmsHoldings) return evidence.unproven;
  const unproven = new Set(evidence.unproven);
  const guard = createGuard(evidence);
  const open = new Map<number, boolean>();
  const held = new Map<number, HeldSockets>();
  const isOpen = (pid: number): boolean => {
    const verdict = guard.verdict(pid, true);
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
