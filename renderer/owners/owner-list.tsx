import type { OwnerState, Snapshot } from '../../shared/snapshot.ts';
import { counted } from '../../shared/words/format.ts';
import { neverLooked } from '../../shared/words/snapshot.ts';
import { countWords } from '../frame/frame-words.ts';
import { Icon } from '../frame/icons.tsx';
import { OwnerRow } from './owner-row.tsx';

const keyOf = ({ process, side }: OwnerState): string => `${process.pid}@${process.startedAt}@${side}`;

/** Who holds the zombies, worst first, and how many have no known owner. */
export function OwnerList({ snapshot }: { snapshot: Snapshot }) {
  const { owners, unattributed } = snapshot;
  const unknown = snapshot.scan.kind === 'failed' || neverLooked(snapshot.scan);
  if (owners.length === 0 && (unattributed === 0 || unknown)) return null;
  return (
    <section aria-labelledby="owners-title">
      <h2 className="unseen" id="owners-title">
        Owners
      </h2>
      <ul className="card rows">
        {owners.map((owner) => (
          <OwnerRow key={keyOf(owner)} owner={owner} seenAt={snapshot.at} />
        ))}
        {unattributed !== 0 && <OwnerlessRow count={unattributed} />}
      </ul>
    </section>
  );
}

function OwnerlessRow({ count }: { count: number | null }) {
  return (
    <li className="row">
      <div className="row-face">
        <span className="row-icon">
          <Icon name="question" />
        </span>
        <span className="row-text">
          <b>{count === null ? 'Owners unknown' : 'No visible owner'}</b>
          <span className="row-detail">
            {count === null
              ? 'Counted by the kernel; the owners could not be read.'
              : `${counted(count, 'connection')} of another user, or not yet accepted by the Gateway.`}
          </span>
        </span>
        <span className="row-side">
          <span className="row-count">{countWords(count)}</span>
        </span>
      </div>
    </li>
  );
}
