import type { BreakerState } from '../../shared/snapshot.ts';
import { BREAKER_WORDS, breakerSentence } from '../../shared/words/breaker.ts';
import { useNow, usePanel } from '../panel-context.ts';

/** The worst circuit breaker of guarded connects (its reason names the port), with what a person may do about it; and the bots' own, if they report it. */
export function BreakerCard({ breaker, bots }: { breaker: BreakerState; bots: BreakerState | null }) {
  const { client } = usePanel();
  const now = useNow();
  const ask = (wish: () => Promise<void>) => () => void wish().catch(() => {});
  const resets = breaker.state === 'held' || breaker.state === 'open' || breaker.state === 'half_open';
  return (
    <section className="card tile" aria-labelledby="breaker-title">
      <h2 id="breaker-title">Circuit breaker</h2>
      <p className="tile-word" data-state={breaker.state}>
        {BREAKER_WORDS[breaker.state]}
      </p>
      <Pips breaker={breaker} />
      <p className="tile-text">{breakerSentence(breaker, now)}</p>
      {resets && breaker.reason !== null && <p className="tile-text">{breaker.reason}</p>}
      {bots !== null && (
        <p className="tile-text">
          Bots’ own: <b>{BREAKER_WORDS[bots.state]}</b>
          {bots.state === 'open' && `, ${breakerSentence(bots, now).toLowerCase()}`}
        </p>
      )}
      <p className="tile-actions">
        {resets && (
          <button type="button" className="link" title="On every port" onClick={ask(client.breaker.reset)}>
            Reset
          </button>
        )}
        {breaker.state !== 'held' && (
          <button type="button" className="link" title="On every port" onClick={ask(client.breaker.hold)}>
            Hold open
          </button>
        )}
      </p>
    </section>
  );
}

/** The most pips that are still distinguishable; above this, only the sentence gives the number. */
const MOST_PIPS = 10;

function Pips({ breaker }: { breaker: BreakerState }) {
  const count = Math.min(MOST_PIPS, Math.max(1, breaker.threshold));
  const full = breaker.state === 'open' || breaker.state === 'held';
  const lit = full ? count : Math.round((breaker.failures / Math.max(1, breaker.threshold)) * count);
  return (
    <div className="pips" data-state={breaker.state} aria-hidden="true">
      {Array.from({ length: count }, (_, place) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a pip is nothing but its place
        <span key={place} className="pip" data-lit={place < lit} />
      ))}
    </div>
  );
}
