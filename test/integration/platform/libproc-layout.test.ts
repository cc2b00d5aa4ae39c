import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const SOURCE = join(import.meta.dirname, '../../support/mac/libproc/layout.c');
const FIXTURE = join(import.meta.dirname, '../../fixtures/macos/libproc/layout.json');

const hasCompiler = spawnSync('cc', ['--version']).status === 0;

describe.skipIf(!hasCompiler)(
  `the layout of libproc's structs${hasCompiler ? '' : ' (skipped: no C compiler)'}`,
  () => {
    it('is printed by a compiled program exactly as in the fixture', () => {
      const folder = mkdtempSync(join(tmpdir(), 'sexton-layout-'));
      try {
        const program = join(folder, 'layout');
        execFileSync('cc', ['-Wall', '-Wextra', '-Werror', '-o', program, SOURCE]);
        expect(execFileSync(program, { encoding: 'utf8' })).toBe(readFileSync(FIXTURE, 'utf8'));
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    });
  },
);
