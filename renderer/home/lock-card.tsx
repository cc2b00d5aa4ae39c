import { useId, useState } from 'react';
import type { LockState } from '../../shared/snapshot.ts';
import { LOCK_NEVER_STALE, LOCK_WORDS, lockSentence, waitersWords } from '../../shared/words/lock.ts';
import { useNow } from '../panel-context.ts';

/** The handshake lock: who holds it, since when, who is waiting, and why its file must not be deleted. */
export function LockCard({ lock }: { lock: LockState }) {
  const [open, setOpen] = useState(false);
  const why = useId();
  const now = useNow();
  const waiters = waitersWords(lock);
  return (
    <section className="card tile" aria-labelledby="lock-title">
      <h2 id="lock-title">Handshake lock</h2>
      <p className="tile-word" data-state={lock.kind}>
        {LOCK_WORDS[lock.kind]}
      </p>
      <p className="tile-text">{lockSentence(lock, now)}</p>
      {waiters !== '' && <p className="tile-text">{waiters}</p>}
      <p className="tile-text" id={why} hidden={!open}>
        {LOCK_NEVER_STALE} <span className="code-text">{lock.path}</span>
      </p>
      <p className="tile-actions">
        <button type="button" className="link" aria-expanded={open} aria-controls={why} onClick={() => setOpen(!open)}>
          {open ? 'Less' : 'Is it stale?'}
        </button>
      </p>
    </section>
  );
}
