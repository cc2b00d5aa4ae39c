import { join } from 'node:path';
import process from 'node:process';
import { electronRuntime, noDisplayReason, runInForeground } from './engine/platform/run/electron-runtime.ts';

/** `npm start`: the app where Electron can run, else the live terminal view, and one line that says why. */
const root = join(import.meta.dirname, '..');

async function missing(): Promise<string | null> {
  const noDisplay = noDisplayReason(process.env);
  if (noDisplay !== null) return noDisplay;
  if (electronRuntime(root) === null) {
    await runInForeground(process.execPath, [join(root, 'node_modules/electron/install.js')]);
  }
  return electronRuntime(root) === null ? "Electron's runtime could not be fetched (try: npx install-electron)" : null;
}

const reason = await missing();
const runtime = electronRuntime(root);
if (reason === null && runtime !== null) process.exitCode = await runInForeground(runtime, [root]);
else {
  process.stdout.write(`The tray app cannot run here: ${reason}. This is the live terminal view; Ctrl-C ends it.\n`);
  process.exitCode = await runInForeground(process.execPath, [join(root, 'out/cli/sexton.mjs'), 'watch']);
}
