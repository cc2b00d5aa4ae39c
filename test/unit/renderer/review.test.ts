import { describe, expect, it } from 'vitest';
import { emptyReview, reduceReview } from '../../../renderer/review/review.ts';
import { reviewWords } from '../../../renderer/review/review-words.ts';
import { NOW } from '../../support/panel/moments.ts';
import { planFor } from '../../support/panel/plans.ts';
import { SNAPSHOTS } from '../../support/panel/snapshots.ts';

const plan = planFor(SNAPSHOTS.warning, [], NOW);
const ready = reduceReview(emptyReview, { kind: 'planned', plan, because: 'asked', at: NOW });

describe('a review', () => {
  it('may be confirmed only when a plan is there', () => {
    expect(emptyReview.phase).toBe('asking');
    expect(ready.phase).toBe('ready');
    expect(reviewWords(ready, 'zombies').button).toBe('Stop 2 bots');
  });

  it('keeps the old list on screen, but not confirmable, while a new one is made', () => {
    const asking = reduceReview(ready, { kind: 'asking', included: [], because: 'expired' });
    expect(asking).toMatchObject({ phase: 'asking', plan });
  });

  it('says that it scanned again although nothing changed', () => {
    const again = { ...plan, id: 'another' };
    const renewed = reduceReview(ready, { kind: 'planned', plan: again, because: 'expired', at: NOW });
    expect(renewed.changed).toBe(false);
    expect(reviewWords(renewed, 'zombies').status).toMatch(/Scanned again at .*: nothing changed/);
  });

  it('says that the list changed when somebody else would be stopped', () => {
    const fewer = { ...plan, id: 'another', targets: plan.targets.slice(1) };
    const renewed = reduceReview(ready, { kind: 'planned', plan: fewer, because: 'expired', at: NOW });
    expect(renewed.changed).toBe(true);
    expect(reviewWords(renewed, 'zombies').status).toMatch(/The list changed at .*Please review it again/);
  });

  it('does not call a list changed that a person changed', () => {
    const more = planFor(SNAPSHOTS.warning, ['refusal-901'], NOW);
    const asked = reduceReview(ready, { kind: 'planned', plan: more, because: 'asked', at: NOW });
    expect(asked.changed).toBe(false);
    expect(more.targets).toHaveLength(3);
    expect(more.addsGatewaySide).toBe(1);
  });

  it('says that no bot can be stopped when all are protected', () => {
    const none = planFor(SNAPSHOTS.gatewayOwned, [], NOW);
    const review = reduceReview(emptyReview, { kind: 'planned', plan: none, because: 'asked', at: NOW });
    expect(reviewWords(review, 'zombies').title).toBe('No bot can be stopped');
  });

  it('asks to confirm each bot when only live ones are left', () => {
    const none = planFor(SNAPSHOTS.partlyCleaned, [], NOW);
    const refused = none.refused.map((refusal) => ({ ...refusal, liftable: true }));
    const review = reduceReview(emptyReview, {
      kind: 'planned',
      plan: { ...none, targets: [], refused },
      because: 'asked',
      at: NOW,
    });
    expect(reviewWords(review, 'restart')).toMatchObject({
      title: 'Confirm each bot',
      lead: expect.stringContaining('in use'),
    });
  });

  it('shows the result that the engine reports', () => {
    const result = { ok: false, message: 'What remains.', stopped: [], refused: [], remaining: 2, durationMs: 3 };
    const done = reduceReview(ready, { kind: 'done', result });
    expect(reviewWords(done, 'zombies')).toMatchObject({ title: 'Partly done', lead: 'What remains.' });
  });
});
