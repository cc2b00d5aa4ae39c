import type { RestartBot, RestartState } from '../../shared/snapshot.ts';
import { clockTimeExact, counted } from '../../shared/words/format.ts';
import { STEP_TITLES } from '../../shared/words/restart.ts';
import { verdictBadge } from '../../shared/words/verdict.ts';
import { CopyLine } from '../frame/copy-line.tsx';
import { Icon } from '../frame/icons.tsx';
import { VerdictBadge } from '../owners/owner-row.tsx';
import { useNow } from '../panel-context.ts';
import { type StepView, stepProgress } from './steps.ts';

/** One step of the guided restart: its mark and, while it is the current one, what it waits for and what helps. */
export function RestartStepRow({ step: { step, state, at }, restart }: { step: StepView; restart: RestartState }) {
  return (
    <li className="step" data-state={state} aria-current={state === 'now' ? 'step' : undefined}>
      <span className="step-mark">
        {state === 'done' ? <Icon name="check" size={13} /> : step}
        {state === 'done' && <span className="unseen">Done:</span>}
      </span>
      <div className="step-text">
        <b>{STEP_TITLES[step]}</b>
        {state === 'done' && at !== null && <p>Done at {clockTimeExact(at)}</p>}
        {state === 'now' && <CurrentStep restart={restart} />}
      </div>
    </li>
  );
}

function CurrentStep({ restart }: { restart: RestartState }) {
  const progress = stepProgress(restart, useNow());
  return (
    <>
      <p className="step-wait">{restart.waitingFor}</p>
      {progress !== null && <progress className="bar" value={progress} aria-label={STEP_TITLES[restart.step]} />}
      {restart.bots !== undefined && (
        <ul className="step-bots" aria-label="Bots that are still running">
          {restart.bots.map((bot) => (
            <BotLine key={`${bot.process.pid}@${bot.process.startedAt}`} bot={bot} />
          ))}
        </ul>
      )}
      {restart.help?.map(({ text, command }) => (
        <div className="step-help" key={text}>
          <p>{text}</p>
          {command !== null && <CopyLine command={command} name={command} />}
        </div>
      ))}
    </>
  );
}

function BotLine({ bot: { process, folder, sessions, verdict } }: { bot: RestartBot }) {
  return (
    <li>
      <span className="row-text">
        <b>{process.name}</b>
        <span className="row-detail">
          pid {process.pid}
          {folder !== null && ` · ${folder}`}
          {sessions > 0 && ` · ${counted(sessions, 'live session')}`}
        </span>
      </span>
      <VerdictBadge word={verdict.kind === 'cleanable' ? 'Can stop' : verdictBadge(verdict)} />
    </li>
  );
}
