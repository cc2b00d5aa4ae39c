import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import koffi from 'koffi';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LibprocCalls, loadLibproc } from '../../../electron/engine/platform/darwin/libproc/calls.ts';
import { must } from '../../support/mac/libproc/load.ts';

const SOURCE = join(import.meta.dirname, '../../support/mac/libproc/echo.c');
const hasCompiler = spawnSync('cc', ['--version']).status === 0;

let folder: string;
let calls: LibprocCalls;
let asked: (string | null)[] = [];

beforeAll(async () => {
  if (!hasCompiler) return;
  folder = mkdtempSync(join(tmpdir(), 'sexton-koffi-'));
  const library = join(folder, 'echo.so');
  execFileSync('cc', ['-Wall', '-Wextra', '-Werror', '-shared', '-fPIC', '-o', library, SOURCE]);
  const load = (path: string | null) => {
    asked = [...asked, path];
    return koffi.load(library);
  };
  calls = must(await loadLibproc(async () => ({ ...koffi, load })));
});
afterAll(() => hasCompiler && rmSync(folder, { recursive: true, force: true }));

/** What the library wrote into the buffer. */
function text(call: (buffer: Buffer) => { bytes: number; errno: number }): string {
  const buffer = Buffer.alloc(200);
  const { bytes, errno } = call(buffer);
  expect(errno).toBe(0);
  return buffer.toString('latin1', 0, bytes);
}

describe.skipIf(!hasCompiler)(`libproc through the real koffi${hasCompiler ? '' : ' (skipped: no C compiler)'}`, () => {
  it('is loaded only from macOS’s system library', () => {
    expect(asked).toEqual(['/usr/lib/libSystem.B.dylib']);
  });

  it('receives every argument unchanged', () => {
    expect(text((buffer) => calls.listPids(buffer))).toBe('listpids 1 0 200');
    expect(text((buffer) => calls.pidInfo(99_998, 13, 1, buffer))).toBe('pidinfo 99998 13 1 200');
    expect(text((buffer) => calls.pidFdInfo(4312, 7, 3, buffer))).toBe('pidfdinfo 4312 7 3 200');
    expect(text((buffer) => calls.pidPath(4312, buffer))).toBe('/pidpath/4312/200');
    expect(text((buffer) => calls.sysctl([1, 49, 4312], buffer))).toBe('sysctl 1 49 4312 3 200 null 0');
  });

  it('is asked for sizes without a buffer', () => {
    for (const answer of [calls.listPids(null), calls.pidInfo(1, 1, 0, null), calls.sysctl([1, 14, 0, 0], null)]) {
      expect(answer).toEqual({ bytes: 100, errno: 0 });
    }
  });

  it('reports why a call failed, and no old reason later', () => {
    const buffer = Buffer.alloc(200);
    expect(calls.pidInfo(3, 13, 1, buffer)).toEqual({ bytes: 0, errno: 3 });
    expect(calls.pidFdInfo(3, 7, 3, buffer)).toEqual({ bytes: 0, errno: 3 });
    expect(calls.sysctl([3, 0, 0], buffer)).toEqual({ bytes: 0, errno: 12 });
    expect(calls.pidInfo(1, 13, 1, buffer).errno).toBe(0);
    expect(calls.pidInfo(1, 1, 0, Buffer.alloc(0))).toMatchObject({ errno: 0 });
  });

  it('receives the struct of F_GETLK as a variadic argument', () => {
    const flock = Buffer.alloc(24);
    expect(calls.getLock(5, flock)).toBe(0);
    expect(flock.toString('latin1').replaceAll('\0', '')).toBe('fcntl 5 7');
    expect(calls.getLock(3, flock)).toBe(45);
  });

  it('receives an audit token and a signal', () => {
    const token = Buffer.alloc(32);
    token.writeUInt32LE(4312, 20);
    token.writeUInt32LE(7, 28);
    expect(calls.signalByToken?.(token, 15)).toBe(0);
    expect(calls.signalByToken?.(token, 9)).toBe(1);
  });
});
