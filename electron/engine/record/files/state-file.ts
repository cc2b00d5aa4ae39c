import { constants } from 'node:fs';
import { open, rm, stat } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { failure, type Result, success } from '../../../../shared/result.ts';
import { serial } from '../../serial.ts';
import { moveAside, replaceFile, sweepLeftovers } from './atomic-file.ts';
import { type FileError, fileError, systemCode } from './file-error.ts';
import { parseJson } from './json.ts';
import type { Mutex, MutexError } from './mutex.ts';
import type { FileTrouble, LastingTrouble, TroubleReports } from './troubles.ts';

/** Where a file lives, what guards it between processes, and where its troubles are reported. */
export interface StatePlace {
  path: string;
  /** Guards every write; `null` for a file that one process alone changes. */
  mutex: Mutex | null;
  reports: TroubleReports;
}

export interface StateFileOptions<Value> extends StatePlace {
  /** The value of the file's text, or `null` when the text does not hold one. */
  decode: (text: string) => Value | null;
  encode: (value: Value) => string;
  /** What the file should hold, with its article: "a history". */
  what: string;
  /**
   * What happens without the mutex. `write`: write all the same; what is lost is less than what is kept. `refuse`: leave the file
   * alone. `refuse-if-held`: leave it alone only while another process holds the mutex, but write where there can be no lock.
   */
  withoutLock: 'write' | 'refuse' | 'refuse-if-held';
  lockTimeoutMs?: number;
  /** A broken file that a person may be editing is read again after this time, until it stops changing. */
  settleMs?: number;
  now?: () => Date;
}

/** What a read found. `moved-aside`: the file was broken, and is now kept under another name. */
export type Kept<Value> =
  | { kind: 'absent' }
  | { kind: 'value'; value: Value }
  | { kind: 'moved-aside'; why: string; aside: string };

/** A file that this process has to itself, as far as `withoutLock` allows. */
export interface HeldFile<Value> {
  /** Whether this process may write; if not, `write` and `remove` fail with the code `locked`. */
  readonly mayWrite: boolean;
  read(): Promise<Result<Kept<Value>, FileError>>;
  write(value: Value): Promise<Result<void, FileError>>;
  remove(): Promise<Result<void, FileError>>;
  /** Keeps the file as it is under another name. `why`: one clause, for the person. */
  setAside(why: string): Promise<Result<Kept<Value>, FileError>>;
  /** Has the file changed since it was last read or written here? Before the first read: is there one? */
  hasChanged(): Promise<boolean>;
}

/**
 * A small JSON file that several programs share: replaced as a whole, changed under a mutex, checked when read. A broken one is
 * kept as `NAME.broken-TIME` and reported, and so is everything else that goes wrong. Calls are taken one after the other.
 */
export interface StateFile<Value> {
  readonly path: string;
  /** Reads without the mutex, which only a broken file needs. */
  read(): Promise<Result<Kept<Value>, FileError>>;
  /** The same if the file has changed since it was last read or written here; costs one `stat` if not. */
  readIfChanged(): Promise<Result<Kept<Value>, FileError> | 'unchanged'>;
  /** Has the file changed since it was last read or written here? Before the first read: is there one? */
  hasChanged(): Promise<boolean>;
  /** Reads and changes the file with the mutex held. */
  exclusively<Answer>(work: (file: HeldFile<Value>) => Promise<Answer>): Promise<Answer>;
}

/** How long to wait for the mutex, which is held only for the moment of a write. */
const LOCK_TIMEOUT_MS = 2_000;
/** None of Sexton's own files comes near this size. */
const MAX_BYTES = 16_000_000;
/** How often a broken file that keeps changing is read again before it is taken for broken. */
const SETTLE_READS = 20;

/** The value of what a read found; `null` when there is none. */
export function keptValue<Value>(kept: Kept<Value>): Value | null {
  return kept.kind === 'value' ? kept.value : null;
}

type Raw<Value> =
  | { kind: 'absent'; stamp: string }
  | { kind: 'value'; value: Value; stamp: string }
  | { kind: 'broken'; why: string; stamp: string };

const ABSENT = '';

/** Opens one of Sexton's files; nothing is read yet. */
export function openStateFile<Value>(options: StateFileOptions<Value>): StateFile<Value> {
  const { path, mutex, reports, decode, encode, what, withoutLock, settleMs, now = () => new Date() } = options;
  const inTurn = serial();
  const lasting = new Set<LastingTrouble>();
  /** Of the file as it was last read or written here; `null` before the first read. */
  let seen: string | null = null;
  let swept = false;

  const tell = (code: FileTrouble['code'], detail: string): void => {
    if (code !== 'corrupt') {
      if (lasting.has(code)) return;
      lasting.add(code);
    }
    reports.report({ code, path, detail });
  };
  const passed = (...codes: readonly LastingTrouble[]): void => {
    for (const code of codes) if (lasting.delete(code)) reports.passed(path, code);
  };

  const interpret = (text: string, stamp: string): Raw<Value> => {
    const value = decode(text);
    if (value !== null) return { kind: 'value', value, stamp };
    if (text.trim() === '') return { kind: 'broken', why: 'it is empty', stamp };
    return { kind: 'broken', why: parseJson(text).ok ? `it is not ${what}` : 'it is not valid JSON', stamp };
  };

  const readOnce = async (): Promise<Result<Raw<Value>, FileError>> => {
    try {
      // Opening a pipe must not wait for its other end.
      const handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
      try {
        const found = await handle.stat({ bigint: true });
        if (!found.isFile()) return failure({ code: 'io', path, detail: 'it is not a regular file' });
        const stamp = stampOf(found);
        if (found.size > MAX_BYTES) return success({ kind: 'broken', why: 'it is too large', stamp });
        return success(interpret(await handle.readFile('utf8'), stamp));
      } finally {
        await handle.close();
      }
    } catch (thrown) {
      if (systemCode(thrown) === 'ENOENT') return success({ kind: 'absent', stamp: ABSENT });
      return failure(fileError(path, thrown));
    }
  };

  const readRaw = async (): Promise<Result<Raw<Value>, FileError>> => {
    let read = await readOnce();
    for (let again = 0; settleMs !== undefined && again < SETTLE_READS; again++) {
      if (!read.ok || read.value.kind !== 'broken') break;
      const before = read.value.stamp;
      await sleep(settleMs);
      read = await readOnce();
      if (read.ok && read.value.kind === 'broken' && read.value.stamp === before) break;
    }
    if (read.ok) {
      seen = read.value.stamp;
      passed('not-read');
      if (read.value.kind !== 'broken') passed('stuck');
    } else {
      seen = await stampAt(path);
      tell('not-read', read.error.detail);
    }
    return read;
  };

  const setAside = async (why: string): Promise<Result<Kept<Value>, FileError>> => {
    const moved = await moveAside(path, now());
    seen = await stampAt(path);
    if (!moved.ok) {
      tell('stuck', moved.error.detail);
      return moved;
    }
    passed('stuck');
    // Another process has moved it in the meantime, and reported it.
    if (moved.value === null) return success({ kind: 'absent' });
    tell('corrupt', moved.value);
    return success({ kind: 'moved-aside', why, aside: moved.value });
  };

  const hasChanged = async (): Promise<boolean> => (await stampAt(path)) !== (seen ?? ABSENT);

  const locked = (error: MutexError): FileError => ({ code: 'locked', path, detail: error.detail });

  const held = (refused: FileError | null): HeldFile<Value> => ({
    mayWrite: refused === null,
    read: async () => {
      const read = await readRaw();
      if (!read.ok) return read;
      if (read.value.kind !== 'broken') return success(read.value);
      return refused === null ? setAside(read.value.why) : failure(refused);
    },
    write: async (value) => {
      if (refused !== null) return failure(refused);
      const written = await replaceFile(path, encode(value));
      if (written.ok) {
        seen = await stampAt(path);
        passed('not-saved');
      } else tell('not-saved', written.error.detail);
      return written;
    },
    remove: async () => {
      if (refused !== null) return failure(refused);
      try {
        await rm(path, { force: true });
        seen = await stampAt(path);
        passed('not-saved');
        return success(undefined);
      } catch (thrown) {
        const error = fileError(path, thrown);
        tell('not-saved', error.detail);
        return failure(error);
      }
    },
    setAside: async (why) => (refused === null ? setAside(why) : failure(refused)),
    hasChanged,
  });

  const exclusively = async <Answer>(work: (file: HeldFile<Value>) => Promise<Answer>): Promise<Answer> => {
    const lock = mutex === null ? null : await mutex.acquire(options.lockTimeoutMs ?? LOCK_TIMEOUT_MS);
    const error = lock === null || lock.ok ? null : lock.error;
    const refuses = withoutLock === 'refuse' || (withoutLock === 'refuse-if-held' && error?.code === 'timeout');
    const refused = error !== null && refuses ? locked(error) : null;
    if (refused === null) passed('locked');
    else tell('locked', refused.detail);
    try {
      if (!swept && refused === null) await sweepLeftovers(path, now().getTime());
      swept ||= refused === null;
      return await work(held(refused));
    } finally {
      if (lock?.ok) await lock.value().catch(() => undefined);
    }
  };

  const read = async (): Promise<Result<Kept<Value>, FileError>> => {
    const first = await readRaw();
    if (!first.ok) return first;
    // Another process may be replacing a broken file at this moment: only with the mutex held is it certain what is moved.
    return first.value.kind === 'broken' ? exclusively((file) => file.read()) : success(first.value);
  };

  return {
    path,
    read: () => inTurn(read),
    hasChanged: () => inTurn(hasChanged),
    readIfChanged: () => inTurn(async () => ((await stampAt(path)) === seen ? 'unchanged' : read())),
    exclusively: (work) => inTurn(() => exclusively(work)),
  };
}

/** Tells one version of a file from the next without reading it; new permissions count, because they may make it readable. */
function stampOf(found: { dev: bigint; ino: bigint; mtimeNs: bigint; ctimeNs: bigint; size: bigint }): string {
  return [found.dev, found.ino, found.mtimeNs, found.ctimeNs, found.size].join(' ');
}

async function stampAt(path: string): Promise<string> {
  const found = await stat(path, { bigint: true }).catch(() => null);
  return found === null ? ABSENT : stampOf(found);
}
