/**
 * Runs a command as on a Mac: `node test/support/mac/run.ts [--macos 15] -- npx vitest run --project integration`. Linux, as root.
 */
import { spawn } from 'node:child_process';
import process from 'node:process';
import { MACOS_VERSIONS, type MacosVersion, noMac, openMac } from './as-mac.ts';

const [option, value, ...rest] = process.argv.slice(2);
const given = option === '--macos';
const version = (given ? value : '26.3') as MacosVersion;
const command = (given ? rest : process.argv.slice(2)).filter((word, at) => !(word === '--' && at === 0));
if (command.length === 0 || !MACOS_VERSIONS.includes(version)) {
  process.stderr.write(`usage: run.ts [--macos ${MACOS_VERSIONS.join('|')}] -- command…\n`);
  process.exit(64);
}
if (noMac !== null) {
  process.stderr.write(`No pretend Mac here: ${noMac}\n`);
  process.exit(69);
}
const mac = openMac({ version });
const [file = '', ...args] = mac.wrap(command);
const child = spawn(file, args, { stdio: 'inherit', env: { ...process.env, ...mac.env } });
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => child.kill(signal));
child.once('exit', (code, signal) => {
  mac.close();
  process.exit(code ?? (signal === 'SIGINT' ? 130 : 143));
});
