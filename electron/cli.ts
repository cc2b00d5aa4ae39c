import process from 'node:process';
import { assemble } from './engine/assemble.ts';
import { directories } from './engine/platform/directories.ts';
import { runTerminal } from './terminal/run.ts';
import { processIo } from './terminal/screen/process-io.ts';
import { versionAbove } from './terminal/version.ts';

const version = versionAbove(import.meta.url);
const code = await runTerminal(process.argv.slice(2), version, {
  io: processIo(process),
  open: (options) => assemble({ ...options, version }),
  directories: directories(),
});
// Not exit(): what is still on its way into a pipe would be lost. Output that could not be written has set a code before.
process.exitCode ||= code;
