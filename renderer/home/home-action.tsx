import { totalZombies } from '../../shared/severity.ts';
import type { Snapshot } from '../../shared/snapshot.ts';
import { counted } from '../../shared/words/format.ts';
import { gatewayName } from '../../shared/words/snapshot.ts';
import { usePanel } from '../panel-context.ts';
import { type HomeAction, homeActions } from './home-view.ts';

/** What a person can do now: one button, and the other remedy as a quiet line. */
export function HomeActions({ snapshot }: { snapshot: Snapshot }) {
  const { first, second } = homeActions(snapshot);
  if (first === null && second === null) return null;
  return (
    <div className="act">
      {first !== null && <FirstAction action={first} />}
      {second !== null && <SecondAction action={second} snapshot={snapshot} />}
    </div>
  );
}

function FirstAction({ action }: { action: HomeAction }) {
  const { store } = usePanel();
  const openReview = () => store.setState({ sheet: 'zombies' });
  switch (action.kind) {
    case 'cleaning':
      return (
        <button type="button" className="button" disabled>
          <span className="spinner" aria-hidden="true" /> Cleaning…
        </button>
      );
    case 'blind':
      return (
        <>
          <button type="button" className="button" disabled>
            Clean
          </button>
          <button
            type="button"
            className="link centred"
            onClick={() => store.setState({ screen: 'settings', settingsTab: 'doctor' })}
          >
            What can I do?
          </button>
        </>
      );
    case 'clean':
      return (
        <button type="button" className="button" data-kind="main" onClick={openReview}>
          Clean {counted(action.connections, 'connection')}…
        </button>
      );
    case 'review':
      return (
        <button type="button" className="button" onClick={openReview}>
          Review {counted(action.connections, 'connection')}…
        </button>
      );
    case 'restart':
      return <RestartButton label="Start the guided restart" />;
    case 'continue-restart':
      return <RestartButton label={`Continue the guided restart · step ${action.step} of 5`} />;
  }
}

function RestartButton({ label }: { label: string }) {
  const { store } = usePanel();
  return (
    <button type="button" className="button" data-kind="main" onClick={() => store.setState({ screen: 'restart' })}>
      {label}
    </button>
  );
}

function SecondAction({ action, snapshot }: { action: HomeAction; snapshot: Snapshot }) {
  const { store } = usePanel();
  if (action.kind === 'clean' || action.kind === 'review') {
    return (
      <button type="button" className="button" onClick={() => store.setState({ sheet: 'zombies' })}>
        {action.kind === 'clean' ? 'Clean' : 'Review'} {counted(action.connections, 'connection')}…
      </button>
    );
  }
  const held = totalZombies(snapshot.ports, 'gateway') ?? 0;
  const need = `${gatewayName(snapshot)}’s ${held} need${held === 1 ? 's' : ''} a restart. `;
  return (
    <p className="act-note">
      {held > 0 && need}
      <button type="button" className="link" onClick={() => store.setState({ screen: 'restart' })}>
        Open the guided restart
      </button>
    </p>
  );
}
