import { access, mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';

/** True until the welcome was dismissed once, which a file at `path` remembers. */
export async function isFirstRun(path: string): Promise<boolean> {
  return access(path).then(
    () => false,
    () => true,
  );
}

/** Remembers that the welcome was dismissed. Rejects when the file cannot be written: then it is shown again at the next start. */
export async function rememberWelcome(path: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  await writeFile(path, `${new Date().toISOString()}\n`);
}
