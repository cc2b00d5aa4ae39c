import { mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SettingsPatch } from '../../../shared/settings/merge.ts';

/** A folder for settings, state, journal and lock that several runs of the command share. */
export interface SextonHome {
  readonly folder: string;
  readonly lockPath: string;
  /** The entries of the journal so far, oldest first; only those of `event` when given. */
  journal(event?: string): Record<string, unknown>[];
  remove(): void;
}

/** Makes such a folder with these settings. */
export function makeHome(settings: SettingsPatch = {}): SextonHome {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'sexton-guard-')));
  writeFileSync(join(folder, 'settings.json'), JSON.stringify(settings));
  return {
    folder,
    lockPath: join(folder, 'connect.lock'),
    journal: (event) => {
      let text = '';
      try {
        text = readFileSync(join(folder, 'journal.jsonl'), 'utf8');
      } catch {
        // Nothing has been written yet.
      }
      const entries = text.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line)]));
      return event === undefined ? entries : entries.filter((entry) => entry.event === event);
    },
    remove: () => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }),
  };
}
