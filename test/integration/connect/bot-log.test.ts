import { spawn } from 'node:child_process';
import {
  appendFileSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LogFollower } from '../../../electron/engine/connect/bot-log/follow.ts';
import { createRunnerLog, type RunnerLog } from '../../../electron/engine/connect/bot-log/mirror.ts';
import { NO_PYTHON } from '../../support/flock/actors.ts';
import { until } from '../../support/until.ts';

let folder: string;
let path: string;
let lines: string[];
let follower: LogFollower;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sexton-log-'));
  path = join(folder, 'runner.log');
  lines = [];
  follower = new LogFollower(path, (line) => lines.push(line));
});
afterEach(async () => {
  await follower.close();
  rmSync(folder, { recursive: true, force: true });
});

/** The lines that came since the last call. */
async function fresh(): Promise<string[]> {
  await follower.poll();
  return lines.splice(0);
}

describe('following a log', () => {
  it('waits for the file and reads what it already contains', async () => {
    expect(await follower.poll()).toBe('missing');
    writeFileSync(path, 'one\ntwo\n');
    expect(await follower.poll()).toBe('reading');
    expect(lines).toEqual(['one', 'two']);
  });

  it('reads each line once, and a partial line when the rest has been written', async () => {
    writeFileSync(path, 'one\nhal');
    expect(await fresh()).toEqual(['one']);
    expect(await fresh()).toEqual([]);
    appendFileSync(path, 'f\r\nthree\n');
    expect(await fresh()).toEqual(['half', 'three']);
  });

  it('does not break a character that was written in two parts', async () => {
    const euro = Buffer.from('€');
    writeFileSync(path, euro.subarray(0, 1));
    await fresh();
    appendFileSync(path, Buffer.concat([euro.subarray(1), Buffer.from('\n')]));
    expect(await fresh()).toEqual(['€']);
  });

  it('reads a rotated file to its end before the new one', async () => {
    writeFileSync(path, 'one\n');
    await fresh();
    appendFileSync(path, 'two\nlast words');
    renameSync(path, `${path}.1`);
    writeFileSync(path, 'three\n');
    expect(await fresh()).toEqual(['two', 'last words', 'three']);
  });

  it('keeps reading the old file until the new one exists', async () => {
    writeFileSync(path, 'one\n');
    await fresh();
    renameSync(path, `${path}.1`);
    appendFileSync(`${path}.1`, 'two\n');
    expect(await follower.poll()).toBe('missing');
    expect(lines.splice(0)).toEqual(['two']);
    writeFileSync(path, 'three\n');
    expect(await fresh()).toEqual(['three']);
  });

  it('starts from the beginning when the file was truncated', async () => {
    writeFileSync(path, 'one\ntwo\n');
    await fresh();
    truncateSync(path, 0);
    expect(await fresh()).toEqual([]);
    appendFileSync(path, 'three\n');
    expect(await fresh()).toEqual(['three']);
  });

  it('notices a file that was copied, truncated and has grown past its old length', async () => {
    writeFileSync(path, 'one\n');
    await fresh();
    copyFileSync(path, `${path}.1`);
    truncateSync(path, 0);
    appendFileSync(path, 'a new line that is longer\nand another\n');
    expect(await fresh()).toEqual(['a new line that is longer', 'and another']);
  });

  it('skips an endless line with bounded memory', async () => {
    writeFileSync(path, 'one\n');
    await fresh();
    const megabyte = Buffer.alloc(1_048_576, 0x78);
    for (let count = 0; count < 20; count++) appendFileSync(path, megabyte);
    global.gc?.();
    const before = process.memoryUsage().arrayBuffers;
    await fresh();
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(64 * 1_048_576);
    appendFileSync(path, '\ntwo\n');
    expect(await fresh()).toEqual(['two']);
  });

  it('reads past binary junk', async () => {
    writeFileSync(path, Buffer.concat([Buffer.from([0, 255, 254, 10, 128, 0]), Buffer.from('\nfine\n')]));
    expect((await fresh()).at(-1)).toBe('fine');
  });

  it('starts near the end of a large log, at a whole line', async () => {
    const line = `${'y'.repeat(99)}\n`;
    writeFileSync(path, line.repeat(30_000));
    const read = await fresh();
    expect(read.length).toBeGreaterThan(10_000);
    expect(read.length).toBeLessThan(11_000);
    expect(new Set(read)).toEqual(new Set(['y'.repeat(99)]));
  });

  it('reports a path that is not a file, without blocking', async () => {
    mkdirSync(path);
    expect(await follower.poll()).toBe('unreadable');
    rmSync(path, { recursive: true });
    symlinkSync('/dev/zero', path);
    expect(await follower.poll()).toBe('unreadable');
  });

  it('costs next to nothing while nothing changes', async () => {
    writeFileSync(path, 'one\n'.repeat(10_000));
    await fresh();
    await fresh();
    for (let look = 0; look < 500; look++) await follower.poll();
    expect(lines).toEqual([]);
  });
});

describe("the bot's breaker as its log shows it", () => {
  let log: RunnerLog;
  let clock = Date.now();
  afterEach(() => log.close());

  const follow = () => {
    clock = Date.now();
    log = createRunnerLog({ path, now: () => new Date(clock) });
  };

  it('is unused while the log is missing or does not mention it', async () => {
    follow();
    expect(await log.read()).toMatchObject({
      status: 'missing',
      breaker: { state: 'unused' },
      alreadyConnected: { count: 0, times: [] },
    });
    writeFileSync(path, 'Bought 100 AAPL\n');
    await until(async () => (await log.read()).status === 'reading');
    expect((await log.read()).breaker.state).toBe('unused');
  });

  it('opens and closes with the log’s lines, and comes with the number of "Already connected" errors', async () => {
    writeFileSync(path, '');
    follow();
    appendFileSync(path, 'WARNING Circuit breaker OPENED after 5 failures. Blocking connections for 60.0s\n');
    await until(async () => (await log.read()).breaker.state === 'open');
    expect((await log.read()).breaker).toMatchObject({
      failures: 5,
      threshold: 5,
      retryAt: new Date(clock + 60_000).toISOString(),
    });
    appendFileSync(path, 'ERROR Already connected\nERROR Already connected\n');
    await until(async () => (await log.read()).alreadyConnected.count === 2);
    expect((await log.read()).alreadyConnected.times).toHaveLength(2);
    appendFileSync(path, 'INFO Circuit breaker CLOSED - Normal operation resumed\n');
    await until(async () => (await log.read()).breaker.state === 'closed');
  });

  it('does not stay open for ever when the bot ends without another line', async () => {
    writeFileSync(path, 'WARNING Circuit breaker OPENED after 5 failures. Blocking connections for 60.0s\n');
    follow();
    await until(async () => (await log.read()).breaker.state === 'open');
    clock += 60_000 + 599_000;
    expect((await log.read()).breaker.state).toBe('open');
    clock += 2_000;
    expect((await log.read()).breaker.state).toBe('unused');
  });

  it('serves readers one after the other and releases the file when it is closed', async () => {
    writeFileSync(path, 'ERROR Already connected\n');
    follow();
    const [one, other] = await Promise.all([log.read(), log.read()]);
    expect([one.alreadyConnected.count, other.alreadyConnected.count]).toEqual([1, 1]);
    await log.close();
    await log.close();
  });

  it.skipIf(NO_PYTHON)('is followed through the rotations of a Python logger without losing a line', async () => {
    follow();
    const script = `
import json, logging, logging.handlers, sys, time
handler = logging.handlers.RotatingFileHandler(sys.argv[1], maxBytes=60000, backupCount=200)
log = logging.getLogger('bot'); log.setLevel('INFO'); log.addHandler(handler)
for turn in range(300):
    log.info('x' * 500)
    log.error('Already connected')
    if turn % 20 == 0: time.sleep(0.05)
extra = {'metric_type': 'circuit_breaker_state', 'state': 'half_open', 'failure_count': 7, 'success_count': 1}
log.info(json.dumps({'extra': extra, 'event': 'circuit_breaker_state_change'}))
`;
    const bot = spawn('python3', ['-c', script, path], { stdio: 'inherit' });
    await until(async () => (await log.read()).breaker.state === 'half_open');
    expect((await log.read()).breaker).toMatchObject({ failures: 7, successes: 1 });
    expect((await log.read()).alreadyConnected.count).toBe(300);
    await until(() => bot.exitCode !== null);
  });
});
