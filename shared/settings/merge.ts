import type { z } from 'zod';
import type { FieldError } from '../bridge/bridge.ts';
import { failure, type Result, success } from '../result.ts';
import { DEFAULT_SETTINGS, type Settings, settingsSchema } from './settings.ts';

/** Some settings by their names, from a file, the environment, flags or the panel; unchecked until merged. */
export type SettingsPatch = Readonly<Record<string, unknown>>;

/** What a layer of settings did: the settings with it on top, and which of its fields were refused. */
export interface LayeredSettings {
  settings: Settings;
  refused: FieldError[];
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** True for the name of a setting. */
export function isSettingName(name: string): name is keyof Settings {
  return Object.hasOwn(DEFAULT_SETTINGS, name);
}

/** Names that are no settings, `breaker`'s own included, dotted. */
export function unknownSettings(patch: SettingsPatch): string[] {
  const unknown = Object.keys(patch).filter((name) => !isSettingName(name));
  const breaker = Object.hasOwn(patch, 'breaker') ? patch.breaker : undefined;
  if (!isObject(breaker)) return unknown;
  const inner = Object.keys(breaker).filter((name) => !Object.hasOwn(DEFAULT_SETTINGS.breaker, name));
  return [...unknown, ...inner.map((name) => `breaker.${name}`)];
}

const EXPECTED: Readonly<Record<string, string>> = {
  number: 'must be a number',
  int: 'must be a whole number',
  string: 'must be text',
  boolean: 'must be true or false',
  array: 'must be a list',
  object: 'must be an object',
};

type Issue = z.core.$ZodIssue;

/** What is wrong with a field, as a clause that follows its name. */
function issueWords(issue: Issue): string {
  switch (issue.code) {
    case 'invalid_type':
      return EXPECTED[issue.expected] ?? issue.message;
    case 'invalid_value':
      return `must be ${issue.values.map(String).join(' or ')}`;
    case 'too_big':
      return issue.origin === 'array' ? `must have ${issue.maximum} entries or fewer` : issue.message;
    case 'too_small':
      return issue.origin === 'string' ? 'must not be empty' : issue.message;
    default:
      return issue.message;
  }
}

const fieldError = (issue: Issue): FieldError => ({ path: issue.path.join('.'), message: issueWords(issue) });

function overlay(base: Settings, patch: SettingsPatch): Record<string, unknown> {
  const merged: Record<string, unknown> = { ...base };
  for (const [name, value] of Object.entries(patch)) {
    if (!isSettingName(name) || value === undefined) continue;
    merged[name] = name === 'breaker' && isObject(value) ? { ...base.breaker, ...value } : value;
  }
  return merged;
}

/**
 * Puts a patch on top of settings and checks the whole; `breaker` is merged field by field. All or nothing: the answer is
 * the new settings or every field that was refused, unknown names included.
 */
export function mergeSettings(base: Settings, patch: SettingsPatch): Result<Settings, FieldError[]> {
  const unknown = unknownSettings(patch).map((path) => ({ path, message: 'is not a setting' }));
  const checked = settingsSchema.safeParse(overlay(base, patch));
  if (checked.success && unknown.length === 0) return success(checked.data);
  const issues = checked.success ? [] : checked.error.issues;
  return failure([...unknown, ...issues.map(fieldError)]);
}

/**
 * Puts on top what is valid of a patch and leaves the rest as it was below: one mistyped value in a file must not take away
 * the ports a person watches. Unknown names are passed over.
 */
export function layerSettings(base: Settings, patch: SettingsPatch): LayeredSettings {
  const known: Record<string, unknown> = {};
  for (const name of Object.keys(patch)) if (isSettingName(name)) known[name] = patch[name];
  const refused: FieldError[] = [];
  for (;;) {
    const checked = settingsSchema.safeParse(overlay(base, known));
    if (checked.success) return { settings: checked.data, refused };
    const left = Object.keys(known).length;
    for (const issue of checked.error.issues) {
      refused.push(fieldError(issue));
      delete known[String(issue.path[0])];
      // The two thresholds are checked against each other: when they disagree, neither is taken.
      if (issue.path[0] === 'criticalAbove') delete known.warningAbove;
    }
    if (Object.keys(known).length === left) return { settings: base, refused };
  }
}
