import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, it, onTestFinished } from 'vitest';
import type { Snapshot } from '../../../shared/snapshot.ts';
import { runSexton } from '../../support/sexton.ts';

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'sexton-broken-'));
  onTestFinished(() => rmSync(home, { recursive: true, force: true }));
});

const asides = (name: string) => readdirSync(home).filter((file) => file.startsWith(`${name}.broken-`));
/** One line of what a command says on stderr, however it is wrapped. */
const flat = (text: string) => text.replaceAll(/\s+/g, ' ');

async function status(): Promise<Snapshot> {
  const { stdout } = await runSexton(['status', '--json'], { home });
  return JSON.parse(stdout);
}

it.each(['pause.json', 'restart.json', 'breaker.json', 'sightings.json'])(
  'keeps a broken %s aside and reports it in one status, not in the next',
  async (name) => {
    writeFileSync(join(home, name), '{ broken');
    const { scan, paused } = await status();
    expect(scan.problems.filter(({ tool }) => tool === name)).toEqual([
      {
        code: 'output-unreadable',
        tool: name,
        hint: expect.stringMatching(new RegExp(`${name} was damaged\\. It is kept as ${name}\\.broken-`)),
      },
    ]);
    expect(paused).toBe(false);
    expect(asides(name)).toHaveLength(1);
    expect(readFileSync(join(home, asides(name)[0] ?? ''), 'utf8')).toBe('{ broken');
    expect((await status()).scan.problems.filter(({ tool }) => tool === name)).toEqual([]);
    expect(asides(name)).toHaveLength(1);
  },
  180_000,
);

it.each([
  ['settings.json', ['status', '--json']],
  ['history.json', ['history', '--json']],
  ['pause.json', ['pause', '1m']],
  ['breaker.json', ['breaker', 'status']],
  ['guarded.json', ['guard', '--retries', '0', '--', '/bin/true']],
])(
  'says on stderr once that %s is damaged, and keeps it aside (sexton %j)',
  async (name, args) => {
    writeFileSync(join(home, name), '{ broken');
    const first = await runSexton(args, { home });
    expect(flat(first.stderr).split(`${name}.broken-`)).toHaveLength(2);
    expect(asides(name)).toHaveLength(1);
    const second = await runSexton(args, { home });
    expect(flat(second.stderr)).not.toContain(`${name}.broken-`);
    expect(asides(name)).toHaveLength(1);
  },
  180_000,
);

it('lists in doctor the damaged files that are kept aside', async () => {
  writeFileSync(join(home, 'pause.json'), '{ broken');
  await status();
  const { stdout } = await runSexton(['doctor', '--json'], { home });
  expect(JSON.parse(stdout).checks.find(({ id }: { id: string }) => id === 'state')).toMatchObject({
    status: 'warning',
    detail: expect.stringContaining(asides('pause.json')[0] ?? 'no file'),
  });
}, 180_000);
