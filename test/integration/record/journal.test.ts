import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  appendFileSync,
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createFileMutex } from '../../../electron/engine/record/files/mutex.ts';
import { NO_COUNTS } from '../../../electron/engine/record/journal/counters.ts';
import { connectAttempt } from '../../../electron/engine/record/journal/entries.ts';
import { openJournal } from '../../../electron/engine/record/journal/journal.ts';
import { openCounters, readJournal } from '../../../electron/engine/record/journal/read.ts';
import { canMount, ownDirectory, smallDisk } from '../../support/record/places.ts';
import { thisPlatform } from '../../support/system.ts';
import { until } from '../../support/until.ts';

const WRITER = new URL('../../support/record/journal-writer.ts', import.meta.url).pathname;
/** Root ignores the permissions of directories, so another user has to try. */
const canActAsOther = process.getuid?.() === 0 && existsSync('/usr/bin/setpriv');
const { flock } = thisPlatform();

function journalIn(directory: string, options: { rotateBytes?: number; lockTimeoutMs?: number } = {}) {
  return openJournal({ directory, mutex: createFileMutex(flock, join(directory, 'journal.lock')), ...options });
}

function writer(directory: string, name: string, count: number, rotateBytes: number, durable: 'durable' | 'loose') {
  const child: ChildProcess = spawn(
    process.execPath,
    [WRITER, directory, name, String(count), String(rotateBytes), durable],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  onTestFinished(() => void child.kill('SIGKILL'));
  let printed = '';
  child.stdout?.on('data', (chunk) => {
    printed += chunk;
  });
  return { child, ended: once(child, 'close'), lines: () => printed.split('\n').slice(0, -1) };
}

const attempt = (number: number, bot = 'bot') =>
  connectAttempt('2026-03-01T12:00:00.000Z', { attempt: number, bot, port: 4002 });

/** Every line of every file, or a failure that shows the one that is not JSON. */
function allLines(directory: string): Record<string, unknown>[] {
  const files = readdirSync(directory).filter((name) => /^journal(\.\d)?\.jsonl$/.test(name));
  return files.flatMap((file) => {
    const text = readFileSync(join(directory, file), 'utf8');
    expect(text === '' || text.endsWith('\n')).toBe(true);
    return text
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line));
  });
}

async function entriesOf(directory: string) {
  const read = await readJournal(directory);
  if (!read.ok) throw new Error(read.error.detail);
  expect(read.value.unreadable).toBe(0);
  return read.value.entries;
}

describe('several writers of the journal', () => {
  it('lose no line, keep each one whole and in order, and rotate the file among them', async () => {
    const directory = ownDirectory();
    const writers = ['a', 'b', 'c'].map((name) => writer(directory, name, 400, 40_000, 'loose'));
    await Promise.all(writers.map(({ ended }) => ended));
    expect(existsSync(join(directory, 'journal.2.jsonl'))).toBe(true);
    allLines(directory);
    const entries = await entriesOf(directory);
    for (const name of ['a', 'b', 'c']) {
      const numbers = entries.filter(({ bot }) => bot === name).map(({ attempt: number }) => number);
      expect(numbers).toEqual(Array.from({ length: 400 }, (_, index) => index + 1));
    }
    const counted = await openCounters(directory).read();
    expect(counted).toMatchObject({ ok: true, value: { connectAttempts: 1_200, connectRetries: 1_197 } });
  });

  it('leave every line valid and lose no acknowledged line when they are killed with SIGKILL', async () => {
    const directory = ownDirectory();
    const survivor = writer(directory, 'survivor', 150, 1_000_000, 'durable');
    const acknowledged = new Map<string, number>();
    for (let round = 0; round < 4; round++) {
      const victim = writer(directory, `victim${round}`, 1_000_000, 1_000_000, 'loose');
      await until(() => victim.lines().length > 20 + 13 * round, { what: 'the victim writing' });
      victim.child.kill('SIGKILL');
      await victim.ended;
      acknowledged.set(`victim${round}`, victim.lines().length);
    }
    await survivor.ended;
    expect(survivor.lines()).toEqual(Array.from({ length: 150 }, (_, index) => String(index + 1)));
    await journalIn(directory).append(attempt(1, 'after'));
    allLines(directory);
    const entries = await entriesOf(directory);
    for (const [name, lines] of acknowledged) {
      const numbers = entries.filter(({ bot }) => bot === name).map(({ attempt: number }) => number);
      expect(numbers.length).toBeGreaterThanOrEqual(lines);
      expect(numbers).toEqual(Array.from({ length: numbers.length }, (_, index) => index + 1));
    }
    expect(entries.at(-1)).toMatchObject({ bot: 'after' });
  });

  it('wait for one that holds the lock, report when it takes too long, and go on once it has been killed', async () => {
    const directory = ownDirectory();
    const holder = await flock.lock({ path: join(directory, 'journal.lock'), timeoutMs: 1_000 });
    const journal = journalIn(directory, { lockTimeoutMs: 150 });
    expect(await journal.append(attempt(1))).toMatchObject({
      ok: false,
      error: { code: 'locked', event: 'connect_attempt' },
    });
    if (holder.ok) await holder.value.release();
    expect((await journal.append(attempt(2))).ok).toBe(true);
    expect(await entriesOf(directory)).toMatchObject([
      { event: 'lines_lost', lines: 1, code: 'locked' },
      { event: 'connect_attempt', attempt: 2 },
    ]);
  });
});

describe('an incomplete last line of the journal', () => {
  it.each([
    ['{"at":"2026-03-01T12:00:00.000Z","event":"signal_pl', 'half a line'],
    ['{"at":"2026-03-01T12:00:00.000Z","event":"caf\u00e9', 'half of a line'],
    ['\0\0\0\0', 'zeros'],
    ['"text"', 'JSON that is no entry'],
  ])('such as %j is replaced and kept as a fragment', async (torn) => {
    const directory = ownDirectory();
    const path = join(directory, 'journal.jsonl');
    await journalIn(directory).append(attempt(1));
    appendFileSync(path, torn);
    await journalIn(directory).append(attempt(2));
    expect(allLines(directory)).toMatchObject([
      { attempt: 1 },
      { event: 'line_torn', fragment: torn.replaceAll('\0', '') },
      { attempt: 2 },
    ]);
  });

  it('is completed when only its newline is missing', async () => {
    const directory = ownDirectory();
    writeFileSync(join(directory, 'journal.jsonl'), JSON.stringify(attempt(1)));
    await journalIn(directory).append(attempt(2));
    expect(allLines(directory)).toMatchObject([{ attempt: 1 }, { attempt: 2 }]);
  });

  it('that ends inside a character is kept as far as it can be read', async () => {
    const directory = ownDirectory();
    const bytes = Buffer.from('{"name":"é');
    writeFileSync(join(directory, 'journal.jsonl'), bytes.subarray(0, bytes.length - 1));
    await journalIn(directory).append(attempt(1));
    expect(allLines(directory)).toMatchObject([{ fragment: '{"name":"\uFFFD' }, { attempt: 1 }]);
  });

  it('in a file that is not a journal moves that file aside', async () => {
    const directory = ownDirectory();
    writeFileSync(join(directory, 'journal.jsonl'), Buffer.alloc(1_500_000, 'x'));
    await journalIn(directory).append(attempt(1));
    expect(allLines(directory)).toMatchObject([{ attempt: 1 }]);
    expect(readdirSync(directory).filter((name) => name.includes('.broken-'))).toHaveLength(1);
  });

  it('is not read as an entry, and a damaged line before it is counted and skipped', async () => {
    const directory = ownDirectory();
    const lines = [JSON.stringify(attempt(1)), 'damaged', JSON.stringify(attempt(2)), '{"at":"2026'];
    writeFileSync(join(directory, 'journal.jsonl'), lines.join('\n'));
    const read = await readJournal(directory);
    expect(read.ok && read.value.unreadable).toBe(1);
    expect(read.ok && read.value.entries.map((entry) => entry.attempt)).toEqual([1, 2]);
  });
});

describe('rotation of the journal', () => {
  it('keeps five old files, and the counts of those it removed', async () => {
    const directory = ownDirectory();
    const journal = journalIn(directory, { rotateBytes: 2_000 });
    const counters = openCounters(directory);
    for (let number = 1; number <= 200; number++) {
      await journal.append(attempt(number));
      if (number % 7 === 0) expect(await counters.read()).toMatchObject({ value: { connectAttempts: number } });
    }
    const files = readdirSync(directory).filter((name) => name.endsWith('.jsonl'));
    expect(files.sort()).toEqual([
      'journal.1.jsonl',
      'journal.2.jsonl',
      'journal.3.jsonl',
      'journal.4.jsonl',
      'journal.5.jsonl',
      'journal.jsonl',
    ]);
    expect(allLines(directory).length).toBeLessThan(200);
    const numbers = (await entriesOf(directory)).map((entry) => entry.attempt).filter((number) => number !== undefined);
    expect(numbers).toEqual(Array.from({ length: numbers.length }, (_, index) => 200 - numbers.length + index + 1));
    expect(await openCounters(directory).read()).toMatchObject({
      value: { connectAttempts: 200, connectRetries: 199 },
    });
  });

  it('loses no count when it was interrupted before the new file was started', async () => {
    const directory = ownDirectory();
    const journal = journalIn(directory, { rotateBytes: 1_000 });
    for (let number = 1; number <= 30; number++) await journal.append(attempt(number));
    rmSync(join(directory, 'journal.4.jsonl'), { force: true });
    const held = readdirSync(directory).filter((name) => /^journal\.\d\.jsonl$/.test(name)).length;
    for (let index = held; index >= 1; index--) {
      const from = join(directory, `journal.${index}.jsonl`);
      if (existsSync(from)) renameSync(from, join(directory, `journal.${index + 1}.jsonl`));
    }
    renameSync(join(directory, 'journal.jsonl'), join(directory, 'journal.1.jsonl'));
    expect(await openCounters(directory).read()).toMatchObject({ value: { connectAttempts: 30 } });
    await journal.append(attempt(31));
    expect(await openCounters(directory).read()).toMatchObject({ value: { connectAttempts: 31 } });
  });

  it('has no counts where there is no journal', async () => {
    expect(await openCounters(ownDirectory()).read()).toEqual({ ok: true, value: NO_COUNTS });
  });
});

describe('reading the journal since a time', () => {
  it('returns the entries from then on', async () => {
    const directory = ownDirectory();
    const journal = journalIn(directory);
    for (const hour of ['10', '11', '12']) {
      await journal.append(connectAttempt(`2026-03-01T${hour}:00:00.000Z`, { attempt: 1, bot: hour, port: null }));
    }
    const read = await readJournal(directory, { since: new Date('2026-03-01T11:00:00.000Z') });
    expect(read.ok && read.value.entries.map(({ bot }) => bot)).toEqual(['11', '12']);
  });
});

describe('a journal on a disk that refuses', () => {
  it.skipIf(!existsSync('/dev/full'))(
    'returns the write error, names the lost event and reports later how many were lost',
    async () => {
      const directory = ownDirectory();
      const path = join(directory, 'journal.jsonl');
      symlinkSync('/dev/full', path);
      const journal = journalIn(directory);
      expect(await journal.append(attempt(1), { durable: true })).toEqual({
        ok: false,
        error: { code: 'disk-full', path, detail: 'ENOSPC', event: 'connect_attempt' },
      });
      await journal.append(attempt(2));
      rmSync(path);
      expect((await journal.append(attempt(3), { durable: true })).ok).toBe(true);
      expect(allLines(directory)).toMatchObject([{ event: 'lines_lost', lines: 2, code: 'disk-full' }, { attempt: 3 }]);
    },
  );

  it.skipIf(!canActAsOther)('because it belongs to another user reports that', async () => {
    const directory = ownDirectory();
    const stranger = spawn('/usr/bin/setpriv', [
      ...['--reuid=65534', '--clear-groups', process.execPath, WRITER],
      ...[directory, 'stranger', '1', '5000000', 'loose'],
    ]);
    let printed = '';
    stranger.stdout.on('data', (chunk) => {
      printed += chunk;
    });
    await once(stranger, 'close');
    expect(printed).toBe('not-permitted\n');
    expect(readdirSync(directory)).toEqual([]);
  });

  it.skipIf(!canMount)('that fills up keeps only whole lines, and goes on when there is room again', async () => {
    const disk = smallDisk(64);
    const journal = journalIn(disk.directory);
    await journal.append(attempt(1));
    const filler = join(disk.directory, 'filler');
    writeFileSync(filler, Buffer.alloc(40_000));
    let written = 1;
    for (;;) {
      const result = await journal.append(attempt(written + 1, 'x'.repeat(500)));
      if (!result.ok) {
        expect(result.error.code).toBe('disk-full');
        break;
      }
      written++;
    }
    expect(allLines(disk.directory)).toHaveLength(written);
    rmSync(filler);
    expect((await journal.append(attempt(0, 'room'))).ok).toBe(true);
    expect(allLines(disk.directory).slice(written)).toMatchObject([{ event: 'lines_lost', lines: 1 }, { bot: 'room' }]);
  });

  it.skipIf(!canMount)('because it is read-only reports that, with and without a lock file', async () => {
    const disk = smallDisk(64);
    disk.makeReadOnly();
    expect(await journalIn(disk.directory).append(attempt(1))).toMatchObject({ error: { code: 'read-only' } });
    disk.makeWritable();
    await journalIn(disk.directory).append(attempt(1));
    disk.makeReadOnly();
    expect(await journalIn(disk.directory).append(attempt(2))).toMatchObject({ error: { code: 'read-only' } });
    expect(allLines(disk.directory)).toHaveLength(1);
  });
});
