import type { Settings } from '../../shared/settings.ts';
import type { RestartState } from '../../shared/snapshot.ts';
import { durationWords } from '../../shared/wording.ts';
import { clockTimeExact, STEP_HINTS, STEP_TITLES } from '../../shared/wording-panel.ts';
import { useNow, usePanel } from '../panel-context.ts';
import { type StepView, stepProgress } from '../restart-view.ts';
import { CopyLine } from './copy-line.tsx';
import { Icon } from './icons.tsx';

/** IBC's own way to restart the Gateway, by its command server on its customary port. */
const IBC_RESTART = '(echo RESTART; sleep 1) | nc 127.0.0.1 7462';

/** One step of the guide: its mark, what it waits for now, and what can be copied for it. */
export function RestartStepRow({
  step: { step, state, at },
  restart,
  settings,
}: {
  step: StepView;
  restart: RestartState;
  settings: Settings | null;
}) {
  return (
    <li className="step" data-state={state} aria-current={state === 'now' ? 'step' : undefined}>
      <span className="step-mark">
        {state === 'done' ? <Icon name="check" size={13} /> : step}
        {state === 'done' && <span className="unseen">Done:</span>}
      </span>
      <div className="step-text">
        <b>{STEP_TITLES[step]}</b>
        {state === 'done' && at !== null && <p>Seen at {clockTimeExact(at)}</p>}
        {state === 'now' && (
          <>
            <p className="step-wait" role="status">
              {restart.waitingFor}
            </p>
            <Progress restart={restart} />
          </>
        )}
        {state !== 'done' && (state === 'now' || step > 3) && <p>{STEP_HINTS[step]}</p>}
        {state !== 'done' && <StepCommand step={step} now={state === 'now'} settings={settings} />}
      </div>
    </li>
  );
}

function Progress({ restart }: { restart: RestartState }) {
  const progress = stepProgress(restart, useNow());
  if (progress === null) return null;
  const { passedMs, ofMs } = progress;
  const over = passedMs > ofMs;
  return (
    <>
      <progress className="bar" max={ofMs} value={Math.min(passedMs, ofMs)} aria-label={STEP_TITLES[restart.step]} />
      <p>
        {durationWords(passedMs)}{' '}
        {over ? `· longer than the usual ${durationWords(ofMs)}` : `of ${durationWords(ofMs)}`}
      </p>
    </>
  );
}

function StepCommand({ step, now, settings }: { step: StepView['step']; now: boolean; settings: Settings | null }) {
  const { store } = usePanel();
  if (step === 1 && now) return <CopyLine command="sexton restart" name="the same in a terminal" />;
  if (step === 2 && now) {
    return (
      <>
        <CopyLine command={IBC_RESTART} name="IBC’s RESTART command" />
        <p>Works when IBC’s command server is on. Its port is 7462 by custom.</p>
      </>
    );
  }
  if (step !== 4 && step !== 5) return null;
  const command = step === 4 ? settings?.gatewayStartCommand : settings?.startCommand;
  const name = step === 4 ? 'the command that starts the Gateway' : 'the command that starts the bots';
  if (command !== undefined && command !== '') return <CopyLine command={command} name={name} />;
  if (!now) return null;
  return (
    <p>
      <button type="button" className="link" onClick={() => store.setState({ screen: 'settings' })}>
        Set {name}
      </button>{' '}
      to have it here to copy.
    </p>
  );
}
