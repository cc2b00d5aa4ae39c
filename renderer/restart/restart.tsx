import type { RestartState } from '../../shared/snapshot.ts';
import { STEP_TITLES } from '../../shared/words/restart.ts';
import { Banner } from '../frame/banner.tsx';
import { Icon } from '../frame/icons.tsx';
import { usePanel, usePanelState } from '../panel-context.ts';
import { RestartStepRow } from './restart-step.tsx';
import { guideAction, guideView, STEPS } from './steps.ts';

/** The guided restart: five steps, each completed by what Sexton sees. */
export function RestartScreen() {
  const { client, store } = usePanel();
  const snapshot = usePanelState((state) => state.snapshot);
  if (snapshot === null) return <p className="lead">Waiting for the first scan.</p>;
  const { restart } = snapshot;
  const leave = () => {
    client.restart.cancel().catch(() => {});
    store.setState({ screen: 'home' });
  };
  if (restart === null) {
    return (
      <div className="guide">
        <p className="lead">
          {snapshot.advice.kind === 'restart' ? `${snapshot.advice.text} ` : ''}
          Sexton takes you through it and checks each step itself. It never quits or starts the Gateway for you.
        </p>
        <ol className="card steps">
          {STEPS.map((step) => (
            <li className="step" data-state="later" key={step}>
              <span className="step-mark">{step}</span>
              <div className="step-text">
                <b>{STEP_TITLES[step]}</b>
              </div>
            </li>
          ))}
        </ol>
        <div className="act pair">
          <button type="button" className="button" onClick={() => store.setState({ screen: 'home' })}>
            Not now
          </button>
          <button
            type="button"
            className="button"
            data-kind="main"
            onClick={() => void client.restart.start().catch(() => {})}
          >
            Start
          </button>
        </div>
      </div>
    );
  }
  return <Guide restart={restart} onLeave={leave} />;
}

function Guide({ restart, onLeave }: { restart: RestartState; onLeave: () => void }) {
  const { client, store } = usePanel();
  const { steps, finished } = guideView(restart);
  const action = guideAction(restart);
  const advance = () => void client.restart.advance().catch(() => {});
  return (
    <div className="guide">
      <p className="lead">
        {finished ? restart.waitingFor : 'Sexton checks each step itself, and tells you if one reverts.'}
      </p>
      {restart.notice !== undefined && (
        <Banner tone="warning" icon={<Icon name="warning" />} title="A step was reverted.">
          {restart.notice}
        </Banner>
      )}
      <ol className="card steps">
        {steps.map((step) => (
          <RestartStepRow key={step.step} step={step} restart={restart} />
        ))}
      </ol>
      <StepVoice restart={restart} />
      <div className="act pair">
        {action !== 'finish' && (
          <button type="button" className="button" onClick={onLeave}>
            Cancel guided restart
          </button>
        )}
        {action === 'finish' && (
          <button type="button" className="button" data-kind="main" onClick={onLeave}>
            Finish
          </button>
        )}
        {action === 'stop-bots' && (
          <button
            type="button"
            className="button"
            data-kind="main"
            onClick={() => store.setState({ sheet: 'restart' })}
          >
            Stop the bots…
          </button>
        )}
        {action === 'go-on' && (
          <button type="button" className="button" data-kind="main" onClick={advance}>
            {restart.goOn}
          </button>
        )}
        {action === 'wait' && (
          <button type="button" className="button" disabled>
            Waiting…
          </button>
        )}
      </div>
      {action === 'stop-bots' && restart.goOn !== undefined && (
        <p className="act-note">
          <button type="button" className="link" onClick={advance}>
            {restart.goOn}
          </button>
        </p>
      )}
    </div>
  );
}

/** Announces each step once when it begins; the counts inside it change too often to be read out. */
function StepVoice({ restart }: { restart: RestartState }) {
  const { finished } = guideView(restart);
  return (
    <p className="unseen" role="status">
      {finished ? restart.waitingFor : `Step ${restart.step} of 5: ${STEP_TITLES[restart.step]}`}
    </p>
  );
}
