import { describe, expect, it } from 'vitest';
import type { OwnTreeEvidence } from '../../../electron/engine/connect/guard/tree/evidence.ts';
import { TreeStopper } from '../../../electron/engine/connect/guard/tree/stop.ts';
import type { ProcessRecord, Signal, SignalOutcome } from '../../../electron/engine/platform/types.ts';
import { failure, success } from '../../../shared/result.ts';

function python(pid: number, more: Partial<ProcessRecord> = {}): ProcessRecord {
  return {
    pid,
    ppid: 1,
    uid: 501,
    startedAt: '2025-12-06T09:31:07.000Z',
    startToken: `${pid}@boot`,
    name: 'python3',
    executable: '/usr/bin/python3',
    args: ['python3', 'runner.py'],
    sessionLeader: false,
    corpse: false,
    ...more,
  };
}

/** A pretend tree whose processes obey SIGTERM unless they are deaf; `steps` has what happened, in order. */
function stage(processes: ProcessRecord[]) {
  const steps: string[] = [];
  const world = {
    alive: [...processes],
    deaf: new Set<number>(),
    readMs: 1,
    time: 0,
    by: 'lsof' as const,
    blind: false,
  };
  const answered = new Map<number, number>();
  const die = (pid: number) => {
    world.alive = world.alive.filter((one) => one.pid !== pid);
  };
  const stopper = new TreeStopper({
    platform: {
      openTarget: async (identity) =>
        success({
          identity,
          signal: async (signal): Promise<SignalOutcome> => {
            steps.push(`${signal} ${identity.pid}`);
            if (signal === 'SIGKILL' || !world.deaf.has(identity.pid)) die(identity.pid);
            return { kind: 'sent' };
          },
          gone: async () => !world.alive.some(({ pid }) => pid === identity.pid),
          close: () => undefined,
        }),
    },
    tree: { refresh: async () => undefined, readable: true, processes: () => world.alive },
    graceMs: 500,
    isBot: () => true,
    read: async () => {
      steps.push('read');
      const began = world.time;
      world.time += world.readMs;
      if (world.blind) return failure({ code: 'tool-missing', tool: 'ss', hint: '' });
      const evidence: OwnTreeEvidence = {
        processes: new Map(world.alive.map((one) => [one.pid, one])),
        judge: { verdict: () => ({ kind: 'cleanable', reason: 'python' }), sessions: () => 0 },
        answered,
        reading: { by: world.by, began, ended: world.time },
      };
      return success(evidence);
    },
    planned: async ({ pid }, signal: Signal) => void steps.push(`planned ${signal} ${pid}`),
    sent: ({ pid }, _signal, outcome) => void steps.push(`${outcome.kind} ${pid}`),
    now: () => world.time,
    sleep: async (ms) => {
      world.time += ms;
    },
  });
  return { stopper, steps, world, answered };
}

describe("stopping a guard's own tree", () => {
  it('journals each signal, reads everything again, and only then sends it', async () => {
    const { stopper, steps } = stage([python(7)]);
    expect(await stopper.stop()).toMatchObject({ stopped: [{ pid: 7 }], survivors: [] });
    expect(steps).toEqual(['read', 'planned SIGTERM 7', 'read', 'SIGTERM 7', 'sent 7']);
  });

  it('proves a process that ignored SIGTERM again before SIGKILL', async () => {
    const { stopper, steps, world } = stage([python(7)]);
    world.deaf.add(7);
    expect((await stopper.stop()).survivors).toEqual([]);
    expect(steps.slice(5)).toEqual(['read', 'planned SIGKILL 7', 'read', 'SIGKILL 7', 'sent 7']);
  });

  it('spares a process whose session was answered while the journal was written', async () => {
    const { stopper, steps, answered } = stage([python(7)]);
    const plannedFirst = steps.push.bind(steps);
    steps.push = (...words) => {
      if (words[0]?.startsWith('planned')) answered.set(7, 4002);
      return plannedFirst(...words);
    };
    const { survivors } = await stopper.stop();
    expect(survivors).toMatchObject([{ why: 'It has a live API session on 4002 and may be trading.' }]);
    expect(steps.some((step) => step.startsWith('SIGTERM'))).toBe(false);
  });

  it('sends nothing after a reading that took longer than two seconds, or while it cannot see', async () => {
    const slow = stage([python(7)]);
    slow.world.readMs = 2_100;
    expect((await slow.stopper.stop()).survivors).toHaveLength(1);
    expect(slow.steps.some((step) => step.startsWith('SIG'))).toBe(false);
    const blind = stage([python(7)]);
    blind.world.blind = true;
    expect((await blind.stopper.stop()).survivors).toMatchObject([{ why: 'Sexton cannot see its connections.' }]);
    expect(blind.steps).toEqual(['read']);
  });

  it('stops nothing in a tree with a Java, and spares the parents and children of a process that trades', async () => {
    const java = stage([python(7), python(8, { name: 'java', executable: '/usr/bin/java', args: ['java'] })]);
    const { survivors } = await java.stopper.stop();
    expect(survivors.map(({ why }) => why)).toEqual(Array(2).fill(expect.stringContaining('java (8)')));
    const family = stage([python(7), python(8, { ppid: 7 }), python(9, { ppid: 8 }), python(10)]);
    family.answered.set(8, 4002);
    expect((await family.stopper.stop()).survivors.map(({ process }) => process.pid)).toEqual([7, 8, 9]);
  });
});
