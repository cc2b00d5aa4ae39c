// Preloaded into a command to make it blind: it does not find the tools and files that show TCP sockets.
import fs from 'node:fs';
import promises from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';

const HIDDEN = /\/(ss|netstat|lsof)$|^\/proc\/net\/tcp6?$/;
const hidden = (path: unknown) => HIDDEN.test(String(path));
const missing = (path: unknown) => Object.assign(new Error(`no ${String(path)}`), { code: 'ENOENT' });

const { access, readFile } = promises;
promises.access = async (path, mode) => {
  if (hidden(path)) throw missing(path);
  return access(path, mode);
};
promises.readFile = (async (path: Parameters<typeof readFile>[0], options: Parameters<typeof readFile>[1]) => {
  if (hidden(path)) throw missing(path);
  return readFile(path, options);
}) as typeof readFile;
fs.promises.access = promises.access;
syncBuiltinESMExports();
