import type { CleanResult, CleanupState } from '../../shared/snapshot.ts';
import { agoWords, durationWords } from '../../shared/words/format.ts';
import { stoppedWords } from '../../shared/words/plan.ts';
import { Icon } from '../frame/icons.tsx';
import { useNow, usePanel, usePanelState } from '../panel-context.ts';

/** How long the result of a complete clean is shown, in ms; one that left something stays until it is closed. */
const SHOWN_MS = 120_000;

/** What the last clean did, shown until a person closes it. */
export function ResultCard({ cleanup }: { cleanup: Extract<CleanupState, { kind: 'done' }> }) {
  const { store } = usePanel();
  const closed = usePanelState((state) => state.closedResult);
  const now = useNow(5_000);
  const over = cleanup.result.ok && now - Date.parse(cleanup.at) > SHOWN_MS;
  if (closed === cleanup.at || over) return null;
  const by = cleanup.by === 'auto' ? 'Automatic cleaning, ' : cleanup.by === 'guard' ? 'sexton guard, ' : '';
  return (
    <section className="card result" aria-labelledby="result-title">
      <div className="result-head">
        <ResultIcon ok={cleanup.result.ok} />
        <div className="result-text">
          <h2 id="result-title">{cleanup.result.message}</h2>
          <p className="soft">
            {by}
            {agoWords(cleanup.at, now)} · took {durationWords(cleanup.result.durationMs)}
          </p>
        </div>
        <button
          type="button"
          className="icon-button"
          aria-label="Close the result"
          onClick={() => store.setState({ closedResult: cleanup.at })}
        >
          <Icon name="close" size={14} />
        </button>
      </div>
      {!cleanup.result.ok && <ResultRows result={cleanup.result} />}
    </section>
  );
}

/** The mark of a result: all is free, or something is left. */
export function ResultIcon({ ok }: { ok: boolean }) {
  return (
    <span className="result-icon" data-ok={ok}>
      {ok ? <Icon name="check" size={14} /> : <Icon name="warning" size={14} />}
    </span>
  );
}

/** Each process of a result: stopped and how, or refused and why. */
export function ResultRows({ result }: { result: CleanResult }) {
  return (
    <ul className="rows">
      {result.stopped.map(({ pid, name, signal }) => (
        <li className="row" key={`stopped ${pid}`}>
          <div className="row-face">
            <span className="row-icon" data-good="true">
              <Icon name="check" />
            </span>
            <span className="row-text">
              <b>{name}</b>
              <span className="row-detail">
                pid {pid} · {stoppedWords(signal)}
              </span>
            </span>
          </div>
        </li>
      ))}
      {result.refused.map(({ pid, name, reason }) => (
        <li className="row" key={`refused ${pid}`}>
          <div className="row-face">
            <span className="row-icon">
              <Icon name="shield" />
            </span>
            <span className="row-text">
              <b>{name}</b>
              <span className="row-detail wrap">
                pid {pid} · left alone: {reason}
              </span>
            </span>
          </div>
        </li>
      ))}
    </ul>
  );
}
