import { describe, expect, it, vi } from 'vitest';
import type { Engine } from '../../../electron/engine/api.ts';
import { runTerminal } from '../../../electron/terminal/run.ts';
import type { PlanError } from '../../../shared/plan.ts';
import { failure, success } from '../../../shared/result.ts';
import { until } from '../../support/until.ts';
import {
  BLIND,
  cleanResult,
  DIRECTORIES,
  fakeEngine,
  fakeIo,
  GATEWAY,
  opener,
  owner,
  plan,
  portState,
  SEVEN,
  snapshot,
} from './support.ts';

const SCREEN = { columns: 100, rows: 40 };

function start(args: readonly string[], { terminal = false, shown = SEVEN, engine = {} as Partial<Engine> } = {}) {
  const io = fakeIo(terminal ? SCREEN : undefined);
  const tools = {
    plan: vi.fn(async () => success(plan())),
    clean: vi.fn(async () => success(cleanResult())),
    stop: vi.fn(async () => undefined),
    ...engine,
  };
  const open = vi.fn(opener(fakeEngine(tools, shown)));
  const ended = runTerminal(['clean', ...args], '1', { io, open, directories: DIRECTORIES });
  const asked = (times = 1) => until(() => io.out.text().split('[y/N]').length > times, { what: 'the question' });
  return { io, ...tools, open, ended, asked };
}

/** The Gateway's three zombies and no bot to stop. */
const STUCK = snapshot({
  level: 'notice',
  ports: [portState(4002, 'Gateway paper', 0, 3)],
  owners: [
    owner(GATEWAY, 3, { side: 'gateway', ports: [4002], verdict: { kind: 'protected', reason: 'gateway-listener' } }),
  ],
});
const NOBODY = plan({
  targets: [],
  frees: 0,
  refused: [
    {
      id: 'r1',
      process: GATEWAY,
      ports: [4002],
      zombies: 3,
      sessions: 0,
      reason: 'gateway-listener',
      text: 'It listens on an API port.',
      liftable: false,
    },
  ],
});

describe('clean on a terminal', () => {
  it('shows the plan, asks, cleans after a yes, and reports the result', async () => {
    const { io, clean, ended, asked, stop } = start([], { terminal: true });
    await asked();
    expect(io.out.text()).toMatch(/WILL BE STOPPED.*runner_async\.py.*WILL NOT BE TOUCHED.*research\.py/s);
    expect(io.out.text()).toContain('Stop 1 bot and free 3 connections? [y/N] ');
    expect(clean).not.toHaveBeenCalled();
    io.input.write('y\n');
    expect(await ended).toBe(0);
    expect(clean).toHaveBeenCalledExactlyOnceWith('plan-1', 'user');
    expect(io.out.text()).toContain('Stopped 1 bot. No zombie connections remain.');
    expect(stop).toHaveBeenCalledOnce();
  });

  it.each(['\n', 'n\n', 'nay\n', 'yesterday\n', 'maybe y\n'])('takes %j as a no and exits with 2', async (answer) => {
    const { io, clean, ended, asked } = start([], { terminal: true });
    await asked();
    io.input.write(answer);
    expect(await ended).toBe(2);
    expect(clean).not.toHaveBeenCalled();
    expect(io.out.text()).toContain('Not confirmed: nothing was done.');
  });

  it('takes the end of the input as a no', async () => {
    const { io, clean, ended, asked } = start([], { terminal: true });
    await asked();
    io.input.end();
    expect(await ended).toBe(2);
    expect(clean).not.toHaveBeenCalled();
  });

  it('takes Ctrl-C at the question as a no', async () => {
    const { io, clean, ended, asked } = start([], { terminal: true });
    await asked();
    io.interrupt();
    expect(await ended).toBe(2);
    expect(clean).not.toHaveBeenCalled();
  });

  it('makes a new plan and asks again if the first was confirmed too late', async () => {
    const plans = vi
      .fn<Engine['plan']>()
      .mockResolvedValueOnce(success(plan({ id: 'old' })))
      .mockResolvedValueOnce(success(plan({ id: 'new', frees: 2 })));
    const cleans = vi
      .fn<Engine['clean']>()
      .mockResolvedValueOnce(failure<PlanError>({ code: 'plan-expired' }))
      .mockResolvedValueOnce(success(cleanResult()));
    const { io, ended, asked } = start([], { terminal: true, engine: { plan: plans, clean: cleans } });
    await asked();
    io.input.write('y\n');
    await asked(2);
    expect(io.out.text()).toMatch(/More than 10 s have passed.*Would stop 1 bot and free 2 connections/s);
    io.input.write('yes\n');
    expect(await ended).toBe(0);
    expect(cleans.mock.calls).toEqual([
      ['old', 'user'],
      ['new', 'user'],
    ]);
  });

  it('finishes a running clean when Ctrl-C is pressed', async () => {
    let finish: () => void = () => undefined;
    const clean = vi.fn<Engine['clean']>(
      () =>
        new Promise((resolve) => {
          finish = () => resolve(success(cleanResult()));
        }),
    );
    const { io, ended } = start(['--yes'], { terminal: true, engine: { clean } });
    await until(() => clean.mock.calls.length > 0);
    io.interrupt();
    expect(io.out.text()).toContain('Finishing the clean first');
    finish();
    expect(await ended).toBe(0);
  });
});

describe('clean without a terminal', () => {
  it('only shows the plan and exits with 2', async () => {
    const { io, clean, ended } = start([]);
    expect(await ended).toBe(2);
    expect(clean).not.toHaveBeenCalled();
    expect(io.out.text()).toContain('WILL BE STOPPED');
    expect(io.out.text()).toContain('Confirm beforehand with --yes.');
  });

  it('cleans with --yes', async () => {
    const { ended, clean } = start(['--yes']);
    expect(await ended).toBe(0);
    expect(clean).toHaveBeenCalledOnce();
  });

  it('prints only the result as JSON on stdout, and the review on stderr', async () => {
    const { io, ended } = start(['--yes', '--json']);
    expect(await ended).toBe(0);
    expect(JSON.parse(io.out.text())).toEqual(cleanResult());
    expect(io.out.text().split('\n')).toHaveLength(2);
    expect(io.err.text()).toContain('WILL BE STOPPED');
  });

  it('prints a result even if the plan was not confirmed', async () => {
    const { io, ended } = start(['--json']);
    expect(await ended).toBe(2);
    expect(JSON.parse(io.out.text())).toMatchObject({
      ok: false,
      stopped: [],
      refused: [{ pid: 901, name: 'research.py', reason: 'It has a live API session and may be trading.' }],
      remaining: 7,
    });
  });
});

describe('sexton clean', () => {
  it('stops nothing in a dry run, even with --yes, and exits with 1 while zombies remain', async () => {
    const { io, clean, ended } = start(['--dry-run', '--yes']);
    expect(await ended).toBe(1);
    expect(clean).not.toHaveBeenCalled();
    expect(io.out.text()).toContain('Dry run: nothing was done.');
  });

  it('exits with 0 if there is nothing to clean', async () => {
    const empty = plan({ targets: [], refused: [], frees: 0 });
    const { io, clean, ended } = start([], { shown: snapshot(), engine: { plan: async () => success(empty) } });
    expect(await ended).toBe(0);
    expect(clean).not.toHaveBeenCalled();
    expect(io.out.text()).toContain('No zombie connections.');
  });

  it('says that only a restart frees what the Gateway holds, and exits with 1', async () => {
    const { io, clean, ended } = start(['--yes'], { shown: STUCK, engine: { plan: async () => success(NOBODY) } });
    expect(await ended).toBe(1);
    expect(clean).not.toHaveBeenCalled();
    expect(io.out.text()).toContain(
      '3 zombie connections remain. All 3 are held by IB Gateway (pid 655): only a restart of the Gateway frees them.',
    );
  });

  it('says after a clean which process holds the remaining zombies', async () => {
    const left = cleanResult({ ok: false, remaining: 2, message: 'Stopped 1 bot. 2 zombie connections remain.' });
    const { io, ended } = start(['--yes', '--json'], { engine: { clean: async () => success(left) } });
    expect(await ended).toBe(1);
    expect(JSON.parse(io.out.text()).message).toBe(
      'Stopped 1 bot. 2 zombie connections remain. All 2 are held by IB Gateway (pid 655): only a restart of the Gateway frees them.',
    );
  });

  const cannotSee = (hint: string) => async () => failure<PlanError>({ code: 'cannot-see', hint });

  it.each([
    ['the kernel cannot be read', BLIND, null],
    ['owners cannot be read', SEVEN, 7],
  ])('refuses, exits with 3 and shows the hint if %s', async (_what, shown, remaining) => {
    const { io, clean, ended } = start(['--yes', '--json'], { shown, engine: { plan: cannotSee('Install lsof.') } });
    expect(await ended).toBe(3);
    expect(clean).not.toHaveBeenCalled();
    expect(JSON.parse(io.out.text())).toMatchObject({ ok: false, remaining });
    expect(io.out.text()).toContain('Install lsof.');
  });

  it('exits with 0 if owners cannot be read but there are no zombies', async () => {
    const { ended } = start(['--yes'], { shown: snapshot(), engine: { plan: cannotSee('Install lsof.') } });
    expect(await ended).toBe(0);
  });

  it('exits with 3 if the remaining zombies could not be counted', async () => {
    const unknown = cleanResult({ ok: false, remaining: null });
    expect(await start(['--yes'], { engine: { clean: async () => success(unknown) } }).ended).toBe(3);
  });

  it('passes ports, grace and included pids to the plan', async () => {
    const {
      open,
      plan: planned,
      ended,
    } = start(['--yes', '--port', '7497', '--grace', '1.5', '--include', '901', '--include-live', '12']);
    await ended;
    expect(open).toHaveBeenCalledWith({ program: 'command', ports: [7497], flags: {} });
    expect(planned).toHaveBeenCalledWith({ purpose: 'zombies', ports: [7497], includeLive: [901, 12], graceMs: 1_500 });
  });

  it('says that an included pid holds no zombie connection', async () => {
    const { io, ended } = start(['--yes', '--include', '12']);
    await ended;
    expect(io.out.text()).toContain('--include 12: no such process holds a zombie connection here.');
  });

  it('gives up after three plans that expire', async () => {
    const clean = vi.fn<Engine['clean']>(async () => failure<PlanError>({ code: 'plan-expired' }));
    const { io, ended } = start(['--yes'], { engine: { clean } });
    expect(await ended).toBe(1);
    expect(clean).toHaveBeenCalledTimes(3);
    expect(io.out.text()).toContain('the plan grew too old');
  });
});
