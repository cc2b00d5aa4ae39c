import { beforeEach, describe, expect, it } from 'vitest';
import { PLAN_LIFETIME_MS } from '../../../shared/plan.ts';
import type { Snapshot } from '../../../shared/snapshot.ts';
import { type RealEngineOptions, realEngine } from '../../support/real-engine.ts';
import { gatewayRecord } from '../clean/builders.ts';
import { Machine } from '../clean/machine.ts';

const BOT = 4312;
let machine: Machine;
beforeEach(() => {
  machine = new Machine();
  machine.open('LISTEN', 4002, null, machine.spawn(gatewayRecord(50)));
});

const engineOn = (options: Partial<RealEngineOptions> = {}) =>
  realEngine({ ports: [4002], on: { platform: machine.platform(), clock: machine.clock }, ...options });
const zombies = { purpose: 'zombies', includeLive: [] } as const;

describe('the engine', () => {
  it('claims nothing before its first scan', () => {
    const snapshot = engineOn().engine.snapshot();
    expect(snapshot).toMatchObject({ level: 'blind', scan: { kind: 'stale' }, unattributed: null });
    expect(snapshot.ports[0]).toMatchObject({ listening: null, zombies: { total: null } });
  });

  it('counts zombies seen by two reads, names owner and verdict, and gives advice', async () => {
    machine.zombie(machine.bot(BOT));
    const { engine } = engineOn();
    const snapshot = await engine.scan();
    expect(snapshot).toMatchObject({
      level: 'notice',
      scan: { kind: 'ok', problems: [] },
      unattributed: 0,
      owners: [{ process: { pid: BOT, name: 'runner_4312.py' }, verdict: { kind: 'cleanable' }, zombies: 1 }],
    });
    expect(snapshot.ports[0]).toMatchObject({
      listening: true,
      gateway: { name: 'IB Gateway' },
      zombies: { client: 1 },
    });
  });

  it('merges overlapping scans into the current one and the next', async () => {
    const { engine } = engineOn();
    let looks = 0;
    const count = () => {
      looks += 1;
      machine.before.readTable = count;
    };
    machine.before.readTable = count;
    await engine.scan();
    const single = looks;
    looks = 0;
    await Promise.all([engine.scan(), engine.scan(), engine.scan(), engine.scan()]);
    // The one after it reads the owners anew, which asks the kernel once more.
    expect(looks).toBeLessThanOrEqual(2 * single + 1);
  });

  it('reports a failed scan without old numbers when the kernel cannot be read, and recovers', async () => {
    machine.zombie(machine.bot(BOT));
    const { engine } = engineOn();
    await engine.scan();
    machine.broken.add('readTable');
    const blind = await engine.scan();
    expect(blind).toMatchObject({ level: 'blind', owners: [], unattributed: null, scan: { kind: 'failed' } });
    expect(blind.ports[0]).toMatchObject({
      listening: null,
      closing: null,
      established: null,
      zombies: { client: null, gateway: null, total: null },
    });
    expect(await engine.plan(zombies)).toMatchObject({ ok: false, error: { code: 'cannot-see' } });
    machine.broken.clear();
    expect((await engine.scan()).ports[0]?.zombies.total).toBe(1);
  });

  it.each(['readHoldings', 'readProcesses'] as const)(
    'counts without owners, as degraded, when %s fails',
    async (broken) => {
      machine.zombie(machine.bot(BOT));
      machine.broken.add(broken);
      const { engine } = engineOn();
      const snapshot = await engine.scan();
      expect(snapshot).toMatchObject({ level: 'notice', owners: [], unattributed: null, scan: { kind: 'degraded' } });
      expect(snapshot.ports[0]?.zombies.total).toBe(1);
      expect(await engine.plan(zombies)).toMatchObject({ ok: false, error: { code: 'cannot-see' } });
    },
  );

  it('journals start, end, pauses and alerts when it runs in the app', async () => {
    const { engine, journal } = engineOn({ app: true });
    await engine.stop();
    await engine.start();
    const paused = await engine.pause(60_000);
    await engine.pause(0);
    await engine.pause(0);
    engine.noteAlerts([
      { kind: 'raised', severity: 'warning', text: 'Warning: 7.' },
      { kind: 'cleared', severity: 'warning', text: 'Over.' },
    ]);
    await engine.stop();
    const program = { program: 'app', version: '0.0.0-test', pid: machine.platform().self.pid };
    expect(journal).toMatchObject([
      { event: 'app_started', ...program, until: null },
      { event: 'paused', ...program, until: paused.ok && paused.value },
      { event: 'resumed', ...program },
      { event: 'alert_raised', level: 'warning', text: 'Warning: 7.' },
      { event: 'alert_cleared', level: 'warning', text: 'Over.' },
      { event: 'app_stopped', ...program },
    ]);
  });

  it('journals no start or end of a command', async () => {
    const { engine, journal } = engineOn();
    await engine.start();
    await engine.stop();
    expect(journal).toEqual([]);
  });

  it('publishes only what changed', async () => {
    const { engine } = engineOn();
    await engine.scan();
    const heard: Snapshot[] = [];
    engine.subscribe((next) => heard.push(next));
    machine.zombie(machine.bot(BOT));
    await engine.scan();
    expect(heard.map(({ seq }) => seq)).toEqual(heard.map((_, at) => (heard[0]?.seq ?? 0) + at));
    expect(heard.at(-1)?.ports[0]?.zombies.total).toBe(1);
  });
});

describe('a plan', () => {
  beforeEach(() => {
    machine.zombie(machine.bot(BOT));
  });

  it('shows what else a target serves, and to how many clients', async () => {
    machine.open('LISTEN', 8888, null, BOT);
    machine.open('ESTABLISHED', 8888, 51_000, BOT);
    machine.zombie(machine.bot(4400));
    const made = await engineOn().plan();
    expect(made.targets.map(({ process, serves }) => [process.pid, serves])).toEqual([
      [BOT, [{ port: 8888, clients: 1 }]],
      [4400, []],
    ]);
  });

  it('is carried out only once', async () => {
    const { engine, plan, clean, signals } = engineOn();
    const made = await plan();
    await clean(made);
    expect(signals()).toEqual(['4312 SIGTERM sent']);
    expect(await engine.clean(made.id, 'user')).toEqual({ ok: false, error: { code: 'plan-unknown' } });
    expect(engine.snapshot()).toMatchObject({
      cleanup: { kind: 'done', by: 'user', result: { ok: true } },
      owners: [],
    });
  });

  it('for the guided restart includes a bot that started since the last scan and holds no socket yet', async () => {
    const { engine, plan } = engineOn();
    await engine.scan();
    await engine.scan();
    machine.bot(BOT + 1);
    const { targets } = await plan({ purpose: 'restart' });
    expect(targets.map(({ process }) => process.pid)).toContain(BOT + 1);
  });

  it('with an unknown id is refused', async () => {
    expect(await engineOn().engine.clean('made-up', 'user')).toEqual({ ok: false, error: { code: 'plan-unknown' } });
  });

  it.each([
    [PLAN_LIFETIME_MS, true],
    [PLAN_LIFETIME_MS + 1, false],
  ])('confirmed after %i ms may be carried out: %s', async (waitMs, may) => {
    const { engine, plan } = engineOn();
    const made = await plan();
    await machine.pass(waitMs);
    const cleaned = await engine.clean(made.id, 'user');
    expect(cleaned.ok ? 'cleaned' : cleaned.error.code).toBe(may ? 'cleaned' : 'plan-expired');
    expect(machine.hits).toHaveLength(may ? 1 : 0);
  });

  it('is refused while another is being carried out, so that a double click cleans once', async () => {
    const { engine, plan } = engineOn();
    const [first, second] = [await plan(), await plan()];
    const running = engine.clean(first.id, 'user');
    expect(engine.snapshot().cleanup.kind).toBe('running');
    expect(await engine.clean(second.id, 'user')).toEqual({ ok: false, error: { code: 'busy' } });
    expect(await engine.plan(zombies)).toEqual({ ok: false, error: { code: 'busy' } });
    await running;
    expect(machine.hits).toHaveLength(1);
  });

  it('includes a live session by the opaque id of a refusal, which means that process only', async () => {
    machine.open('ESTABLISHED', 60_001, 4002, BOT);
    const { plan } = engineOn();
    const [refusal] = (await plan()).refused;
    expect(refusal).toMatchObject({ reason: 'live-session', liftable: true });
    expect((await plan({ includeLive: ['made-up'] })).targets).toEqual([]);
    expect((await plan({ includeLive: [refusal?.id ?? ''] })).targets).toMatchObject([
      { process: { pid: BOT }, sessions: 1 },
    ]);
    machine.end(BOT);
    machine.zombie(machine.bot(BOT));
    await machine.pass(1_000);
    machine.open('ESTABLISHED', 60_002, 4002, BOT);
    expect((await plan({ includeLive: [refusal?.id ?? ''] })).targets).toEqual([]);
  });

  it('gives bots with a live session and the guided restart’s bots 15 s, others the grace period from the settings', async () => {
    const { plan } = engineOn({ settings: { graceMs: 700 } });
    expect((await plan()).graceMs).toBe(700);
    expect((await plan({ includeLive: [BOT] })).graceMs).toBe(15_000);
    expect((await plan({ purpose: 'restart' })).graceMs).toBe(15_000);
    expect((await plan({ includeLive: [BOT], graceMs: 300 })).graceMs).toBe(300);
  });

  it('that fails because nothing can be seen leaves the last cleanup unchanged', async () => {
    const { engine, plan } = engineOn();
    const made = await plan();
    machine.broken.add('readHoldings');
    expect(await engine.clean(made.id, 'user')).toMatchObject({ ok: false, error: { code: 'cannot-see' } });
    expect(engine.snapshot().cleanup).toEqual({ kind: 'idle' });
    expect(machine.hits).toEqual([]);
  });

  it('that hits an error of our own does not stay in progress forever', async () => {
    const { engine, plan } = engineOn();
    const made = await plan();
    machine.before.readTable = () => {
      throw new Error('made to fail');
    };
    await expect(engine.clean(made.id, 'user')).rejects.toThrow('made to fail');
    expect(engine.snapshot().cleanup).toEqual({ kind: 'idle' });
    expect(machine.hits).toEqual([]);
    delete machine.before.readTable;
    expect((await engine.clean((await plan()).id, 'user')).ok).toBe(true);
  });
});
