import { useId, useState } from 'react';
import type { OwnerState, ProcessRef, SocketRef } from '../../shared/snapshot.ts';
import { agoWords, counted } from '../../shared/words/format.ts';
import { leftWords, ownerDetail, probeWords } from '../../shared/words/snapshot.ts';
import { verdictBadge, verdictSentence } from '../../shared/words/verdict.ts';
import { Icon } from '../frame/icons.tsx';
import { useNow } from '../panel-context.ts';
import { SocketTable } from './socket-table.tsx';

/** One process that holds zombies; it opens to the reason in words, the culprits and the sockets. */
export function OwnerRow({ owner, seenAt }: { owner: OwnerState; seenAt: string }) {
  const [open, setOpen] = useState(false);
  const more = useId();
  // Ages grow while nothing else changes, so the time since the snapshot is added to them.
  const grown = Math.max(0, useNow(5_000) - Date.parse(seenAt));
  const older = { ...owner, oldestMs: owner.oldestMs + grown };
  const badge = verdictBadge(owner.verdict);
  const left = leftWords(owner);
  return (
    <li className="row" data-open={open}>
      <button
        type="button"
        className="row-face"
        aria-expanded={open}
        aria-controls={more}
        onClick={() => setOpen(!open)}
      >
        <span className="row-icon">
          <OwnerIcon owner={owner} />
        </span>
        <span className="row-text">
          <b>{owner.process.name}</b>
          <span className="row-detail">
            {ownerDetail(older)}
            {left !== '' && ` · ${left}`}
          </span>
        </span>
        <span className="row-side">
          <span className="row-count">
            {owner.zombies}
            <span className="unseen"> connections, </span>
          </span>
          <VerdictBadge word={badge} />
        </span>
        <span className="row-mark">
          <Icon name="more" size={12} />
        </span>
      </button>
      <div className="row-more" id={more} hidden={!open}>
        {open && <OwnerMore owner={owner} grown={grown} />}
      </div>
    </li>
  );
}

/** The badge of a verdict; its colour only repeats its word. */
export function VerdictBadge({ word }: { word: string }) {
  return (
    <span className="badge verdict" data-word={word}>
      {word}
    </span>
  );
}

/** A picture of what holds the connection: a protected program, a trading bot or a bot. */
export function OwnerIcon({ owner }: { owner: Pick<OwnerState, 'verdict'> }) {
  if (owner.verdict.kind === 'cleanable') return <Icon name="bot" />;
  return owner.verdict.reason === 'live-session' ? <Icon name="pulse" /> : <Icon name="shield" />;
}

function OwnerMore({ owner, grown }: { owner: OwnerState; grown: number }) {
  const now = useNow(5_000);
  return (
    <>
      <p>{verdictSentence(owner.verdict)}</p>
      {owner.established > 0 && <p>It also has {counted(owner.established, 'live session')}.</p>}
      <dl className="facts">
        <dt>Started</dt>
        <dd>{agoWords(owner.process.startedAt, now)}</dd>
        <dt>Command</dt>
        <dd className="code-text">{owner.process.commandLine}</dd>
        {owner.probes !== undefined && (
          <>
            <dt>Probes</dt>
            <dd>{probeWords(owner.probes)}</dd>
          </>
        )}
        {owner.culprits.length > 0 && (
          <>
            <dt>Left by</dt>
            <dd>
              {owner.culprits.map((culprit) => (
                <Culprit key={`${culprit.pid}@${culprit.startedAt}`} culprit={culprit} />
              ))}
            </dd>
          </>
        )}
      </dl>
      <SocketTable sockets={aged(owner.sockets, grown)} />
    </>
  );
}

function Culprit({ culprit }: { culprit: ProcessRef }) {
  return (
    <span className="culprit">
      {culprit.name} <span className="soft">pid {culprit.pid}</span>
    </span>
  );
}

const aged = (sockets: readonly SocketRef[], grown: number): SocketRef[] =>
  sockets.map((socket) => ({ ...socket, ageMs: socket.ageMs === null ? null : socket.ageMs + grown }));
