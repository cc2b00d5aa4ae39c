import { checkedWords } from '../../shared/words/snapshot.ts';
import { useNow, usePanelState } from '../panel-context.ts';
import type { BaseScreen } from '../store.ts';
import { watchedWords } from './frame-words.ts';

/** When the last scan was and how many ports are watched; in the guided restart, the current step. */
export function PanelFooter({ screen }: { screen: BaseScreen }) {
  const snapshot = usePanelState((state) => state.snapshot);
  const version = usePanelState((state) => state.info?.version);
  const now = useNow();
  if (snapshot === null) return <span>Connecting to Sexton…</span>;
  const step = screen === 'restart' && snapshot.restart !== null ? `Step ${snapshot.restart.step} of 5` : null;
  const right = screen === 'settings' && version !== undefined ? `Sexton ${version}` : watchedWords(snapshot.ports);
  return (
    <>
      <span>{checkedWords(snapshot.scan, now)}</span>
      <span>{step ?? right}</span>
    </>
  );
}
