import { stat } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import type { FieldError } from '../../../../shared/bridge/bridge.ts';
import { failure, type Result, success } from '../../../../shared/result.ts';
import {
  isSettingName,
  layerSettings,
  mergeSettings,
  type SettingsPatch,
  unknownSettings,
} from '../../../../shared/settings/merge.ts';
import { DEFAULT_SETTINGS, type Settings } from '../../../../shared/settings/settings.ts';
import { moveAside, replaceFile, sweepLeftovers } from '../files/atomic-file.ts';
import { type FileError, type FileErrorCode, fileErrorWords } from '../files/file-error.ts';
import type { Mutex } from '../files/mutex.ts';
import { type Environment, environmentSettings } from './environment.ts';
import { type FileStamp, type RawSettings, readSettings } from './read.ts';

/** Something about the settings that a person should know; the settings in use are valid all the same. */
export interface SettingsProblem {
  source: 'file' | 'environment' | 'flags';
  code: 'broken-file' | 'invalid-value' | 'unknown-name' | FileErrorCode;
  /** The setting or environment variable; empty when it is about the file as a whole. */
  path: string;
  /** One line. */
  message: string;
}

/** Why settings were not saved. */
export type SaveError = { code: 'refused'; fields: FieldError[] } | FileError;

/** The settings in use and what there is to say about them. */
export interface LoadedSettings {
  settings: Settings;
  problems: SettingsProblem[];
}

/**
 * The settings file and what stands above it: flags beat environment, environment beats file, file beats default. Only `save`
 * writes, and it never writes what flags or environment say.
 */
export interface SettingsFile {
  readonly path: string;
  /** The settings in use; the defaults before the first `load`. */
  current(): Settings;
  load(): Promise<LoadedSettings>;
  /** Looks whether somebody changed the file; `null` when not, or while it is being written. */
  reloadIfChanged(): Promise<LoadedSettings | null>;
  /** Checks the whole with the patch on top; nothing is kept of a patch that is refused. Answers the settings then in use. */
  save(patch: SettingsPatch): Promise<Result<Settings, SaveError>>;
}

export interface SettingsFileOptions {
  path: string;
  environment: Environment;
  /** What the command line set, by setting. */
  flags?: SettingsPatch;
  now?: () => Date;
  /** A broken file is read once more after this time: an editor may be in the middle of writing it. */
  settleMs?: number;
  /** The lock that all who save share, so that two programs lose no change of each other. Whoever cannot have it saves all the same. */
  mutex?: Mutex;
}

/** The refused fields of a save, or the file's trouble as one with an empty path, for the line in the panel. */
export function fieldErrorsOf(error: SaveError): FieldError[] {
  return error.code === 'refused' ? error.fields : [{ path: '', message: `Not saved. ${fileErrorWords(error)}` }];
}

const aboutFields = (source: SettingsProblem['source'], refused: readonly FieldError[]): SettingsProblem[] =>
  refused.map(({ path, message }) => ({ source, code: 'invalid-value', path, message: `${path} ${message}` }));

const unreadable = (error: FileError): SettingsProblem => ({
  source: 'file',
  code: error.code,
  path: '',
  message: fileErrorWords(error),
});

/** What the file alone says: its valid settings over the defaults, its values as they stand, and why it must not be overwritten. */
interface FileLayer extends LoadedSettings {
  values: SettingsPatch;
  untouchable: FileError | null;
}

/** A broken file that was moved aside, or is stuck where it is. */
interface Aside {
  problem: SettingsProblem;
  stuck: FileError | null;
}

const render = (content: SettingsPatch): string => `${JSON.stringify(content, null, 2)}\n`;

/** The file's next content: what it has, unknown names included, with the patch on top and without what is default again. */
function nextContent(values: SettingsPatch, patch: SettingsPatch, saved: Settings): Record<string, unknown> {
  const content: Record<string, unknown> = { ...values };
  for (const name of Object.keys(patch).filter(isSettingName)) {
    if (isDeepStrictEqual(saved[name], DEFAULT_SETTINGS[name])) delete content[name];
    else content[name] = saved[name];
  }
  return content;
}

/** How long a save waits for another program's. */
const LOCK_TIMEOUT_MS = 2_000;

/** How often a broken file that keeps changing is read again before it is taken for broken. */
const SETTLE_LOOKS = 20;

/** Opens the settings of a path; nothing is read before `load`. */
export function openSettings(options: SettingsFileOptions): SettingsFile {
  const { path, environment, flags = {}, now = () => new Date(), settleMs = 100 } = options;
  let current: Settings = DEFAULT_SETTINGS;
  let stamp: FileStamp | null = null;
  let busy: Promise<unknown> = Promise.resolve();

  /** One at a time: a save must not be overtaken by a look at the file it is about to replace. */
  const inTurn = <Value>(work: () => Promise<Value>): Promise<Value> => {
    const turn = busy.then(work, work);
    busy = turn.catch(() => undefined);
    return turn;
  };

  /** In turn with the other programs that save. */
  const alone = async <Value>(work: () => Promise<Value>): Promise<Value> => {
    const lock = await options.mutex?.acquire(LOCK_TIMEOUT_MS);
    try {
      return await work();
    } finally {
      if (lock?.ok) await lock.value().catch(() => undefined);
    }
  };

  const readSettled = async (): Promise<Result<RawSettings, FileError>> => {
    let read = await readSettings(path);
    for (let looks = 0; looks < SETTLE_LOOKS && read.ok && read.value.kind === 'broken'; looks++) {
      const seen = read.value.stamp;
      await sleep(settleMs);
      read = await readSettings(path);
      if (read.ok && read.value.kind === 'broken' && read.value.stamp === seen) break;
    }
    return read;
  };

  const lookAtStamp = async (): Promise<FileStamp | null> => {
    const found = await stat(path).catch(() => null);
    return found === null ? null : [found.dev, found.ino, found.mtimeMs, found.size].join(' ');
  };

  /** Keeps the broken original aside; what was good of it is written anew, so that one bad value costs only itself. */
  const putAside = async (why: string, good: SettingsPatch | null): Promise<Aside> => {
    const aside = await moveAside(path, now());
    const broken = { source: 'file', code: 'broken-file', path: '' } as const;
    if (!aside.ok) {
      const message = `${path}: ${why}. It could not be moved aside (${aside.error.detail}).`;
      return { problem: { ...broken, message }, stuck: aside.error };
    }
    if (good !== null && Object.keys(good).length > 0) await replaceFile(path, render(good));
    stamp = await lookAtStamp();
    const rest = good === null ? 'The defaults are used.' : 'The defaults are used for what is wrong in it.';
    const kept = aside.value === null ? '' : ` It is kept as ${aside.value}.`;
    return { problem: { ...broken, message: `${path}: ${why}.${kept} ${rest}` }, stuck: null };
  };

  const readFileLayer = async (): Promise<FileLayer> => {
    const read = await readSettled();
    const defaults = { settings: DEFAULT_SETTINGS, values: {}, untouchable: null };
    if (!read.ok) {
      stamp = await lookAtStamp();
      return { ...defaults, problems: [unreadable(read.error)], untouchable: read.error };
    }
    const raw = read.value;
    stamp = raw.kind === 'absent' ? null : raw.stamp;
    if (raw.kind === 'absent') return { ...defaults, problems: [] };
    if (raw.kind === 'broken') {
      const { problem, stuck } = await putAside(raw.why, null);
      return { ...defaults, problems: [problem], untouchable: stuck };
    }
    const { settings, refused } = layerSettings(DEFAULT_SETTINGS, raw.values);
    const problems = unknownSettings(raw.values).map((name): SettingsProblem => {
      return { source: 'file', code: 'unknown-name', path: name, message: `${name} is not a setting; it is kept` };
    });
    if (refused.length === 0) return { settings, values: raw.values, problems, untouchable: null };
    const good = Object.fromEntries(
      Object.entries(raw.values).filter(
        ([name, value]) => layerSettings(settings, { [name]: value }).refused.length === 0,
      ),
    );
    const why = refused.map(({ path: field, message }) => `${field} ${message}`).join('; ');
    const { problem, stuck } = await putAside(why, good);
    return { settings, values: good, problems: [problem, ...problems], untouchable: stuck };
  };

  const above = (fileSettings: Settings): LoadedSettings => {
    const fromEnvironment = environmentSettings(environment);
    const withEnvironment = layerSettings(fileSettings, fromEnvironment.patch);
    const withFlags = layerSettings(withEnvironment.settings, flags);
    const problems = fromEnvironment.problems.map(({ variable, message }): SettingsProblem => {
      return { source: 'environment', code: 'invalid-value', path: variable, message: `${variable}: ${message}` };
    });
    problems.push(...aboutFields('environment', withEnvironment.refused), ...aboutFields('flags', withFlags.refused));
    return { settings: withFlags.settings, problems };
  };

  const load = async (): Promise<LoadedSettings> => {
    const file = await readFileLayer();
    const loaded = above(file.settings);
    current = loaded.settings;
    return { settings: current, problems: [...file.problems, ...loaded.problems] };
  };

  return {
    path,
    current: () => current,
    load: () =>
      inTurn(async () => {
        await sweepLeftovers(path);
        return load();
      }),
    reloadIfChanged: () => inTurn(async () => ((await lookAtStamp()) === stamp ? null : load())),
    save: (patch) =>
      inTurn(() =>
        alone(async () => {
          const file = await readFileLayer();
          if (file.untouchable !== null) return failure(file.untouchable);
          const merged = mergeSettings(file.settings, patch);
          if (!merged.ok) return failure({ code: 'refused', fields: merged.error });
          const content = nextContent(file.values, patch, merged.value);
          const written = await replaceFile(path, render(content));
          if (!written.ok) return written;
          stamp = await lookAtStamp();
          current = above(merged.value).settings;
          return success(current);
        }),
      ),
  };
}
