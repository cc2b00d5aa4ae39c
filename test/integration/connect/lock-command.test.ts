import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { killActors, NO_PYTHON, pythonHolder, pythonTry } from '../../support/flock/actors.ts';
import { makeHome, type SextonHome } from '../../support/guard/home.ts';
import { runSexton, startSexton } from '../../support/sexton.ts';

describe.skipIf(NO_PYTHON !== null)(`sexton lock run${NO_PYTHON === null ? '' : ` (skipped: ${NO_PYTHON})`}`, () => {
  let home: SextonHome;
  beforeEach(() => {
    home = makeHome();
  });
  afterEach(async () => {
    await killActors();
    home.remove();
  });

  const run = (...args: string[]) => startSexton(['lock', 'run', ...args], { home: home.folder });

  it('holds the lock while the command runs, and ends with its exit code', async () => {
    const locked = run('--', '/bin/sh', '-c', 'echo began; read line; echo "$line"; exit 7');
    await locked.printed(/began/);
    expect(pythonTry(home.lockPath)).toBe('busy');
    locked.write('done\n');
    expect(await locked.ended).toMatchObject({ code: 7, stdout: 'began\ndone\n', stderr: '' });
    expect(pythonTry(home.lockPath)).toBe('locked');
  });

  it('does not pass the lock to processes that the command leaves in the background', async () => {
    const { code } = await run('--', '/bin/sh', '-c', 'sleep 5 >/dev/null 2>&1 </dev/null & exit 0').ended;
    expect(code).toBe(0);
    expect(pythonTry(home.lockPath)).toBe('locked');
  });

  it('gives up with 75 after its timeout, and names the path, the seconds and the holder', async () => {
    const holder = pythonHolder(home.lockPath);
    await holder.says('held');
    const { code, stdout, stderr } = await run('--timeout', '0.5', '--', '/bin/echo', 'never').ended;
    expect(code).toBe(75);
    expect(stdout).toBe('');
    expect(stderr).toBe(
      `sexton lock: The handshake lock ${home.lockPath} was not free within 0.5 s; bot.py (${holder.pid}) holds it.\n`,
    );
  });

  it('ends on a signal while it waits, without starting the command', async () => {
    const holder = pythonHolder(home.lockPath);
    await holder.says('held');
    const waiting = run('--', '/bin/echo', 'never');
    let told = '';
    while (!told.includes('waits')) told = (await runSexton(['lock', 'status'], { home: home.folder })).stdout;
    expect(told).toMatch(new RegExp(`Held · bot\\.py \\(${holder.pid}\\)`));
    expect(told).toContain('never stale');
    waiting.signal('SIGTERM');
    expect(await waiting.ended).toMatchObject({ code: 143, stdout: '' });
  });

  it('passes signals on to the command', async () => {
    const locked = run('--', '/bin/sh', '-c', 'trap "exit 33" TERM; echo ready; while :; do sleep 0.1; done');
    await locked.printed(/ready/);
    locked.signal('SIGTERM');
    expect((await locked.ended).code).toBe(33);
  });

  it.each([
    [['run'], 'command: is missing'],
    [['run', '--timeout', 'soon', '--', 'true'], '--timeout soon: allowed is a number of seconds from 0.1 to 3600'],
    [['runs'], 'command runs: unknown; the commands are status, run'],
  ])('answers the bad arguments %j with one line on stderr and exit 64', async (args, words) => {
    const { code, stdout, stderr } = await runSexton(['lock', ...args], { home: home.folder });
    expect({ code, stdout, stderr }).toEqual({ code: 64, stdout: '', stderr: `sexton: ${words}\n` });
  });
});
