import { open } from 'node:fs/promises';
import { failure, type Result, success } from '../../../../shared/result.ts';
import type { SettingsPatch } from '../../../../shared/settings/merge.ts';
import { type FileError, fileError, systemCode } from '../files/file-error.ts';

/** No settings file is this large. */
const MAX_BYTES = 1_000_000;

/** What tells one version of a file from the next without reading it. */
export type FileStamp = string;

/** The settings file as it stands: not there, an object of some settings, or something that is no settings file. */
export type RawSettings =
  | { kind: 'absent' }
  | { kind: 'object'; values: SettingsPatch; stamp: FileStamp }
  | { kind: 'broken'; why: string; stamp: FileStamp };

function interpret(text: string, stamp: FileStamp): RawSettings {
  try {
    const value: unknown = JSON.parse(text.replace(/^\uFEFF/, ''));
    if (typeof value === 'object' && value !== null && !Array.isArray(value))
      return { kind: 'object', values: value as SettingsPatch, stamp };
    return { kind: 'broken', why: 'it is not a JSON object', stamp };
  } catch {
    return { kind: 'broken', why: text.trim() === '' ? 'it is empty' : 'it is not valid JSON', stamp };
  }
}

/** Reads the settings file without judging its values; a file that is not there is no failure. */
export async function readSettings(path: string): Promise<Result<RawSettings, FileError>> {
  try {
    const handle = await open(path, 'r');
    try {
      const { dev, ino, mtimeMs, size } = await handle.stat();
      const stamp = [dev, ino, mtimeMs, size].join(' ');
      if (size > MAX_BYTES) return success({ kind: 'broken', why: 'it is too large', stamp });
      return success(interpret(await handle.readFile('utf8'), stamp));
    } finally {
      await handle.close();
    }
  } catch (thrown) {
    return systemCode(thrown) === 'ENOENT' ? success({ kind: 'absent' }) : failure(fileError(path, thrown));
  }
}
