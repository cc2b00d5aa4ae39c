import { useEffect, useRef, useState } from 'react';
import { totalZombies } from '../../shared/severity.ts';
import { headline, LEVEL_WORDS } from '../../shared/words/snapshot.ts';
import { usePanelState } from '../panel-context.ts';
import { announcement } from './frame-words.ts';

/** Says a change of level or count once, politely; nothing when the panel opens or only times change. */
export function LiveRegion() {
  const snapshot = usePanelState((state) => state.snapshot);
  const said = useRef<string | null>(null);
  const [words, setWords] = useState('');
  useEffect(() => {
    if (snapshot === null) return;
    const count = totalZombies(snapshot.ports);
    const now = announcement(LEVEL_WORDS[snapshot.level], count, headline(snapshot).main);
    const key = `${snapshot.level} ${count}`;
    if (said.current !== null && said.current !== key) setWords(now);
    said.current = key;
  }, [snapshot]);
  return (
    <div className="unseen" role="status" aria-live="polite">
      {words}
    </div>
  );
}
