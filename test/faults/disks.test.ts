import { mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { canMount, smallDisk } from '../support/record/places.ts';
import { hasPython, NO_PYTHON } from '../support/simulator/index.ts';
import { journalOf, run, type Stage, setStage } from './stage.ts';

/** Every file that Sexton keeps. */
const FILES = [
  'settings.json',
  'breaker.json',
  'history.json',
  'guarded.json',
  'restart.json',
  'pause.json',
  'journal.jsonl',
];
const NO_DISK = canMount ? '' : ' (skipped: needs root on Linux, to mount a small disk)';

function fill(directory: string): void {
  const block = Buffer.alloc(4_096);
  for (let number = 0; number < 64; number += 1) {
    try {
      writeFileSync(join(directory, `filler-${number}`), block);
    } catch {
      return;
    }
  }
}

describe.skipIf(!hasPython)(
  `Sexton with broken files and full disks${hasPython ? '' : ` (skipped: ${NO_PYTHON})`}`,
  () => {
    let stage: Stage;
    beforeAll(async () => {
      stage = await setStage(8);
    });
    afterAll(() => stage.scene.close());

    it.each([
      ['garbage', Buffer.from([0xff, 0x00, 0x7b, 0xfe, 0x0a, 0x22])],
      ['half an object', Buffer.from('{"version": 1, "mode": {"state": "op')],
      ['something else', Buffer.from('[null]')],
      ['nothing', Buffer.alloc(0)],
      ['impossible numbers', Buffer.from('{"graceMs": 1e999, "until": 1e999, "failures": -1, "version": 99}')],
    ])(
      'scans, cleans and records when every file it keeps contains %s, and deletes none of them',
      async (_, content) => {
        const home = mkdtempSync(stage.scene.path('home-'));
        for (const file of FILES) writeFileSync(join(home, file), content);
        const { port, bot } = await stage.zombie();
        const status = await run(['status', '--json', '--port', String(port)], { home });
        expect(status.code).toBe(1);
        expect(JSON.parse(status.stdout)).toMatchObject({ ports: [{ zombies: { total: 1 } }], paused: false });
        const clean = await run(['clean', '--yes', '--port', String(port)], { home });
        expect(clean.code).toBe(0);
        expect((await bot.puppet.exited).signal).toBe('SIGTERM');
        expect((await run(['history', '--json'], { home })).code).toBe(0);
        expect((await run(['breaker', 'status'], { home })).code).toBe(0);
        const { entries } = journalOf(home);
        expect(entries.at(-1)).toMatchObject({ event: 'clean_finished', ok: true });
        if (content.length > 0) {
          const kept = readdirSync(home).filter((name) => /^settings\.json\.broken-/.test(name));
          const left = readFileSync(join(home, 'settings.json'), { flag: 'a+' });
          expect(kept.length === 1 || left.equals(content)).toBe(true);
        }
        expect(stage.unharmed()).toBe(true);
      },
    );

    it.skipIf(!canMount)(
      `cleans for a person on a full disk and reports that the record was lost${NO_DISK}`,
      async () => {
        const { directory } = smallDisk(64);
        fill(directory);
        const { port } = await stage.zombie();
        const clean = await run(['clean', '--yes', '--json', '--port', String(port)], { home: directory });
        expect(clean.code).toBe(0);
        expect(JSON.parse(clean.stdout)).toMatchObject({
          ok: true,
          remaining: 0,
          message: expect.stringMatching(/record/i),
        });
        expect(await stage.left(port)).toBe(0);
        expect((await run(['status', '--port', String(port)], { home: directory })).code).toBe(0);
      },
    );

    it.skipIf(!canMount)(
      `cleans for a person on a read-only disk and reports that the record was lost${NO_DISK}`,
      async () => {
        const disk = smallDisk(256);
        disk.makeReadOnly();
        const { port } = await stage.zombie();
        const clean = await run(['clean', '--yes', '--json', '--port', String(port)], { home: disk.directory });
        expect(clean.code).toBe(0);
        expect(JSON.parse(clean.stdout)).toMatchObject({
          ok: true,
          remaining: 0,
          message: expect.stringMatching(/record/i),
        });
        expect(await stage.left(port)).toBe(0);
      },
    );

    it('cleans for a person when its folder is a file', async () => {
      const home = join(mkdtempSync(stage.scene.path('home-')), 'sexton');
      writeFileSync(home, 'not a folder');
      const { port } = await stage.zombie();
      const clean = await run(['clean', '--yes', '--json', '--port', String(port)], { home });
      expect(JSON.parse(clean.stdout)).toMatchObject({
        ok: true,
        remaining: 0,
        message: expect.stringMatching(/record/i),
      });
      expect(clean.code).toBe(0);
      expect(readFileSync(home, 'utf8')).toBe('not a folder');
    });

    it('scans when folders are in the place of its files', async () => {
      const home = mkdtempSync(stage.scene.path('home-'));
      for (const file of FILES) mkdirSync(join(home, file));
      const { code, stdout } = await run(['status', '--json', '--port', String(stage.gateway.port)], { home });
      expect(code).toBe(0);
      expect(JSON.parse(stdout).ports).toMatchObject([{ established: 1, zombies: { total: 0 } }]);
    });
  },
);
