import type { Result } from '../../../../shared/result.ts';
import type { Problem } from '../../../../shared/snapshot.ts';
import { unknownCounts } from '../../observe/gaps.ts';
import type { Look } from '../../observe/observer.ts';
import { SECOND_READ_MS } from '../../observe/zombies.ts';

/** How long the kernel may take to drop the sockets of processes that have ended. */
const VERIFY_LIMIT_MS = 3_000;
/** How often the kernel's table is read meanwhile. */
const POLL_MS = 20;

/** Takes one cheap look at the kernel's table. */
export type Verifier = () => Promise<Result<Look, Problem>>;

/**
 * Reads the kernel's table until the freed zombies are gone, 3 s at the most, and counts what remains on the ports. Sockets that
 * are only just closing get a second look, so that one which a clean itself left behind is not missed. `null`: unknown.
 */
export async function countRemaining(
  look: Verifier,
  ports: ReadonlySet<number>,
  freed: ReadonlySet<string>,
  { now, sleep }: { now(): number; sleep(ms: number): Promise<void> },
): Promise<number | null> {
  const deadline = now() + VERIFY_LIMIT_MS;
  for (;;) {
    const read = await look();
    const zombies = read.ok ? [...read.value.zombies.values()].filter(({ port }) => ports.has(port)) : null;
    const waiting = zombies === null || zombies.some(({ key }) => freed.has(key));
    if (!waiting || now() >= deadline) {
      if (zombies === null) return null;
      if (read.ok && isUnknown(read.value, ports)) return null;
      const closing = new Set(zombies.filter(({ counted }) => !counted).map(({ key }) => key));
      if (closing.size === 0) return zombies.length;
      await sleep(SECOND_READ_MS);
      const again = await look();
      if (!again.ok || isUnknown(again.value, ports)) return null;
      return [...again.value.zombies.values()].filter(
        ({ port, key, counted }) => ports.has(port) && (counted || closing.has(key)),
      ).length;
    }
    await sleep(POLL_MS);
  }
}

/** A count that may be greater than what was seen is none. */
function isUnknown({ gaps }: Look, ports: ReadonlySet<number>): boolean {
  return [...ports].some((port) => unknownCounts(gaps, port).total);
}
