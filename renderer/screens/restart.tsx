import { STEP_TITLES } from '../../shared/wording-panel.ts';
import { RestartStepRow } from '../components/restart-step.tsx';
import { usePanel, usePanelState } from '../panel-context.ts';
import { guideView, STEPS } from '../restart-view.ts';

/** The guided restart: five steps, each completed by what Sexton sees. */
export function RestartScreen() {
  const { client, store } = usePanel();
  const snapshot = usePanelState((state) => state.snapshot);
  const settings = usePanelState((state) => state.settings);
  if (snapshot === null) return <p className="lead">Waiting for the first word from the watcher.</p>;
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
          Sexton leads through it and watches each step itself. It never quits or starts the Gateway for you.
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
  const view = guideView(restart);
  return (
    <div className="guide">
      <p className="lead">Sexton watches each step. Nothing is ticked by hand.</p>
      <ol className="card steps">
        {view.steps.map((step) => (
          <RestartStepRow key={step.step} step={step} restart={restart} settings={settings} />
        ))}
      </ol>
      <div className="act pair">
        <button type="button" className="button" onClick={leave}>
          {view.finished ? 'Close' : 'Cancel the guide'}
        </button>
        {view.finished ? (
          <button type="button" className="button" data-kind="main" onClick={leave}>
            Finish
          </button>
        ) : restart.step === 1 ? (
          <button
            type="button"
            className="button"
            data-kind="main"
            onClick={() => store.setState({ sheet: 'restart' })}
          >
            Stop the bots…
          </button>
        ) : (
          <button type="button" className="button" disabled>
            Waiting…
          </button>
        )}
      </div>
    </div>
  );
}
