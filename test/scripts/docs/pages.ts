import { commandsPage } from './commands.ts';
import { settingsPage } from './settings.ts';
import { telemetryPage } from './telemetry.ts';

/** The pages that are written from the code, by their path. */
export const PAGES: Readonly<Record<string, () => string>> = {
  'assets/docs/commands.md': commandsPage,
  'assets/docs/settings.md': settingsPage,
  'assets/docs/telemetry.md': telemetryPage,
};
