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
import { serial } from '../../serial.ts';
import { type FileError, type FileErrorCode, fileErrorWords } from '../files/file-error.ts';
import type { Mutex } from '../files/mutex.ts';
import { type HeldFile, type Kept, keptValue, openStateFile } from '../files/state-file.ts';
import { type FileTrouble, NO_REPORTS, type TroubleReports } from '../files/troubles.ts';
import { type Environment, environmentSettings } from './environment.ts';
import { decodeSettings, encodeSettings } from './read.ts';

/** Something about the settings that the user should know; the settings in use are valid regardless. */
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

/** The settings in use, and what is wrong with where they come from. */
export interface LoadedSettings {
  settings: Settings;
  problems: SettingsProblem[];
}

/**
 * The settings file and what overrides it: flags beat environment, environment beats file, file beats default. Only `save`
 * writes, and it never writes what flags or environment say.
 */
export interface SettingsFile {
  readonly path: string;
  /** The settings in use; the defaults before the first `load`. */
  current(): Settings;
  load(): Promise<LoadedSettings>;
  /** Loads again if the file has changed; `null` if it has not. What is wrong with the file is reported too. */
  reloadIfChanged(): Promise<LoadedSettings | null>;
  /** Checks the whole with the patch on top; a patch that is refused changes nothing. Answers the settings then in use. */
  save(patch: SettingsPatch): Promise<Result<Settings, SaveError>>;
}

export interface SettingsFileOptions {
  path: string;
  environment: Environment;
  /** What the command line set, by setting. */
  flags?: SettingsPatch;
  now?: () => Date;
  /** A broken file is read again after this time: an editor may be in the middle of writing it. */
  settleMs?: number;
  /** The lock shared by all programs that save, so that none loses another's change. A save goes on without it. */
  mutex?: Mutex;
  /** Where a file that breaks while Sexton runs is reported; `load` returns its problems instead. */
  reports?: TroubleReports;
}

/** The refused fields of a save; an error of the file itself becomes one field with an empty path. */
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

/** What the file alone says: its valid settings over the defaults, its values as written, and why it must not be overwritten. */
interface FileLayer extends LoadedSettings {
  values: SettingsPatch;
  untouchable: FileError | null;
}

const ASIDE_WORDS = { none: 'The defaults are used.', good: 'The defaults are used for what is wrong in it.' };

/** The file's next content: its present values, unknown names included, with the patch on top and without values that equal the default. */
function nextContent(values: SettingsPatch, patch: SettingsPatch, saved: Settings): Record<string, unknown> {
  const content: Record<string, unknown> = { ...values };
  for (const name of Object.keys(patch).filter(isSettingName)) {
    if (isDeepStrictEqual(saved[name], DEFAULT_SETTINGS[name])) delete content[name];
    else content[name] = saved[name];
  }
  return content;
}

/** The values that are good one by one: one bad value costs only itself. */
function goodValues(settings: Settings, values: SettingsPatch): SettingsPatch {
  return Object.fromEntries(
    Object.entries(values).filter(([name, value]) => layerSettings(settings, { [name]: value }).refused.length === 0),
  );
}

/** Opens the settings of a path; nothing is read before `load`. */
export function openSettings(options: SettingsFileOptions): SettingsFile {
  const { path, environment, flags = {}, now, settleMs = 100, mutex = null, reports = NO_REPORTS } = options;
  let current: Settings = DEFAULT_SETTINGS;
  /** What was read before a save must not replace the settings that the save put in use. */
  const inTurn = serial();
  /** What is wrong with the file now, and what is reported of it. */
  const troubles = new Map<FileTrouble['code'], FileTrouble>();
  const reported = new Set<FileTrouble['code']>();
  const file = openStateFile<SettingsPatch>({
    path,
    mutex,
    decode: decodeSettings,
    encode: encodeSettings,
    what: 'a JSON object',
    // Losing a person's change is worse than losing a change that another program makes in the same moment.
    withoutLock: 'write',
    settleMs,
    ...(now ? { now } : {}),
    reports: {
      report: (trouble) => troubles.set(trouble.code, trouble),
      passed: (_, code) => {
        troubles.delete(code);
        if (reported.delete(code)) reports.passed(path, code);
      },
    },
  });

  const brokenFile = (message: string): SettingsProblem => ({ source: 'file', code: 'broken-file', path: '', message });
  const asideProblem = (why: string, aside: string, rest: string) =>
    brokenFile(`${path}: ${why}. It is kept as ${aside}. ${rest}`);

  const failed = (error: FileError): FileLayer => {
    const stuck = troubles.has('stuck');
    const problem = stuck
      ? brokenFile(`${path} is damaged. It could not be moved aside (${error.detail}).`)
      : unreadable(error);
    return { settings: DEFAULT_SETTINGS, values: {}, problems: [problem], untouchable: error };
  };

  /** Judges what was read. A file with bad values is kept aside, and its good values are written anew. */
  const layerOf = async (
    read: Result<Kept<SettingsPatch>, FileError>,
    putAside: (why: string, good: SettingsPatch) => Promise<Result<Kept<SettingsPatch>, FileError>>,
  ): Promise<FileLayer> => {
    if (!read.ok) return failed(read.error);
    const values = keptValue(read.value) ?? {};
    const { settings, refused } = layerSettings(DEFAULT_SETTINGS, values);
    const problems = unknownSettings(values).map((name): SettingsProblem => {
      return { source: 'file', code: 'unknown-name', path: name, message: `${name} is not a setting; it is kept` };
    });
    if (read.value.kind === 'moved-aside')
      problems.push(asideProblem(read.value.why, read.value.aside, ASIDE_WORDS.none));
    if (refused.length === 0) return { settings, values, problems, untouchable: null };
    const good = goodValues(settings, values);
    const why = refused.map(({ path: field, message }) => `${field} ${message}`).join('; ');
    const moved = await putAside(why, good);
    if (!moved.ok) {
      const message = `${path}: ${why}. It could not be moved aside (${moved.error.detail}).`;
      return { settings, values: good, problems: [brokenFile(message), ...problems], untouchable: moved.error };
    }
    if (moved.value.kind === 'moved-aside') problems.unshift(asideProblem(why, moved.value.aside, ASIDE_WORDS.good));
    return { settings, values: good, problems, untouchable: null };
  };

  const layerHeld = async (held: HeldFile<SettingsPatch>): Promise<FileLayer> =>
    layerOf(await held.read(), async (why, good) => {
      const moved = await held.setAside(why);
      if (moved.ok && Object.keys(good).length > 0) await held.write(good);
      return moved;
    });

  /** Without the mutex as long as there is nothing to move aside. */
  const layerRead = async (read: Result<Kept<SettingsPatch>, FileError>): Promise<FileLayer> => {
    const values = read.ok ? (keptValue(read.value) ?? {}) : {};
    if (layerSettings(DEFAULT_SETTINGS, values).refused.length > 0) return file.exclusively(layerHeld);
    return layerOf(read, async () => success({ kind: 'absent' }));
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

  const take = (layer: FileLayer): LoadedSettings => {
    const loaded = above(layer.settings);
    current = loaded.settings;
    return { settings: current, problems: [...layer.problems, ...loaded.problems] };
  };

  const saveHeld = async (
    held: HeldFile<SettingsPatch>,
    patch: SettingsPatch,
  ): Promise<Result<Settings, SaveError>> => {
    const layer = await layerHeld(held);
    if (layer.untouchable !== null) return failure(layer.untouchable);
    const merged = mergeSettings(layer.settings, patch);
    if (!merged.ok) return failure({ code: 'refused', fields: merged.error });
    const written = await held.write(nextContent(layer.values, patch, merged.value));
    if (!written.ok) return written;
    current = above(merged.value).settings;
    return success(current);
  };

  return {
    path,
    current: () => current,
    load: () =>
      inTurn(async () => {
        const loaded = take(await layerRead(await file.read()));
        troubles.delete('corrupt');
        return loaded;
      }),
    reloadIfChanged: () =>
      inTurn(async () => {
        const read = await file.readIfChanged();
        if (read === 'unchanged') return null;
        const loaded = take(await layerRead(read));
        for (const [code, trouble] of troubles) {
          if (code !== 'corrupt') reported.add(code);
          reports.report(trouble);
        }
        troubles.delete('corrupt');
        return loaded;
      }),
    save: (patch) => inTurn(() => file.exclusively((held) => saveHeld(held, patch))),
  };
}
