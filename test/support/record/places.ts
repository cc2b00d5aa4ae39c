import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { onTestFinished } from 'vitest';

/** A directory for this test alone, removed when it ends. */
export function ownDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'sexton-record-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/** A small disk for this test alone: a tmpfs, which only root on Linux can mount. */
export interface SmallDisk {
  directory: string;
  makeReadOnly(): void;
  makeWritable(): void;
}

/** True where small disks can be mounted; tests that need one are skipped elsewhere. */
export const canMount: boolean = (() => {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return false;
  const directory = mkdtempSync(join(tmpdir(), 'sexton-mount-'));
  try {
    execFileSync('/bin/mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', directory], { stdio: 'ignore' });
    execFileSync('/bin/umount', [directory], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
})();

/** Mounts a disk of `kibibytes` KiB for this test. */
export function smallDisk(kibibytes: number): SmallDisk {
  const directory = join(ownDirectory(), 'disk');
  mkdirSync(directory);
  execFileSync('/bin/mount', ['-t', 'tmpfs', '-o', `size=${kibibytes}k`, 'tmpfs', directory]);
  onTestFinished(() => {
    execFileSync('/bin/umount', ['-l', directory]);
  });
  const remount = (how: 'ro' | 'rw') => execFileSync('/bin/mount', ['-o', `remount,${how}`, directory]);
  return { directory, makeReadOnly: () => remount('ro'), makeWritable: () => remount('rw') };
}
