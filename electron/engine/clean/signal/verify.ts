import type { Result } from '../../../../shared/result.ts';
import type { Problem } from '../../../../shared/snapshot.ts';
import { unknownCounts } from '../../observe/gaps.ts';
import type { Look } from '../../observe/observer.ts';
import { SECOND_READ_MS } from '../../observe/zombies.ts';

/** How long the kernel may take to drop the sockets of ended processes. */
const VERIFY_LIMIT_MS = 3_000;
/** How often the kernel's table is read until then. */
const POLL_MS = 20;

/** Reads the kernel's table once. */
export type Verifier = () => Promise<Result<Look, Problem>>;

/**
 * Reads the kernel's table until the freed zombies are gone, for at most 3 s, and counts what remains on the ports.
 * Closing sockets are read a second time, so that a zombie left by the clean itself is not missed. `null`: unknown.
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

/** A count is unknown when the scan may have missed something. */
function isUnknown({ gaps }: Look, ports: ReadonlySet<number>): boolean {
  return [...ports].some((port) => unknownCounts(gaps, port).total);
}
