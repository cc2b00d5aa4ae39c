import type { Plan, PlanError, PlanRefusal } from '../../../../shared/plan.ts';
import { counted } from '../../../../shared/words/format.ts';
import { includeWarning, planErrorWords } from '../../../../shared/words/plan.ts';
import type { Engine } from '../../../engine/api.ts';
import { confirm } from '../../kit/confirm.ts';
import { withProgress } from '../../kit/progress.ts';
import type { Io } from '../../screen/io.ts';
import { paragraph } from '../../screen/paint.ts';
import { planView } from '../../views/plan.ts';
import { resultView } from '../../views/result.ts';

/**
 * Stops the bots in the first step of the guided restart: a person confirms each live bot, then the plan as a whole. If the plan
 * has expired by then, Sexton makes a new one and asks again.
 */
export async function stopBots(engine: Engine, io: Io): Promise<void> {
  const { out } = io;
  const say = (words: string) => out.lines(paragraph(words, 'warning', out.paper()));
  const first = await engine.plan({ purpose: 'restart', includeLive: [] });
  if (!first.ok) return say(errorWords(first.error));
  const include = await confirmLive(first.value, io);
  for (;;) {
    const planned = await engine.plan({ purpose: 'restart', includeLive: include });
    if (!planned.ok) return say(errorWords(planned.error));
    const plan = planned.value;
    out.lines([...planView(plan, out.paper()), []]);
    if (plan.targets.length === 0) return;
    if (!(await confirm(`Stop ${counted(plan.targets.length, 'bot')}?`, out, io))) return;
    const work = engine.clean(plan.id, 'user');
    const cleaned = await withProgress('Stopping the bots and verifying…', out, work);
    if (cleaned.ok) return out.lines([...resultView(cleaned.value, out.paper()), []]);
    if (cleaned.error.code !== 'plan-expired') return say(errorWords(cleaned.error));
    out.write('More than 10 s have passed, so Sexton scanned again. The new plan:\n\n');
  }
}

/** Asks about each bot that may be in use; returns the pids a person includes. */
async function confirmLive({ refused }: Plan, io: Io): Promise<number[]> {
  const include: number[] = [];
  for (const refusal of refused.filter(({ liftable }) => liftable)) {
    io.out.lines(paragraph(`! ${includeWarning(refusal)}`, 'critical', io.out.paper()));
    if (await confirm(question(refusal), io.out, io)) include.push(refusal.process.pid);
  }
  return include;
}

function question({ process }: PlanRefusal): string {
  return `Stop ${process.name} (pid ${process.pid}) anyway?`;
}

function errorWords(error: PlanError): string {
  const { title, text } = planErrorWords(error);
  return `${title}. ${text}`;
}
