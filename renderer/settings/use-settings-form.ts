import { useState } from 'react';
import { usePanel } from '../panel-context.ts';
import { FIELD_BY_PATH, type SettingsPatch } from './settings-fields.ts';
import { emptyForm, patchOf, refused, reverted, type SettingsForm, saved, typed, unreadable } from './settings-form.ts';

/** What the fields of the settings can do. */
export interface SettingsActions {
  type(path: string, text: string): void;
  revert(path: string): void;
  /** Saves a field together with other drafts; nothing of a refused change is kept. */
  commit(path: string): Promise<void>;
  /** Saves settings that are no text; true when they were accepted. */
  set(path: string, patch: SettingsPatch): Promise<boolean>;
}

/** The settings screen's memory: drafts, refusals and the way to main. */
export function useSettingsForm(): [SettingsForm, SettingsActions] {
  const { client, store } = usePanel();
  const [form, change] = useState(emptyForm);

  const send = async (path: string, patch: SettingsPatch, paths: readonly string[]): Promise<boolean> => {
    try {
      const answer = await client.settings.set(patch);
      if (answer.ok) {
        store.setState({ settings: answer.value });
        change((before) => saved(before, paths));
      } else change((before) => refused(before, path, answer.error));
      return answer.ok;
    } catch {
      change((before) => unreadable(before, path, 'could not be saved: Sexton did not answer'));
      return false;
    }
  };

  const commit = async (path: string): Promise<void> => {
    const { settings } = store.getState();
    const text = form.drafts[path];
    const field = FIELD_BY_PATH.get(path);
    if (settings === null || text === undefined || field === undefined) return;
    if (text === field.read(settings)) return change((before) => reverted(before, path));
    const own = field.write(text, settings);
    if (!own.ok) return change((before) => unreadable(before, path, own.error));
    // Two fields may only be valid together (the two thresholds), so all drafts are saved at once; failing that, this one alone.
    const all = patchOf(settings, form.drafts);
    const together = await send(path, all.patch, all.paths);
    if (!together && all.paths.length > 1) await send(path, own.value, [path]);
  };

  return [
    form,
    {
      type: (path, text) => change((before) => typed(before, path, text)),
      revert: (path) => change((before) => reverted(before, path)),
      commit,
      set: (path, patch) => send(path, patch, [path]),
    },
  ];
}
