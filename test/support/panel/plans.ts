import { PLAN_LIFETIME_MS, type Plan, type PlanRefusal, type PlanTarget } from '../../../shared/plan.ts';
import type { Snapshot } from '../../../shared/snapshot.ts';
import { PROTECTED_WORDS } from '../../../shared/words/verdict.ts';
import { process } from './parts.ts';

let made = 0;

/** The plan that an engine would make for a pictured snapshot; the ids of refusals stay the same from plan to plan. */
export function planFor(snapshot: Snapshot, includeLive: readonly string[], now: number): Plan {
  made += 1;
  const targets: PlanTarget[] = [];
  const refused: PlanRefusal[] = [];
  for (const { process: who, ports, zombies, established, verdict, side } of snapshot.owners) {
    const id = `refusal-${who.pid}`;
    const liftable = verdict.reason === 'live-session';
    const sessions = side === 'client' ? established : 0;
    if (verdict.kind === 'cleanable') targets.push({ process: who, ports, zombies, sessions: 0, verdict, serves: [] });
    else if (includeLive.includes(id)) {
      targets.push({
        process: who,
        ports,
        zombies,
        sessions,
        verdict: { kind: 'cleanable', reason: 'python' },
        serves: [],
      });
    } else {
      const text = PROTECTED_WORDS[verdict.reason];
      refused.push({ id, process: who, ports, zombies, sessions, reason: verdict.reason, text, liftable });
    }
  }
  return {
    id: `plan-${made}`,
    madeAt: new Date(now).toISOString(),
    expiresAt: new Date(now + PLAN_LIFETIME_MS).toISOString(),
    ports: snapshot.ports.map(({ port }) => port),
    targets,
    refused,
    frees: targets.reduce((sum, { zombies }) => sum + zombies, 0),
    addsGatewaySide: targets.reduce((sum, { sessions }) => sum + sessions, 0),
    settlesInMs: 0,
    graceMs: 2_000,
  };
}

/** The plan of the guide's first step: a bot without zombies too, and one that is trading. */
export function restartPlanFor(snapshot: Snapshot, includeLive: readonly string[], now: number): Plan {
  const plan = planFor(snapshot, includeLive, now);
  const idle = process(4_500, 'app.py');
  const trading: PlanRefusal = {
    id: 'refusal-4600',
    process: process(4_600, 'runner_async_eu.py'),
    ports: [7497],
    zombies: 0,
    sessions: 1,
    reason: 'live-session',
    text: PROTECTED_WORDS['live-session'],
    liftable: true,
  };
  const lifted = includeLive.includes(trading.id);
  const verdict = { kind: 'cleanable', reason: 'named-bot' } as const;
  const others = lifted ? [{ ...trading, verdict, serves: [] }] : [];
  return {
    ...plan,
    targets: [
      ...plan.targets,
      { process: idle, ports: [4002], zombies: 0, sessions: 0, verdict, serves: [] },
      ...others,
    ],
    refused: lifted ? plan.refused : [...plan.refused, trading],
    addsGatewaySide: lifted ? 1 : 0,
    graceMs: 15_000,
  };
}
