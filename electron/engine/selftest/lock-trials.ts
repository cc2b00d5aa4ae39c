import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { systemClock } from '../clock.ts';
import { createHandshakeLock, type HandshakeLock } from '../connect/handshake-lock.ts';
import type { Platform } from '../platform/types.ts';
import type { Actor, Cast } from './cast.ts';
import { demand, must, mustSucceed } from './stage.ts';

/** How long the lock may take to become available after its holder releases it. */
const HANDOVER_MS = 10_000;

/** The lock trials' own lock file, Sexton's handshake lock on it, and two other processes that take it. */
export interface LockStage {
  path: string;
  lock: HandshakeLock;
  holder: Actor;
  rival: Actor;
}

/** Sets up a lock file of the selftest's own: the bots' real one is never touched. */
export async function setLockStage(cast: Cast, platform: Platform): Promise<LockStage> {
  const path = join(cast.folder, 'connect.lock');
  await writeFile(path, '');
  const [holder, rival] = await Promise.all([cast.start(), cast.start()]);
  const words = 'A process for the lock could not be started.';
  const lock = createHandshakeLock({ platform });
  return { path, lock, holder: must(holder, words), rival: must(rival, words) };
}

/** While one process holds the lock, no other gets it, whether the holder is Sexton or not. */
export async function tryExclusion({ path, lock, holder, rival }: LockStage): Promise<string> {
  must(await holder.tell({ do: 'lock', path }), 'Another process could not take a free lock.');
  const refused = await lock.acquire({ path, timeoutMs: 0 });
  if (refused.ok) await refused.value.release();
  demand(!refused.ok && refused.error.code === 'timeout', 'Sexton was not refused a lock that another process holds.');
  demand((await rival.tell({ do: 'lock', path })) === null, 'Two other processes hold the lock at the same time.');
  must(await holder.tell({ do: 'unlock' }), 'The holder could not release the lock.');
  const held = mustSucceed(
    await lock.acquire({ path, timeoutMs: HANDOVER_MS }),
    ({ detail }) => `Sexton could not take a free lock: ${detail}.`,
  );
  const second = await rival.tell({ do: 'lock', path });
  await held.release();
  demand(second === null, 'Another process took the lock while Sexton held it.');
  return 'One holder at a time, whether Sexton or another process.';
}

/** Sexton names the holder. */
export async function tryNaming({ path, lock, holder }: LockStage): Promise<string> {
  must(await holder.tell({ do: 'lock', path }), 'Another process could not take a free lock.');
  const refused = await lock.acquire({ path, timeoutMs: 0 });
  if (refused.ok) await refused.value.release();
  const named = refused.ok ? null : refused.error.holder;
  demand(
    named?.pid === holder.pid,
    `Process ${holder.pid} holds the lock, but Sexton named ${named?.pid ?? 'no process'}.`,
  );
  return `Process ${holder.pid} holds the lock, and Sexton names it.`;
}

/** When the holder dies, the kernel frees the lock and a waiting process gets it at once. */
export async function tryDeath({ path, lock, holder }: LockStage): Promise<string> {
  const began = systemClock.now();
  const waiting = lock.acquire({ path, timeoutMs: HANDOVER_MS });
  void holder.tell({ do: 'vanish' });
  const held = mustSucceed(await waiting, () => 'The lock outlived its holder.');
  await held.release();
  return `The lock was free ${Math.round(systemClock.now() - began)} ms after its holder died.`;
}
