import { type ReactNode, useEffect, useRef } from 'react';
import { planErrorWords } from '../../shared/words/plan.ts';
import { ResultRows } from '../home/result-card.tsx';
import { usePanel } from '../panel-context.ts';
import { ReviewPlan } from './review-plan.tsx';
import { reviewWords } from './review-words.ts';
import { useReview } from './use-review.ts';

/** How long the button does nothing after the list was renewed and changed, in ms: a click may already be on its way. */
const STEADY_MS = 800;

/** The review before anything is stopped: who would be, who would not and why. Enter cancels. */
export function ReviewSheet({ purpose }: { purpose: 'zombies' | 'restart' }) {
  const { store, clock } = usePanel();
  const [review, actions] = useReview(purpose);
  const dialog = useRef<HTMLDialogElement>(null);
  const cancel = useRef<HTMLButtonElement>(null);
  const close = () => store.setState({ sheet: null });

  useEffect(() => {
    const opener = document.activeElement;
    dialog.current?.showModal();
    cancel.current?.focus();
    return () => {
      if (opener instanceof HTMLElement && opener.isConnected) opener.focus();
    };
  }, []);

  const { phase, plan } = review;
  const words = reviewWords(review, purpose);
  const stops = phase === 'ready' && plan !== null && plan.targets.length > 0;
  const nobody = phase !== 'asking' && plan !== null && plan.targets.length === 0;
  const confirm = () => {
    if (review.changed && review.renewedAt !== null && clock.now() - review.renewedAt < STEADY_MS) return;
    actions.confirm();
  };

  return (
    <dialog className="sheet" ref={dialog} aria-labelledby="sheet-title" aria-describedby="sheet-lead" onClose={close}>
      <SheetParts
        head={
          <>
            <h2 id="sheet-title">{words.title}</h2>
            <p id="sheet-lead" className="soft">
              {words.lead}
            </p>
          </>
        }
        foot={
          <>
            <div className="sheet-status" role="status" data-changed={review.changed}>
              {words.status}
            </div>
            <div className="act pair">
              <button type="button" className="button" ref={cancel} onClick={() => dialog.current?.close()}>
                {phase === 'done' ? 'Done' : phase === 'running' || nobody ? 'Close' : 'Cancel'}
              </button>
              {phase === 'failed' || phase === 'lost' ? (
                <button type="button" className="button" data-kind="main" onClick={actions.again}>
                  Scan again
                </button>
              ) : (
                phase !== 'done' &&
                !nobody && (
                  <button type="button" className="button" data-kind="stop" disabled={!stops} onClick={confirm}>
                    {phase === 'running' && <span className="spinner" aria-hidden="true" />} {words.button}
                  </button>
                )
              )}
            </div>
          </>
        }
      >
        {phase === 'done' && review.result !== null && (
          <div className="card">
            <ResultRows result={review.result} />
          </div>
        )}
        {phase === 'failed' && review.error !== null && <p className="lead">{planErrorWords(review.error).text}</p>}
        {(phase === 'asking' || phase === 'ready' || phase === 'running') && plan !== null && (
          <ReviewPlan review={review} plan={plan} actions={actions} />
        )}
      </SheetParts>
    </dialog>
  );
}

function SheetParts({ head, children, foot }: { head: ReactNode; children: ReactNode; foot: ReactNode }) {
  const { height } = usePanel();
  return (
    <>
      <div className="sheet-head" ref={height.sheetPart}>
        {head}
      </div>
      <div className="sheet-body">
        <div className="sheet-content" ref={height.sheetPart}>
          {children}
        </div>
      </div>
      <div className="sheet-foot" ref={height.sheetPart}>
        {foot}
      </div>
    </>
  );
}
