import type { Plan, PlanRefusal, PlanTarget } from '../../../shared/plan.ts';
import { SETTLE_MS } from '../../../shared/settings/settings.ts';
import { clockTimeExact, counted, durationWords } from '../../../shared/words/format.ts';
import { gatewaySideWarning, refusalBadge, servesWords } from '../../../shared/words/plan.ts';
import { type Line, type Paper, paragraph, span } from '../screen/paint.ts';
import { processList } from './owners.ts';
import { spaced } from './snapshot.ts';

/** A plan for the person who must confirm it: what will be stopped, what will not and why, and the consequences. */
export function planView(plan: Plan, paper: Pick<Paper, 'columns'>): Line[] {
  return spaced([introduction(plan, paper), targets(plan, paper), refusals(plan, paper), warnings(plan, paper)]);
}

/** The question that confirms a plan: "Stop 2 bots and free 4 connections?" */
export function planQuestion({ targets: { length }, frees }: Plan): string {
  return `Stop ${counted(length, 'bot')} and free ${counted(frees, 'connection')}?`;
}

function introduction(plan: Plan, paper: Pick<Paper, 'columns'>): Line[] {
  if (plan.targets.length === 0) return [[span('There is no bot to stop.', 'strong')]];
  return [
    [
      span(
        `Would stop ${counted(plan.targets.length, 'bot')} and free ${counted(plan.frees, 'connection')}.`,
        'strong',
      ),
    ],
    ...paragraph(
      `Each gets SIGTERM, and SIGKILL only if it is still running after ${durationWords(plan.graceMs)}. Sexton checks everything again right before each signal.`,
      'quiet',
      paper,
    ),
  ];
}

function portWords(ports: readonly number[]): string {
  return ports.join(', ');
}

function targetSessions({ sessions }: PlanTarget): string {
  return sessions === 0 ? '' : `Ends ${counted(sessions, 'live session')}.`;
}

function targets(plan: Plan, paper: Pick<Paper, 'columns'>): Line[] {
  if (plan.targets.length === 0) return [];
  return [
    [span('WILL BE STOPPED', 'quiet')],
    ...processList(
      plan.targets.map((target) => ({
        count: target.zombies,
        process: target.process,
        badge: 'Stop',
        tone: 'warning',
        below: [
          [
            'quiet',
            `pid ${target.process.pid} · ${portWords(target.ports)} · started ${clockTimeExact(target.process.startedAt)}`,
          ],
          ['quiet', target.process.commandLine],
          ['critical', targetSessions(target)],
          ['warning', servesWords(target)],
        ],
      })),
      paper,
    ),
  ];
}

function howToInclude({ liftable, process }: PlanRefusal): string {
  return liftable ? `To stop it anyway: sexton clean --include ${process.pid}` : '';
}

function refusals(plan: Plan, paper: Pick<Paper, 'columns'>): Line[] {
  if (plan.refused.length === 0) return [];
  return [
    [span('WILL NOT BE TOUCHED', 'quiet')],
    ...processList(
      plan.refused.map((refusal) => ({
        count: refusal.zombies,
        process: refusal.process,
        badge: refusalBadge(refusal),
        tone: refusal.liftable ? 'clear' : 'quiet',
        below: [
          ['quiet', `pid ${refusal.process.pid} · ${portWords(refusal.ports)}`],
          ['plain', refusal.text],
          ['quiet', howToInclude(refusal)],
        ],
      })),
      paper,
    ),
  ];
}

function warnings(plan: Plan, paper: Pick<Paper, 'columns'>): Line[] {
  const lines: Line[] = [];
  if (plan.addsGatewaySide > 0)
    lines.push(...paragraph(`! ${gatewaySideWarning(plan.addsGatewaySide)}`, 'critical', paper));
  if (plan.settlesInMs > 0) {
    lines.push(
      ...paragraph(
        `Sexton acts on a connection once it is ${durationWords(SETTLE_MS)} old, in another ${durationWords(Math.max(1_000, plan.settlesInMs))}.`,
        'quiet',
        paper,
      ),
    );
  }
  return lines;
}
