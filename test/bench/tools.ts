import { spawn } from 'node:child_process';
import { LINUX_NOTES } from '../../electron/engine/platform/linux/notes.ts';
import type { RunTool } from '../../electron/engine/platform/run/command.ts';
import { createLauncher, MAX_OUTPUT_BYTES } from '../../electron/engine/platform/run/command.ts';
import { SYSTEM_TOOLS } from '../../electron/engine/platform/run/tools.ts';

/** What a command printed. */
export interface Said {
  stdout: string;
  code: number | null;
}

/** Runs a command plainly, as a script would: without our launcher, its output read to the end. */
export function run(file: string, args: readonly string[]): Promise<Said> {
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, {
      stdio: ['ignore', 'pipe', 'ignore'],
      env: { PATH: process.env.PATH, LC_ALL: 'C' },
    });
    const chunks: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.once('error', reject);
    child.once('close', (code) => resolve({ stdout: Buffer.concat(chunks).toString('utf8'), code }));
  });
}

/** The arguments of the reference: one plain `lsof` for these ports. */
export function lsofFor(ports: readonly number[]): string[] {
  return ['-nP', `-iTCP:${ports.join(',')}`];
}

/** The product's launcher with `true` instead of the tool that reads the table. */
export function launchTrue(): RunTool {
  return createLauncher({
    installHint: LINUX_NOTES.installHint,
    paths: { ...SYSTEM_TOOLS, ss: ['/usr/bin/true', '/bin/true'] },
    limits: () => ({ timeoutMs: 10_000, maxOutputBytes: MAX_OUTPUT_BYTES }),
  });
}
