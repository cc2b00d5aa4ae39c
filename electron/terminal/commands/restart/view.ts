import { isLiftable } from '../../../../shared/liftable.ts';
import type { RestartBot, RestartState, RestartStep } from '../../../../shared/snapshot.ts';
import { clockTimeExact, counted } from '../../../../shared/words/format.ts';
import { STEP_TITLES } from '../../../../shared/words/restart.ts';
import { verdictSentence } from '../../../../shared/words/verdict.ts';
import { type Line, type Paper, paragraph, span } from '../../screen/paint.ts';
import { processList } from '../../views/owners.ts';
import { spaced } from '../../views/snapshot.ts';

const STEPS: readonly RestartStep[] = [1, 2, 3, 4, 5];

/** What a key does. */
export type GuideKey = 'stop' | 'go-on' | 'cancel' | 'leave';

/** The keys that work now, with their labels. Stopping is offered only if some bot's verdict allows it. */
export function keysFor(
  restart: RestartState | null,
): readonly (readonly [key: string, does: GuideKey, words: string])[] {
  if (restart === null || isDone(restart)) return [['q', 'leave', 'close']];
  const mayStop = (restart.bots ?? []).some(({ verdict }) => verdict.kind === 'cleanable' || isLiftable(verdict));
  return [
    ...(mayStop ? [['s', 'stop', 'stop the bots…'] as const] : []),
    ...(restart.goOn === undefined ? [] : [['g', 'go-on', restart.goOn] as const]),
    ['x', 'cancel', 'cancel the guided restart'],
    ['q', 'leave', 'leave it running and come back later'],
  ];
}

/** Are all steps done? */
export function isDone({ steps }: RestartState): boolean {
  return steps.every(({ done }) => done);
}

/** The guided restart for a person: its five steps, what the current one waits for, and what helps with it. */
export function guideLines(restart: RestartState | null, { columns }: Pick<Paper, 'columns'>): Line[] {
  if (restart === null) return [[span('No guided restart is running.', 'quiet')]];
  const done = isDone(restart);
  const lines = STEPS.flatMap((step) => {
    const { done: stepDone, at } = restart.steps[step - 1] ?? { done: false, at: null };
    const now = !done && step === restart.step;
    const mark = stepDone ? '✓' : now ? '▸' : ' ';
    const seen = at === null ? '' : `  seen at ${clockTimeExact(at)}`;
    const title: Line = [
      span(`${mark} ${step}  `, stepDone ? 'clear' : now ? 'accent' : 'quiet'),
      span(STEP_TITLES[step], now ? 'strong' : 'plain'),
      span(seen, 'quiet'),
    ];
    return now ? [title, ...stepLines(restart, columns)] : [title];
  });
  return done ? spaced([lines, paragraph(restart.waitingFor, 'clear', { columns })]) : lines;
}

function stepLines(restart: RestartState, columns: number): Line[] {
  const paper = { columns };
  const indent = 5;
  return [
    ...(restart.notice === undefined ? [] : paragraph(`! ${restart.notice}`, 'warning', paper, indent)),
    ...paragraph(restart.waitingFor, 'plain', paper, indent),
    ...botLines(restart.bots ?? [], columns),
    ...(restart.help ?? []).flatMap(({ text, command }) => [
      ...paragraph(text, 'quiet', paper, indent),
      // People copy the whole command, so it is never wrapped.
      ...(command === null ? [] : [[span(`${' '.repeat(indent + 2)}${command}`, 'accent')]]),
    ]),
  ];
}

function botLines(bots: readonly RestartBot[], columns: number): Line[] {
  if (bots.length === 0) return [];
  return processList(
    bots.map(({ process, folder, sessions, verdict }) => ({
      count: sessions,
      process,
      badge:
        verdict.kind === 'cleanable' ? 'Can stop' : verdict.reason === 'live-session' ? 'Live session' : 'Protected',
      tone: verdict.kind === 'cleanable' ? 'accent' : verdict.reason === 'live-session' ? 'clear' : 'quiet',
      below: [
        ['quiet', `pid ${process.pid}${folder === null ? '' : ` · ${folder}`} · ${counted(sessions, 'live session')}`],
        ['plain', verdict.kind === 'cleanable' ? '' : verdictSentence(verdict)],
      ],
    })),
    { columns },
  );
}

/** The guided restart in one line, for a file or pipe. */
export function guideLine(restart: RestartState | null): Line {
  if (restart === null) return [span('The guided restart was cancelled.')];
  const notice = restart.notice === undefined ? '' : `${restart.notice} `;
  return [span(`Step ${restart.step} of 5, ${STEP_TITLES[restart.step]}: ${notice}${restart.waitingFor}`)];
}
