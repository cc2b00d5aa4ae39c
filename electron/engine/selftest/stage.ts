import { basename, join } from 'node:path';
import process from 'node:process';
import type { Result } from '../../../shared/result.ts';
import type { Settings } from '../../../shared/settings/settings.ts';
import type { OwnerState, Verdict } from '../../../shared/snapshot.ts';
import { ALWAYS_PROTECTED_PORTS } from '../clean/evidence.ts';
import { systemClock } from '../clock.ts';
import { Cleaning } from '../core/cleaning.ts';
import { type Scan, Watcher } from '../core/watcher.ts';
import type { Platform } from '../platform/types.ts';
import { createFileMutex } from '../record/files/mutex.ts';
import { openJournal } from '../record/journal/journal.ts';
import type { Actor, Cast } from './cast.ts';

/** Below the ranges from which Linux (32768 and up) and macOS (49152 and up) assign client ports. */
const FIRST_PORT = 20_000;
const PORTS = 12_000;
const PORT_TRIES = 50;
/** The pretend bots' grace between SIGTERM and SIGKILL. */
const GRACE_MS = 2_000;
/** How long a state may take to appear in the kernel's table. */
const PATIENCE_MS = 15_000;

/** Sexton's own scanner and cleaner, limited to the selftest's port; protected processes stay protected. */
export interface Stage {
  readonly port: number;
  readonly cast: Cast;
  readonly gateway: Actor;
  readonly cleaning: Cleaning;
  scan(): Promise<Scan>;
  /** Scans until the condition holds or time runs out; returns the last scan. */
  scanUntil(condition: (scan: Scan) => boolean): Promise<Scan>;
  verdict(scan: Scan, pid: number): Verdict | null;
}

/** Starts the pretend Gateway on a spare port that is neither watched nor protected, and sets up the eyes; null when that fails. */
export async function setStage(cast: Cast, platform: Platform, settings: Settings): Promise<Stage | null> {
  const gateway = await cast.start();
  const port = gateway && (await listenOnSparePort(gateway, settings));
  if (gateway === null || port === null) return null;
  // The parts run Sexton's own program, so that is the only bot there is; the user's real ports stay protected.
  const own: Settings = {
    ...settings,
    botNames: [basename(process.execPath)],
    restartBotPatterns: [],
    graceMs: GRACE_MS,
  };
  const parts = { platform, clock: systemClock, settings: () => own };
  const watcher = new Watcher({ ...parts, ports: [{ port, label: 'selftest' }], counting: 'once' });
  const mutex = createFileMutex(platform.flock, join(cast.folder, 'journal.lock'));
  const journal = openJournal({ directory: cast.folder, mutex });
  const scan = () => watcher.scan('always');
  return {
    port,
    cast,
    gateway,
    cleaning: new Cleaning({ ...parts, watcher, journal, isRestartBot: () => false }),
    scan,
    scanUntil: async (condition) => {
      const deadline = systemClock.now() + PATIENCE_MS;
      for (;;) {
        const seen = await scan();
        if (condition(seen) || systemClock.now() > deadline) return seen;
      }
    },
    verdict: ({ proof }, pid) => proof?.judge.verdict(pid) ?? null,
  };
}

async function listenOnSparePort(gateway: Actor, settings: Settings): Promise<number | null> {
  const taken = new Set([...settings.ports.map(({ port }) => port), ...ALWAYS_PROTECTED_PORTS]);
  for (let tries = 0; tries < PORT_TRIES; tries += 1) {
    const port = FIRST_PORT + Math.floor(Math.random() * PORTS);
    if (!taken.has(port) && (await gateway.tell({ do: 'listen', port })) !== null) return port;
  }
  return null;
}

/** The owner of zombies on one side with this pid. */
export function ownerOf(scan: Scan, pid: number, side: OwnerState['side']): OwnerState | undefined {
  return scan.parts.owners.find((owner) => owner.process.pid === pid && owner.side === side);
}

/** The value, or an error that ends the trial with this message. */
export function must<Value>(value: Value | null | undefined, words: string): Value {
  if (value === null || value === undefined) throw new TrialFailure(words);
  return value;
}

/** Like `must`, for a condition. */
export function demand(condition: boolean, words: string): void {
  if (!condition) throw new TrialFailure(words);
}

/** The value of a result, or an error with the message for its failure. */
export function mustSucceed<Value, Failure>(
  result: Result<Value, Failure>,
  words: (failure: Failure) => string,
): Value {
  if (!result.ok) throw new TrialFailure(words(result.error));
  return result.value;
}

/** Ends a trial, with what it expected and did not find. */
export class TrialFailure extends Error {}
