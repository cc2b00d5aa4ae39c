import { describe, expect, it } from 'vitest';
import { PLAN_LIFETIME_MS } from '../../shared/plan.ts';
import { realEngine } from '../support/real-engine.ts';
import { gatewayRecord } from '../unit/clean/builders.ts';
import { Machine } from '../unit/clean/machine.ts';

const DAY = 86_400_000;

/** An engine on a pretend machine whose wall clock somebody can set while its monotonic clock goes on. */
function onMachine() {
  const machine = new Machine();
  machine.open('LISTEN', 4002, null, machine.spawn(gatewayRecord(50)));
  let jump = 0;
  const clock = { ...machine.clock, wall: () => machine.clock.wall() + jump };
  const made = realEngine({ ports: [4002], on: { platform: machine.platform(), clock } });
  return {
    ...made,
    machine,
    set: (ms: number) => {
      jump += ms;
    },
  };
}

describe.each([
  ['an hour ahead', 3_600_000],
  ['an hour back', -3_600_000],
  ['a year ahead', 365 * DAY],
  ['to 1970', -56 * 365 * DAY],
])('a wall clock that is set %s', (_, jump) => {
  it('changes no count, no age and no owner', async () => {
    const { engine, machine, set } = onMachine();
    machine.zombie(machine.bot(4001), 60_000);
    const before = await engine.scan();
    set(jump);
    const after = await engine.scan();
    expect(after.ports).toEqual(before.ports);
    expect(after.owners.map(({ zombies, verdict }) => [zombies, verdict])).toEqual([
      [1, { kind: 'cleanable', reason: 'python' }],
    ]);
    expect(after.owners[0]?.oldestMs).toBeGreaterThanOrEqual(60_000);
    expect(after.owners[0]?.oldestMs).toBeLessThan(120_000);
    expect(after.level).toBe('notice');
  });

  it('at most expires a plan, and does not make a young zombie old', async () => {
    const { engine, plan, clean, machine, set } = onMachine();
    machine.zombie(machine.bot(4001), 500);
    const made = await plan();
    set(jump);
    // Ahead looks like a sleep, after which nothing of the plan need be true.
    const early = await engine.clean(made.id, 'user');
    expect(early.ok ? null : early.error).toEqual(jump > 0 ? { code: 'plan-expired' } : null);
    const result = early.ok ? early.value : await clean(await plan());
    expect(result).toMatchObject({ ok: true, remaining: 0 });
    // It was 0.5 s old: whatever the wall says, it had to become 3 s old first.
    expect(machine.hits[0]?.at).toBeGreaterThanOrEqual(2_500);
    expect(result.durationMs).toBeLessThan(10_000);
  });

  it('during the grace does not shorten the grace', async () => {
    const { plan, clean, machine, set } = onMachine();
    machine.zombie(machine.bot(4001, 'ignores'));
    const made = await plan();
    machine.onHit = ({ signal }) => {
      if (signal === 'SIGTERM') set(jump);
    };
    await clean(made);
    const [asked, killed] = machine.hits;
    expect(killed?.signal).toBe('SIGKILL');
    expect((killed?.at ?? 0) - (asked?.at ?? 0)).toBeGreaterThanOrEqual(made.graceMs);
    expect((killed?.at ?? 0) - (asked?.at ?? 0)).toBeLessThan(made.graceMs + 1_000);
  });

  it('does not prolong the life of a plan', async () => {
    const { engine, plan, machine, set, signals } = onMachine();
    machine.zombie(machine.bot(4001));
    const made = await plan();
    await machine.pass(PLAN_LIFETIME_MS + 1);
    set(jump);
    const answer = await engine.clean(made.id, 'user');
    expect(answer).toEqual({ ok: false, error: { code: 'plan-expired' } });
    expect(signals()).toEqual([]);
  });
});

describe('a machine that falls asleep', () => {
  it('during a clean sends no signal based on what was true before', async () => {
    const { engine, plan, clean, machine } = onMachine();
    machine.zombie(machine.bot(4001, 'ignores'));
    const made = await plan();
    // The bot was asked; an hour later, when the grace is long over, it has a live session.
    machine.onHit = () => {
      engine.setAttention({ asleep: true });
      machine.at(machine.now + 1, () => machine.open('ESTABLISHED', 45_000, 4002, 4001));
    };
    const result = await clean(made);
    expect(machine.hits.map(({ signal }) => signal)).toEqual(['SIGTERM']);
    expect(result.stopped).toEqual([]);
    expect(machine.alive(4001)).toBe(true);
  });

  it('reports its last scan as stale until it has scanned again', async () => {
    const { engine, machine } = onMachine();
    await engine.scan();
    expect(engine.snapshot().scan.kind).toBe('ok');
    engine.setAttention({ asleep: true });
    expect(engine.snapshot().scan.kind).toBe('stale');
    machine.zombie(machine.bot(4001));
    engine.setAttention({ asleep: false });
    expect(engine.snapshot().scan.kind).toBe('stale');
    expect((await engine.scan()).scan.kind).toBe('ok');
    expect(engine.snapshot().ports[0]?.zombies.total).toBe(1);
  });
});
