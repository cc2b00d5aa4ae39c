import { useState } from 'react';
import type { Plan, PlanRefusal, PlanTarget } from '../../shared/plan.ts';
import { clockTimeExact, counted } from '../../shared/words/format.ts';
import { gatewaySideWarning, includeWarning, refusalBadge, servesWords } from '../../shared/words/plan.ts';
import { Icon } from '../frame/icons.tsx';
import { VerdictBadge } from '../owners/owner-row.tsx';
import type { Review } from './review.ts';
import { processKey, type ReviewActions } from './use-review.ts';

/** The two lists of a plan: who will be stopped and who will not be touched. */
export function ReviewPlan({ review, plan, actions }: { review: Review; plan: Plan; actions: ReviewActions }) {
  const busy = review.phase !== 'ready';
  return (
    <div aria-busy={busy} className="review" data-busy={busy}>
      {plan.addsGatewaySide > 0 && (
        <p className="banner" data-tone="warning">
          <span className="banner-icon">
            <Icon name="warning" />
          </span>
          <span className="banner-text">{gatewaySideWarning(plan.addsGatewaySide)}</span>
        </p>
      )}
      {plan.targets.length > 0 && (
        <>
          <h3 className="list-title">Will be stopped</h3>
          <ul className="card rows">
            {plan.targets.map((target) => (
              <TargetRow key={processKey(target.process)} target={target} review={review} actions={actions} />
            ))}
          </ul>
        </>
      )}
      {plan.refused.length > 0 && (
        <>
          <h3 className="list-title">Will be left alone</h3>
          <ul className="card rows">
            {plan.refused.map((refusal) => (
              <RefusalRow key={refusal.id} refusal={refusal} busy={busy} onInclude={() => actions.include(refusal)} />
            ))}
          </ul>
        </>
      )}
    </div>
  );
}

function TargetRow({ target, review, actions }: { target: PlanTarget; review: Review; actions: ReviewActions }) {
  const { process, zombies, sessions } = target;
  const serves = servesWords(target);
  const key = processKey(process);
  const included = review.included.some((one) => one.key === key);
  return (
    <li className="row">
      <div className="row-face">
        <span className="row-icon">
          <Icon name="bot" />
        </span>
        <span className="row-text">
          <b>{process.name}</b>
          <span className="row-detail">
            pid {process.pid} · started {clockTimeExact(process.startedAt)}
          </span>
          {sessions > 0 && <span className="row-detail danger">Ends {counted(sessions, 'live session')}</span>}
          {serves !== '' && <span className="row-detail wrap">{serves}</span>}
        </span>
        <span className="row-side">
          <span className="row-count">
            {zombies}
            <span className="unseen"> connections, </span>
          </span>
          <span className="badge verdict" data-word={sessions > 0 ? 'Stop live' : 'Stop'}>
            Stop
          </span>
        </span>
      </div>
      {included && (
        <p className="row-foot">
          <button
            type="button"
            className="link"
            disabled={review.phase !== 'ready'}
            onClick={() => actions.exclude(key)}
          >
            Leave it running<span className="unseen"> ({process.name})</span>
          </button>
        </p>
      )}
    </li>
  );
}

function RefusalRow({ refusal, busy, onInclude }: { refusal: PlanRefusal; busy: boolean; onInclude: () => void }) {
  const [asking, setAsking] = useState(false);
  return (
    <li className="row">
      <div className="row-face">
        <span className="row-icon">
          <Icon name={refusal.reason === 'live-session' ? 'pulse' : 'shield'} />
        </span>
        <span className="row-text">
          <b>{refusal.process.name}</b>
          <span className="row-detail wrap">{refusal.text}</span>
        </span>
        <span className="row-side">
          <span className="row-count">
            {refusal.zombies}
            <span className="unseen"> connections, </span>
          </span>
          <VerdictBadge word={refusalBadge(refusal)} />
        </span>
      </div>
      {refusal.liftable && !asking && (
        <p className="row-foot">
          <button type="button" className="link" disabled={busy} onClick={() => setAsking(true)}>
            Stop it too…<span className="unseen"> ({refusal.process.name})</span>
          </button>
        </p>
      )}
      {refusal.liftable && asking && (
        <div className="row-foot ask">
          <p role="alert">{includeWarning(refusal)}</p>
          <div className="pair">
            <button type="button" className="button small" onClick={() => setAsking(false)}>
              Leave it running
            </button>
            <button type="button" className="button small" data-kind="stop" disabled={busy} onClick={onInclude}>
              Stop it too
            </button>
          </div>
        </div>
      )}
    </li>
  );
}
