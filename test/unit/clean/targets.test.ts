import { beforeEach, describe, expect, it } from 'vitest';
import type { Proof } from '../../../electron/engine/clean/proof.ts';
import { type Answer, judgeTargets, whyNotSent } from '../../../electron/engine/clean/signal/targets.ts';
import { SETTLE_MS } from '../../../shared/settings/settings.ts';
import { LEFT_ALONE } from '../../../shared/words/clean.ts';
import { Cleaner } from './cleaning.ts';
import { Machine } from './machine.ts';

const BOT = 4312;
let machine: Machine;
let cleaner: Cleaner;
let judged: (proof: Proof) => Answer | undefined;

/** Plans for the bot's one zombie; `judged` then asks whether it may be signalled on a later proof. */
beforeEach(async () => {
  machine = new Machine();
  cleaner = new Cleaner(machine);
  machine.zombie(machine.bot(BOT));
  const { targets, purpose } = await cleaner.plan();
  const [target] = targets;
  if (!target) throw new Error('no target');
  judged = (proof) => judgeTargets([target], proof, purpose).get(target);
});

async function proof(): Promise<Proof> {
  const read = await cleaner.prove();
  if (!read.ok) throw new Error('blind');
  return read.value;
}

describe('a planned target, on a later proof', () => {
  it('is still a target while nothing has changed', async () => {
    expect(judged(await proof())).toEqual({ kind: 'target' });
  });

  it.each([
    [SETTLE_MS, 'target'],
    [SETTLE_MS - 1, 'nothing-left'],
  ])('whose zombie is %i ms old is %s, although the clean should have waited', async (ageMs, kind) => {
    const seen = await proof();
    const zombies = seen.zombies.map((zombie) => ({ ...zombie, ageMs }));
    expect(judged({ ...seen, zombies })?.kind).toBe(kind);
  });

  it.each([
    ['another start', { startToken: 'later' }],
    ['another program', { executable: '/usr/bin/python3.99' }],
  ])('is refused with %s, although that is a bot too', async (_, about) => {
    machine.change(BOT, about);
    expect(judged(await proof())).toEqual({ kind: 'refused', why: { code: 'changed', reason: LEFT_ALONE.changed } });
  });

  it.each([
    ['has ended', () => machine.end(BOT)],
    ['is only a corpse', () => machine.end(BOT, true)],
  ])('is dropped without a refusal when it %s', async (_, happens) => {
    happens();
    expect(judged(await proof())).toEqual({ kind: 'nothing-left' });
  });
});

describe('the reason of a signal that did not reach its process', () => {
  it.each([
    [{ kind: 'replaced' }, { code: 'replaced', reason: LEFT_ALONE.replaced }],
    [{ kind: 'not-permitted' }, { code: 'not-permitted', reason: LEFT_ALONE['not-permitted'] }],
    [
      { kind: 'withheld', detail: '' },
      { code: 'too-slow', reason: LEFT_ALONE['too-slow'] },
    ],
    [
      { kind: 'failed', detail: 'EINVAL' },
      { code: 'signal-failed', reason: 'The signal failed: EINVAL.' },
    ],
    [{ kind: 'gone' }, null],
    [{ kind: 'sent' }, null],
  ] as const)('%o', (outcome, why) => {
    expect(whyNotSent(outcome)).toEqual(why);
  });
});
