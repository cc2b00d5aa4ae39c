import type { SettingsPatch } from '../../../../shared/settings/merge.ts';
import { parseJson } from '../files/json.ts';

/** The values of the settings file's text, not judged yet; `null` when it is no JSON object. A byte order mark does no harm. */
export function decodeSettings(text: string): SettingsPatch | null {
  const json = parseJson(text);
  if (!json.ok) return null;
  const { value } = json;
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as SettingsPatch) : null;
}

/** The settings file's text, for a person to edit. */
export function encodeSettings(content: SettingsPatch): string {
  return `${JSON.stringify(content, null, 2)}\n`;
}
