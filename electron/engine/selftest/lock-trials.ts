import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { systemClock } from '../clock.ts';
import { createHandshakeLock, type HandshakeLock } from '../connect/handshake-lock.ts';
import type { Machine } from '../platform/machine.ts';
import type { Actor, Cast } from './cast.ts';
import { demand, must, mustSucceed } from './stage.ts';

/** How long the lock may take to come over once its holder has let go of it. */
const HANDOVER_MS = 10_000;

/** The lock trials' own lock file, the lock as Sexton takes it, and two others that want it. */
export interface LockStage {
  path: string;
  lock: HandshakeLock;
  holder: Actor;
  rival: Actor;
}

/** Sets up a lock file of the selftest's own: the bots' real one is never touched. */
export async function setLockStage(cast: Cast, { platform, flock, lockLook }: Machine): Promise<LockStage> {
  const path = join(cast.folder, 'connect.lock');
  await writeFile(path, '');
  const [holder, rival] = await Promise.all([cast.start(), cast.start()]);
  const words = 'A process for the lock could not be started.';
  const lock = createHandshakeLock({ flock, look: lockLook, platform });
  return { path, lock, holder: must(holder, words), rival: must(rival, words) };
}

/** While one holds it, nobody else gets it, whichever side holds. */
export async function tryExclusion({ path, lock, holder, rival }: LockStage): Promise<string> {
  must(await holder.tell({ do: 'lock', path }), 'Another process could not take a free lock.');
  const refused = await lock.acquire({ path, timeoutMs: 0 });
  if (refused.ok) await refused.value.release();
  demand(!refused.ok && refused.error.code === 'timeout', 'A held lock was not refused.');
  demand((await rival.tell({ do: 'lock', path })) === null, 'Two other processes hold the lock at once.');
  must(await holder.tell({ do: 'unlock' }), 'The holder could not let go.');
  const held = mustSucceed(
    await lock.acquire({ path, timeoutMs: HANDOVER_MS }),
    ({ detail }) => `A free lock was not had: ${detail}.`,
  );
  const second = await rival.tell({ do: 'lock', path });
  await held.release();
  demand(second === null, 'Another process took the lock while Sexton held it.');
  return 'One at a time, both ways.';
}

/** Whoever holds it is named. */
export async function tryNaming({ path, lock, holder }: LockStage): Promise<string> {
  must(await holder.tell({ do: 'lock', path }), 'Another process could not take a free lock.');
  const refused = await lock.acquire({ path, timeoutMs: 0 });
  if (refused.ok) await refused.value.release();
  const named = refused.ok ? null : refused.error.holder;
  demand(named?.pid === holder.pid, `Process ${holder.pid} holds it; named was ${named?.pid ?? 'nobody'}.`);
  return `Held by process ${holder.pid}, and named so.`;
}

/** The lock dies with its holder, without anybody's doing; who waits gets it at once. */
export async function tryDeath({ path, lock, holder }: LockStage): Promise<string> {
  const began = systemClock.now();
  const waiting = lock.acquire({ path, timeoutMs: HANDOVER_MS });
  void holder.tell({ do: 'vanish' });
  const held = mustSucceed(await waiting, () => 'The lock outlived its holder.');
  await held.release();
  return `Free ${Math.round(systemClock.now() - began)} ms after its holder had vanished.`;
}
