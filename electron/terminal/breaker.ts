import type { BreakerState } from '../../shared/snapshot.ts';
import type { BreakerStore } from '../engine/connect/breaker-store.ts';
import { addCommand, addGroup, type Register } from './command.ts';
import type { Context } from './context.ts';
import { withEngine } from './engines.ts';
import { paragraph } from './paint.ts';
import { breakerLine, breakerTone } from './protection-view.ts';

/** Why a breaker that a person opened is open. */
const BY_COMMAND = 'by hand, in the terminal';

/** Runs one step on the shared breaker and shows how it stands afterwards; 1 when its file could not be read or written. */
function steer(context: Context, step: (breaker: BreakerStore) => Promise<BreakerState>): Promise<void> {
  return withEngine(context, { ports: [] }, async ({ breaker, breakerProblems }) => {
    const { out, err, now } = context.io;
    const state = await step(breaker);
    out.lines(paragraph(breakerLine('Circuit breaker', state, now()), breakerTone(state), out.paper()));
    for (const { path, detail, code } of breakerProblems) {
      err.lines(paragraph(`sexton: ${path}: ${code}, ${detail}`, 'warning', err.paper()));
    }
    return breakerProblems.length === 0 ? 0 : 1;
  });
}

/** `sexton breaker status|reset|open`: the breaker that guards share with the app. */
export const registerBreaker: Register = (program, context) => {
  const group = addGroup(program, { name: 'breaker', summary: 'show or steer the circuit breaker of guarded bots' });
  addCommand(group, {
    name: 'status',
    summary: 'show whether guarded bots may connect',
    details: ['Exit code: 0.'],
    examples: [['sexton breaker status', 'its state, its failures and when it tries again']],
  }).action(() => steer(context, (breaker) => breaker.refresh()));
  addCommand(group, {
    name: 'reset',
    summary: 'let guarded bots connect again',
    details: ['Forgets the failures and ends a hold. Exit code: 0.'],
    examples: [['sexton breaker reset', 'after the Gateway was restarted']],
  }).action(() => steer(context, (breaker) => breaker.reset()));
  addCommand(group, {
    name: 'open',
    summary: 'hold guarded bots back until you reset it',
    details: ['Bots that are connected stay so. Exit code: 0.'],
    examples: [['sexton breaker open', 'before work on the Gateway']],
  }).action(() => steer(context, (breaker) => breaker.hold(BY_COMMAND)));
};
