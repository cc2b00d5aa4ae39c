import type { FieldError } from '../../shared/bridge/bridge.ts';
import type { Settings } from '../../shared/settings/settings.ts';
import { FIELD_BY_PATH, type SettingsPatch } from './settings-fields.ts';

/** What has been typed but not saved, and what was refused; both by path. */
export interface SettingsForm {
  drafts: Readonly<Record<string, string>>;
  errors: Readonly<Record<string, string>>;
}

/** An untouched form. */
export const emptyForm: SettingsForm = { drafts: {}, errors: {} };

/** A text was typed, so its old error no longer applies. */
export function typed(form: SettingsForm, path: string, text: string): SettingsForm {
  return { drafts: { ...form.drafts, [path]: text }, errors: without(form.errors, [path]) };
}

/** A field was set back to what is saved. */
export function reverted(form: SettingsForm, path: string): SettingsForm {
  return { drafts: without(form.drafts, [path]), errors: without(form.errors, [path]) };
}

/** These fields were saved. */
export function saved(form: SettingsForm, paths: readonly string[]): SettingsForm {
  return { drafts: without(form.drafts, paths), errors: without(form.errors, paths) };
}

/** A field's text could not be read. */
export function unreadable(form: SettingsForm, path: string, message: string): SettingsForm {
  return { ...form, errors: { ...form.errors, [path]: message } };
}

/** Main refused: each message goes to its field, and one that belongs to no field to the one that was sent. */
export function refused(form: SettingsForm, sent: string, fields: readonly FieldError[]): SettingsForm {
  const errors: Record<string, string> = { ...form.errors };
  for (const { path, message } of fields) errors[fieldOf(path) ?? sent] = withLabels(message);
  const [blocking] = Object.keys(errors).filter((path) => !(path in form.errors) && path !== sent);
  const label = blocking === undefined ? undefined : FIELD_BY_PATH.get(blocking)?.label;
  if (errors[sent] === undefined && label !== undefined) errors[sent] = `was not saved because of “${label}”`;
  return { ...form, errors };
}

/** Replaces names of settings by their labels on screen. */
function withLabels(message: string): string {
  return message.replaceAll(/[a-z]+(?:[A-Z][a-z]+)+/g, (name) => {
    const label = FIELD_BY_PATH.get(name)?.label;
    return label === undefined ? name : `“${label}”`;
  });
}

/** The field a refusal belongs to: its own, or that of the list it is an element of. */
function fieldOf(path: string): string | null {
  if (path.startsWith('ports')) return path;
  if (FIELD_BY_PATH.has(path)) return path;
  const parent = path.slice(0, Math.max(0, path.lastIndexOf('.')));
  return FIELD_BY_PATH.has(parent) ? parent : null;
}

/** One patch of all these drafts that mean something, and which they are. Later ones build on earlier ones. */
export function patchOf(settings: Settings, drafts: SettingsForm['drafts']): { patch: SettingsPatch; paths: string[] } {
  let patch: SettingsPatch = {};
  const paths: string[] = [];
  for (const [path, text] of Object.entries(drafts)) {
    const written = FIELD_BY_PATH.get(path)?.write(text, { ...settings, ...patch });
    if (written?.ok !== true) continue;
    patch = { ...patch, ...written.value };
    paths.push(path);
  }
  return { patch, paths };
}

function without(record: Readonly<Record<string, string>>, paths: readonly string[]): Record<string, string> {
  return Object.fromEntries(Object.entries(record).filter(([path]) => !paths.includes(path)));
}
