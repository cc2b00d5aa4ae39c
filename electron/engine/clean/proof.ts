import type { Result } from '../../../shared/result.ts';
import { success } from '../../../shared/result.ts';
import type { Problem } from '../../../shared/snapshot.ts';
import { type Attribution, readAttribution } from '../observe/attribution.ts';
import type { Look, Observer } from '../observe/observer.ts';
import { type AttributedZombie, attribute } from '../observe/owners.ts';
import type { CountingRule } from '../observe/zombies.ts';
import type { Platform } from '../platform/types.ts';
import { ALWAYS_PROTECTED_PORTS } from './evidence.ts';
import { createGuard, type Guard } from './guard.ts';

/** What is true at this moment, as far as it can be proved: who holds which zombie, and whom the guard lets be signalled. */
export interface Proof {
  look: Look;
  attribution: Attribution;
  zombies: readonly AttributedZombie[];
  guard: Guard;
}

export interface ProofOptions {
  platform: Platform;
  observer: Observer;
  rule: CountingRule;
  /** The ports looked at; the protected ones join them by themselves. */
  ports: readonly number[];
  botNames: readonly string[];
}

/** Reads everything anew: the kernel's table, every owner, and the kernel's word that each zombie is its owner's own. */
export async function readProof(options: ProofOptions): Promise<Result<Proof, Problem>> {
  const look = await options.observer.look(options.ports, options.rule);
  if (!look.ok) return look;
  const attribution = await readAttribution(options.platform, [...options.ports, ...ALWAYS_PROTECTED_PORTS]);
  if (!attribution.ok) return attribution;
  return success(await judge(look.value, attribution.value, options));
}

/** Joins a look with an attribution and lets the guard judge. */
export async function judge(
  look: Look,
  attribution: Attribution,
  { platform, botNames }: Pick<ProofOptions, 'platform' | 'botNames'>,
): Promise<Proof> {
  const zombies = attribute(look.zombies.values(), attribution.holdings);
  const guard = createGuard({
    processes: attribution.processes,
    holdings: attribution.holdings,
    protectedPorts: attribution.ports,
    unproven: await findUnproven(platform, zombies),
    self: platform.self,
    botNames,
  });
  return { look, attribution, zombies, guard };
}

/**
 * Processes of which lsof says that they hold a zombie although the kernel does not confirm it. On macOS there is nothing else
 * to ask than lsof itself, so there its word stands.
 */
async function findUnproven(platform: Platform, zombies: readonly AttributedZombie[]): Promise<Set<number>> {
  const unproven = new Set<number>();
  if (platform.kind === 'darwin') return unproven;
  for (const { pid, inode } of zombies.flatMap(({ holdings }) => holdings)) {
    if (unproven.has(pid)) continue;
    if (inode === null || (await platform.holdsSocket(pid, inode)) !== 'yes') unproven.add(pid);
  }
  return unproven;
}
